//! Which shapes fit which head, whatever speaks for it or against it.

use super::Head;
use super::cells::Levels;
use super::choose::{Facts, Fitted};
use super::said::{BoxForm, BoxUnit, HeadOptions, Scores};
use super::shape::OutputShape;

/// Bins of each distribution of NanoDet and PicoDet.
const BINS: usize = 8;
/// Columns of four such distributions in the field: 8, 16 and 17 bins.
const SIDES: [usize; 3] = [32, 64, 68];

/// How the head would read these outputs. `None` where their shapes do not fit it.
pub(super) fn fit(head: Head, facts: &Facts, said: &HeadOptions) -> Option<Fitted> {
    let outputs = &facts.outputs;
    let first = outputs.first()?;
    let known = facts.metadata.names.len();
    let fitted = Fitted {
        head,
        classes: 0,
        scores: 0,
        boxes: 0,
        finished: false,
        nms: None,
        levels: Levels::default(),
        form: BoxForm::Centre,
        unit: BoxUnit::Pixels,
        activation: Scores::None,
        named: known,
    };
    // Masks and key points follow the classes, and are not read.
    let classes_in = |beside: usize| {
        if facts.has_more() && known > 0 && beside > known {
            known
        } else {
            beside
        }
    };
    let of = |classes: usize| (classes > 0).then_some(Fitted { classes, ..fitted });
    let finished = Fitted {
        finished: true,
        form: BoxForm::Corners,
        ..fitted
    };
    match (head, first.dims.as_slice()) {
        (Head::YoloV10, &[1, boxes, width]) if first.is_float => {
            (width == 6 || (facts.has_more() && (6..boxes).contains(&width))).then_some(finished)
        }
        (Head::YoloV5, &[1, _, width]) if first.is_float => of(classes_in(width.checked_sub(5)?)),
        (Head::YoloV8, &[1, rows, _]) if first.is_float => of(classes_in(rows.checked_sub(4)?)),
        (Head::YoloX, &[1, cells, width]) if first.is_float => Some(Fitted {
            levels: Levels::of_cells(facts.input, &said.strides, cells)?,
            ..of(width.checked_sub(5)?)?
        }),
        (Head::PicoDet | Head::NanoDet, _) => distributions(facts, said, fitted),
        (Head::RtDetr, &[1, _, 6]) if outputs.len() == 1 && facts.metadata.is_rtdetr => {
            first.is_float.then_some(Fitted {
                form: BoxForm::Centre,
                unit: BoxUnit::Shares,
                ..finished
            })
        }
        (Head::RtDetr, &[1, _, width]) if outputs.len() == 1 && first.is_float => {
            of(width.checked_sub(4)?).map(|fitted| Fitted {
                unit: BoxUnit::Shares,
                ..fitted
            })
        }
        (Head::Detr | Head::RtDetr | Head::Ssd, _) => {
            let (scores, boxes) = scores_and_boxes(outputs).or_else(|| scores_among_more(facts))?;
            let width = outputs[scores].dims[2];
            let nothing = usize::from(head != Head::RtDetr);
            Some(Fitted {
                scores,
                boxes,
                form: match head {
                    Head::Ssd => BoxForm::Corners,
                    _ => BoxForm::Centre,
                },
                unit: BoxUnit::Shares,
                ..of(width.checked_sub(nothing)?)?
            })
        }
        (Head::Nms, _) => {
            let (nms, form, unit, _) = super::nms::Nms::find(facts)?;
            Some(Fitted {
                nms: Some(nms),
                form,
                unit,
                ..finished
            })
        }
        (Head::Classify, &[1, classes] | &[1, classes, 1, 1]) if first.is_float && classes > 1 => of(classes),
        (Head::Segment, &[1, classes, _, _]) if first.is_float && (1..=256).contains(&classes) => of(classes),
        (Head::Segment, &[1, _, _] | &[1, 1, _, _]) if !first.is_float => Some(fitted),
        (Head::Depth, &[1, 1, _, _] | &[1, _, _]) if first.is_float => Some(fitted),
        _ => None,
    }
}

/// The outputs `[1, n, classes]` and `[1, n, 4]`, whichever comes first.
fn scores_and_boxes(outputs: &[OutputShape]) -> Option<(usize, usize)> {
    let of = |words: &[&str]| {
        outputs
            .iter()
            .position(|output| output.is_float && output.dims.len() == 3 && output.says(words))
    };
    let (scores, boxes) = match (of(&["logits", "scores"]), of(&["boxes"])) {
        (Some(scores), Some(boxes)) => (scores, boxes),
        _ if outputs.len() == 2 => {
            let boxes = outputs.iter().position(|output| output.dims.last() == Some(&4))?;
            (1 - boxes, boxes)
        }
        _ => return None,
    };
    match (outputs[scores].dims.as_slice(), outputs[boxes].dims.as_slice()) {
        (&[1, a, _], &[1, b, 4]) if a == b && scores != boxes => Some((scores, boxes)),
        _ => None,
    }
}

/// The same among further outputs, such as landmarks: the only boxes, and the only scores that a softmax or the number
/// of names speaks for.
fn scores_among_more(facts: &Facts) -> Option<(usize, usize)> {
    let outputs = &facts.outputs;
    let only = |fits: &dyn Fn(&OutputShape) -> bool| {
        let mut fitting = (0..outputs.len()).filter(|i| outputs[*i].is_float && fits(&outputs[*i]));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    let boxes = only(&|output| matches!(output.dims[..], [1, _, 4]))?;
    let count = outputs[boxes].dims[1];
    let named = facts.metadata.names.len() + 1;
    let scores = only(&|output| {
        matches!(output.dims[..], [1, n, width] if n == count && width != 4
            && (output.operator == "Softmax" || (named > 1 && width == named)))
    })?;
    Some((scores, boxes))
}

/// Scores and distributions of distances: all cells in one output, or two outputs for each grid.
fn distributions(facts: &Facts, said: &HeadOptions, fitted: Fitted) -> Option<Fitted> {
    let outputs = &facts.outputs;
    let known = facts.metadata.names.len();
    if let [only] = outputs.as_slice() {
        let &[1, cells, width] = only.dims.as_slice() else {
            return None;
        };
        let classes = match known {
            0 => width.checked_sub(4 * BINS)?,
            known => known,
        };
        let sides = width.checked_sub(classes)?;
        let fits = only.is_float && classes > 0 && sides >= 8 && sides.is_multiple_of(4);
        return fits.then_some(Fitted {
            classes,
            levels: Levels::of_cells(facts.input, &said.strides, cells)?,
            ..fitted
        });
    }
    if !outputs
        .iter()
        .all(|output| output.is_float && matches!(output.dims[..], [1, _, _]))
    {
        return None;
    }
    let mut candidates = Levels::candidates(facts.input, &said.strides);
    candidates.find_map(|mut levels| {
        if outputs.len() != 2 * levels.each().len() {
            return None;
        }
        let mut widths = None;
        for level in levels.each_mut() {
            let cells = level.cells();
            let mut pair = (0..outputs.len()).filter(|i| outputs[*i].dims[1] == cells);
            let (a, b) = (pair.next()?, pair.next()?);
            let is_sides = |i: usize| match known {
                0 => SIDES.contains(&outputs[i].dims[2]),
                known => outputs[i].dims[2] != known,
            };
            let (scores, sides) = match (is_sides(a), is_sides(b)) {
                (false, true) => (a, b),
                (true, false) => (b, a),
                _ => return None,
            };
            level.outputs = [scores, sides];
            let found = [outputs[scores].dims[2], outputs[sides].dims[2]];
            if *widths.get_or_insert(found) != found || pair.next().is_some() {
                return None;
            }
        }
        let [classes, sides] = widths?;
        (classes > 0 && sides >= 8 && sides % 4 == 0).then_some(Fitted {
            classes,
            levels,
            ..fitted
        })
    })
}

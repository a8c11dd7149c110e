//! What was seen, for people and as JSON.

use serde_json::{Value, json};
use sinew_perception::heads::Prediction;
use sinew_perception::messages::class_name;

use crate::cli::file_name::printable;

pub(super) fn as_json(seen: &Prediction, names: &[String]) -> Value {
    match seen {
        Prediction::Things(things) => json!({ "detections": things.iter().map(|thing| json!({
            "class": class_name(names, thing.class),
            "class_number": thing.class,
            "score": thing.score,
            "box": {
                "left": thing.bbox.left,
                "top": thing.bbox.top,
                "right": thing.bbox.right,
                "bottom": thing.bbox.bottom,
            },
        })).collect::<Vec<_>>() }),
        Prediction::Classes(classes) => json!({ "classes": classes.iter().map(|class| json!({
            "class": class_name(names, class.class),
            "class_number": class.class,
            "score": class.score,
        })).collect::<Vec<_>>() }),
        Prediction::Mask(mask) => {
            json!({ "pixels": pixels_per_class(&mask.values).into_iter().map(|(class, pixels)| json!({
            "class": class_name(names, class),
            "class_number": class,
            "pixels": pixels,
        })).collect::<Vec<_>>() })
        }
        Prediction::Depth(depth) => {
            let (near, far) = range(&depth.values);
            json!({ "depth": { "nearest": near, "farthest": far } })
        }
    }
}

pub(super) fn summary(seen: &Prediction, names: &[String]) -> String {
    let shown = |class: usize| printable(&class_name(names, class));
    let listed = |lines: Vec<String>| {
        if lines.is_empty() {
            "nothing".to_owned()
        } else {
            lines.join(", ")
        }
    };
    match seen {
        Prediction::Things(things) => listed(
            (things.iter())
                .map(|thing| format!("{} {:.2}", shown(thing.class), thing.score))
                .collect(),
        ),
        Prediction::Classes(classes) => listed(
            (classes.iter().take(5))
                .map(|class| format!("{} {:.2}", shown(class.class), class.score))
                .collect(),
        ),
        Prediction::Mask(mask) => listed(
            (pixels_per_class(&mask.values).into_iter())
                .map(|(class, pixels)| {
                    let share = 100.0 * pixels as f64 / mask.values.len() as f64;
                    format!("{} {share:.1} %", shown(class))
                })
                .collect(),
        ),
        Prediction::Depth(depth) => {
            let (near, far) = range(&depth.values);
            format!("depth {near} to {far}")
        }
    }
}

/// Classes that cover pixels, the largest first.
fn pixels_per_class(mask: &[u8]) -> Vec<(usize, usize)> {
    let mut counts = [0; 256];
    for class in mask {
        counts[usize::from(*class)] += 1;
    }
    let mut found: Vec<_> = counts
        .into_iter()
        .enumerate()
        .filter(|(_, pixels)| *pixels > 0)
        .collect();
    found.sort_by_key(|(_, pixels)| std::cmp::Reverse(*pixels));
    found
}

/// The smallest and the largest value; 0 where there is none.
fn range(values: &[f32]) -> (f32, f32) {
    let smallest = values.iter().copied().reduce(f32::min).unwrap_or(0.0);
    let largest = values.iter().copied().reduce(f32::max).unwrap_or(0.0);
    (smallest, largest)
}

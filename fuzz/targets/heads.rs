//! Outputs of any shape with any numbers in them: no head, an error, or answers that make sense.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use sinew_fuzz::{Bytes, plant};
use sinew_messages::std_msgs::msg::Header;
use sinew_perception::heads::{
    Facts, Fitted, Head, HeadOptions, Keep, OutputData, OutputShape, OutputValues, Prediction, Reader,
};
use sinew_perception::messages;
use sinew_perception::metadata::ModelMetadata;
use sinew_perception::preprocess::{Fit, Mapping};
use sinew_perception::track::Tracker;

/// Most numbers in an output.
const MAX_LEN: usize = 1 << 14;

fuzz_target!(init: plant("heads", seeds()), |bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let wanted = match usize::from(bytes.byte()) {
        0 => None,
        i => Some(Head::ALL[i % Head::ALL.len()]),
    };
    let metadata = ModelMetadata {
        names: vec!["thing".to_owned(); usize::from(bytes.byte()) % 100],
        task: bytes.pick(&[None, Some("detect"), Some("segment"), Some("pose"), Some("obb")]).map(str::to_owned),
        end_to_end: bytes.pick(&[None, Some(false), Some(true)]),
        is_rtdetr: bytes.flag(),
        ..ModelMetadata::default()
    };
    let fit = bytes.pick(&[Fit::Letterbox, Fit::Stretch, Fit::Crop]);
    let (source, input) = (bytes.size(), bytes.size());
    let mapping = Mapping::new(fit, source, input);
    let keep = Keep {
        threshold: bytes.float(),
        overlap: bytes.float(),
        across_classes: bytes.flag(),
        detections: usize::from(bytes.byte()),
        candidates: usize::from(bytes.short()),
    };
    let Some(outputs) = (0..1 + bytes.byte() % 3).map(|_| Output::read(&mut bytes)).collect::<Option<Vec<_>>>() else {
        return;
    };
    let numbers = bytes;
    let facts = Facts {
        outputs: outputs.iter().map(|output| output.after_a_run(numbers)).collect(),
        input,
        has_sizes: metadata.is_rtdetr,
        metadata,
    };
    let said = HeadOptions { head: wanted, ..HeadOptions::default() };
    let Ok(fitted) = Fitted::choose(&facts, &said) else { return };

    let mut reader = Reader::new(fitted, keep);
    let mut seen = Prediction::default();
    let data: Vec<_> = outputs.iter().map(|output| output.data(numbers)).collect();
    if let Ok(dropped) = reader.read(&data, &mapping, &mut seen) {
        makes_sense(&seen, dropped, &keep, &mapping);
    }
    // Shapes that the head was not chosen for.
    let others: Vec<_> = data.iter().rev().cloned().collect();
    if let Ok(dropped) = reader.read(&others, &mapping, &mut seen) {
        makes_sense(&seen, dropped, &keep, &mapping);
    }
});

struct Output {
    shape: OutputShape,
    len: usize,
}

impl Output {
    /// `None` where it would be larger than it needs to be.
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let name = bytes.pick(&["output0", "logits", "pred_boxes", "scores"]).to_owned();
        let is_float = bytes.byte() % 4 != 0;
        let operator = bytes.pick(&["", "Softmax", "Concat Sigmoid"]).to_owned();
        let dims: Vec<_> = (0..bytes.byte() % 6)
            .map(|_| match bytes.byte() {
                // Networks have as many boxes as this.
                200.. => 300,
                small => usize::from(small),
            })
            .collect();
        let len = dims.iter().try_fold(1usize, |len, dim| len.checked_mul(*dim));
        len.filter(|len| *len <= MAX_LEN).map(|len| Self {
            shape: OutputShape {
                name,
                dims,
                is_float,
                operator,
                sample: Vec::new(),
            },
            len,
        })
    }

    /// Its shape with what a run gave.
    fn after_a_run(&self, numbers: Bytes<'_>) -> OutputShape {
        let sample = match self.data(numbers).values {
            OutputValues::Float(values) => values.into_owned(),
            OutputValues::Integer(_) => Vec::new(),
        };
        OutputShape {
            sample,
            ..self.shape.clone()
        }
    }

    /// The numbers that there are, over and over, each time from another one on.
    fn data(&self, numbers: Bytes<'_>) -> OutputData<'_> {
        let mut left = numbers;
        let pool: Vec<f32> = (0..1 + numbers.0.len() / 2).map(|_| left.float()).collect();
        let at = |i: usize| pool[(i + i / pool.len()) % pool.len()];
        OutputData {
            dims: &self.shape.dims,
            values: if self.shape.is_float {
                OutputValues::Float(Cow::Owned((0..self.len).map(at).collect()))
            } else {
                OutputValues::Integer(Cow::Owned((0..self.len).map(|i| at(i) as i64).collect()))
            },
        }
    }
}

fn makes_sense(seen: &Prediction, dropped: usize, keep: &Keep, mapping: &Mapping) {
    let [width, height] = mapping.source;
    match seen {
        Prediction::Things(things) => {
            assert!(things.len() <= keep.detections && things.is_sorted_by(|a, b| a.score >= b.score));
            for thing in things {
                assert!(thing.score.is_finite() && thing.score > keep.threshold);
                assert!(thing.bbox.left >= 0.0 && thing.bbox.right <= width as f32 && thing.bbox.area() > 0.0);
                assert!(thing.bbox.top >= 0.0 && thing.bbox.bottom <= height as f32);
            }
            let mut tracker = Tracker::default();
            for now_secs in [0.0, 0.1, 0.1] {
                assert_eq!(tracker.update(now_secs, things).len(), things.len());
            }
            let message = messages::detections(&Header::default(), &[], things, |i| i.to_string());
            assert_eq!(message.detections.len(), things.len());
        }
        Prediction::Classes(classes) => {
            assert!(classes.len() <= keep.detections);
            assert!(classes.iter().all(|class| (0.0..=1.0).contains(&class.score)));
        }
        Prediction::Mask(mask) => assert_eq!((mask.values.len(), mask.size), (width * height, mapping.source)),
        Prediction::Depth(depth) => {
            assert_eq!((depth.values.len(), depth.size), (width * height, mapping.source));
            assert!(depth.values.iter().all(|value| value.is_finite()) && dropped <= width * height);
        }
    }
}

/// The byte that asks for a head.
fn asked(head: Head) -> u8 {
    let place = Head::ALL.iter().position(|known| *known == head).unwrap_or(0);
    (Head::ALL.len() + place) as u8
}

/// For each head outputs that it takes.
fn seeds() -> Vec<Vec<u8>> {
    // Threshold 0.25, overlap 0.7, a hundred boxes at most of at most 1000.
    let common = |head: Head, names: u8, rtdetr: u8| {
        let keep = [0x80, 0x3e, 0x33, 0x3f, 0, 100, 0xe8, 3];
        [&[asked(head), names, 1, 0, rtdetr, 0, 99, 79, 63, 63][..], &keep].concat()
    };
    let numbers: Vec<u8> = (0u8..120)
        .flat_map(|i| match i % 3 {
            0 => [0x80, 0x3f],
            1 => [i, 0x42],
            _ => [i, 0x3f],
        })
        .collect();
    let one = |head: Head, names: u8, is_float: u8, dims: &[u8]| {
        let output = [&[0, 0, is_float, 0, dims.len() as u8][..], dims].concat();
        [common(head, names, u8::from(names == 7)), output, numbers.clone()].concat()
    };
    let two = |head: Head, classes: u8| {
        let outputs = [1, 1, 1, 0, 3, 1, 50, classes, 2, 1, 0, 3, 1, 50, 4];
        [common(head, 0, 0), outputs.to_vec(), numbers.clone()].concat()
    };
    vec![
        one(Head::YoloV10, 2, 1, &[1, 100, 6]),
        one(Head::YoloV5, 2, 1, &[1, 100, 7]),
        one(Head::YoloV8, 2, 1, &[1, 6, 100]),
        two(Head::Detr, 9),
        two(Head::RtDetr, 9),
        one(Head::RtDetr, 7, 1, &[1, 100, 6]),
        one(Head::RtDetr, 2, 1, &[1, 100, 6]),
        one(Head::Classify, 0, 1, &[1, 10]),
        one(Head::Segment, 0, 1, &[1, 5, 16, 16]),
        one(Head::Segment, 0, 0, &[1, 16, 16]),
        one(Head::Depth, 0, 1, &[1, 1, 16, 16]),
    ]
}

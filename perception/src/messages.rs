//! What was seen, as ROS 2 messages with the stamp and frame of the image that it was seen in.

use sinew_messages::sensor_msgs::msg::Image;
use sinew_messages::std_msgs::msg::Header;
use sinew_messages::vision_msgs::msg::{
    BoundingBox2D, Classification, Detection2D, Detection2DArray, ObjectHypothesis,
};

use crate::heads::{BoundingBox, ClassScore, Detection, Grid};

/// The name of a class, or its number where it has none.
pub fn class_name(names: &[String], class: usize) -> String {
    match names.get(class) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => class.to_string(),
    }
}

/// Boxes in pixels. `id` gives the identity of each, empty where it has none.
pub fn detections(
    header: &Header,
    names: &[String],
    things: &[Detection],
    id: impl Fn(usize) -> String,
) -> Detection2DArray {
    let message = |(i, thing): (usize, &Detection)| {
        let mut message = Detection2D {
            header: header.clone(),
            id: id(i),
            ..Detection2D::default()
        };
        message.bbox = box_of(&thing.bbox);
        message.results.push(Default::default());
        message.results[0].hypothesis = hypothesis(names, thing.class, thing.score);
        message
    };
    Detection2DArray {
        header: header.clone(),
        detections: things.iter().enumerate().map(message).collect(),
    }
}

/// A box as its centre and size.
fn box_of(bbox: &BoundingBox) -> BoundingBox2D {
    BoundingBox2D::upright(bbox.centre().map(f64::from), bbox.size().map(f64::from))
}

/// Classes of the whole image.
pub fn classification(header: &Header, names: &[String], classes: &[ClassScore]) -> Classification {
    let results = classes.iter().map(|class| hypothesis(names, class.class, class.score));
    Classification {
        header: header.clone(),
        results: results.collect(),
    }
}

fn hypothesis(names: &[String], class: usize, score: f32) -> ObjectHypothesis {
    ObjectHypothesis {
        class_id: class_name(names, class),
        score: score.into(),
    }
}

/// The class of each pixel, as `mono8`.
pub fn mask(header: &Header, mask: &Grid<u8>) -> Image {
    Image::packed(header, mask.size, "mono8", 1, mask.values.clone())
}

/// The depth of each pixel, as `32FC1`.
pub fn depth(header: &Header, depth: &Grid<f32>) -> Image {
    let bytes = depth.values.iter().flat_map(|value| value.to_le_bytes());
    Image::packed(header, depth.size, "32FC1", 4, bytes.collect())
}

//! RefusalCause nothing can be made of an image.

use sinew_perception::bearing::NotCalibrated;
use sinew_perception::image::ImageError;
use thiserror::Error;

use super::synchronizer::Topics;
use super::{DetectedImage, TargetPlace};
use sinew_node::stamps::ClockFault;

/// RefusalCause nothing can be made of an image: what is wrong, and on which topic.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{topic}: {cause}")]
pub(super) struct ImageRefusal {
    pub(super) topic: String,
    pub(super) cause: RefusalCause,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Error)]
pub(super) enum RefusalCause {
    #[error("{0}")]
    Clock(ClockFault),
    #[error("the same stamp came again: its publisher repeats itself")]
    Repeated,
    #[error("none has come lately")]
    Missing,
    #[error("expected one within {limit_secs} s of the image (`{key}`), the nearest is {}", apart(*.off_secs))]
    OtherTime {
        key: &'static str,
        limit_secs: f64,
        /// Later is above 0.
        off_secs: f64,
    },
    #[error("expected an orientation, found none (all zeros, or a covariance of -1): an IMU without a filter has none")]
    NoOrientation,
    #[error(transparent)]
    NotCalibrated(#[from] NotCalibrated),
    #[error("expected frame `{}`, that of the detections, found `{}`: it is of another camera", shown(.expected), shown(.found))]
    OtherFrame { expected: String, found: String },
    #[error(
        "there is something around {:.0}, {:.0}, and camera_info tells of images of {}×{}: where images were resized, \
         set `image_width` and `image_height`", .at[0], .at[1], .size[0], .size[1]
    )]
    Outside { at: [f32; 2], size: [usize; 2] },
    #[error(
        "it tells of images of {}×{}, and they are of {}×{}: where they were resized, set `image_width` and \
         `image_height`", .expected[0], .expected[1], .found[0], .found[1]
    )]
    OtherSize { expected: [usize; 2], found: [usize; 2] },
    #[error(transparent)]
    NoImage(#[from] ImageError),
    #[error("expected an image of depth, found `{0}`")]
    NoDepth(String),
    #[error("expected the proportions of the camera's images, {}×{}, found {}×{}: it shows something else",
        .expected[0], .expected[1], .found[0], .found[1])]
    OtherView { expected: [usize; 2], found: [usize; 2] },
    #[error("no distance was measured at any of its {}×{} pixels", .0[0], .0[1])]
    NothingMeasured([usize; 2]),
}

impl RefusalCause {
    /// About a topic.
    pub(super) fn on(self, topic: &str) -> ImageRefusal {
        ImageRefusal {
            topic: topic.to_owned(),
            cause: self,
        }
    }
}

impl ImageRefusal {
    /// Why the place of a target is no place, where that is the image's fault.
    pub(super) fn of_place(place: TargetPlace, image: &DetectedImage<'_>, topics: &Topics) -> Option<Self> {
        match place {
            TargetPlace::OutsideImage(at) => {
                let size = image.camera.size();
                Some(RefusalCause::Outside { at, size }.on(&topics.detections))
            }
            TargetPlace::NothingMeasured => {
                let size = image.depth.map_or([0; 2], |depth| [depth.width(), depth.height()]);
                Some(RefusalCause::NothingMeasured(size).on(&topics.depth))
            }
            TargetPlace::NotDetected | TargetPlace::Unknown | TargetPlace::At { .. } => None,
        }
    }

    /// Whether who has heard of the other knows of this one.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.topic == other.topic
            && match (&self.cause, &other.cause) {
                (RefusalCause::Clock(fault), RefusalCause::Clock(other)) => fault.is_like(*other),
                (RefusalCause::NotCalibrated(error), RefusalCause::NotCalibrated(other)) => error.key == other.key,
                (cause, other) => std::mem::discriminant(cause) == std::mem::discriminant(other),
            }
    }
}

/// A name from outside, for people.
fn shown(name: &str) -> String {
    name.chars().take(60).flat_map(char::escape_debug).collect()
}

/// How far a time is from that of an image.
fn apart(off_secs: f64) -> String {
    /// What is farther off than this is of no clock that was set, s.
    const ANOTHER_CLOCK_SECS: f64 = 1e8;
    match off_secs {
        off if off.abs() > ANOTHER_CLOCK_SECS => {
            "stamped by another clock, or not at all: `stamp: arrival` goes by when messages come".to_owned()
        }
        off if off > 0.0 => format!("{off:.2} s later"),
        off => format!("{:.2} s earlier", -off),
    }
}

//! What was seen, on topics.

use std::fmt;

use anyhow::Result;
use sinew_messages::sensor_msgs::msg::Image;
use sinew_messages::std_msgs::msg::Header;
use sinew_messages::vision_msgs::msg::{Classification, Detection2DArray};
use sinew_perception::heads::{Head, Prediction};
use sinew_perception::image::{ImageView, Picture};
use sinew_perception::{annotate, messages};

use super::detector::ImageResult;
use sinew_node::bus::{Bus, BusError, Publisher, Qos};

/// The outputs of one camera.
#[derive(Debug)]
pub(super) struct Outputs {
    result: ResultOutput,
    annotated: Publisher<Image>,
}

#[derive(Debug)]
enum ResultOutput {
    Things(Publisher<Detection2DArray>),
    Classes(Publisher<Classification>),
    Mask(Publisher<Image>),
    Depth(Publisher<Image>),
}

/// What a model publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResultKind {
    Things,
    Classes,
    Mask,
    Depth,
}

impl ResultKind {
    pub(super) fn of(head: Head) -> Self {
        match head {
            Head::Classify => Self::Classes,
            Head::Segment => Self::Mask,
            Head::Depth => Self::Depth,
            _ => Self::Things,
        }
    }
}

impl fmt::Display for ResultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Things => "detections",
            Self::Classes => "a classification",
            Self::Mask => "a mask",
            Self::Depth => "depths",
        })
    }
}

impl Outputs {
    pub(super) fn new(bus: &dyn Bus, camera: &str, head: Head) -> Result<Self, BusError> {
        let qos = Qos::default().keep_last(1);
        let topic = |name: &str| format!("{camera}/{name}");
        Ok(Self {
            result: match ResultKind::of(head) {
                ResultKind::Classes => ResultOutput::Classes(Publisher::new(bus, &topic("classification"), qos)?),
                ResultKind::Mask => ResultOutput::Mask(Publisher::new(bus, &topic("mask"), qos)?),
                ResultKind::Depth => ResultOutput::Depth(Publisher::new(bus, &topic("depth_estimate"), qos)?),
                ResultKind::Things => ResultOutput::Things(Publisher::new(bus, &topic("detections"), qos)?),
            },
            annotated: Publisher::new(bus, &topic("annotated"), qos)?,
        })
    }

    pub(super) fn publish(
        &self,
        header: &Header,
        names: &[String],
        image: &ImageView<'_>,
        result: &ImageResult<'_>,
    ) -> Result<(), BusError> {
        match (&self.result, result.prediction) {
            (ResultOutput::Things(output), Prediction::Things(things)) => {
                output.publish(messages::detections(header, names, things, |i| result.id(i)))?;
            }
            (ResultOutput::Classes(output), Prediction::Classes(classes)) => {
                output.publish(messages::classification(header, names, classes))?;
            }
            (ResultOutput::Mask(output), Prediction::Mask(mask)) => output.publish(messages::mask(header, mask))?,
            (ResultOutput::Depth(output), Prediction::Depth(depth)) => {
                output.publish(messages::depth(header, depth))?
            }
            // A head gives always the same.
            _ => {}
        }
        // A picture is drawn only for who looks at it.
        if self.annotated.subscriber_count() > 0
            && let Some(picture) = image.to_rgb()
        {
            let drawn = annotate(&picture, result.prediction, names, |i| result.id(i));
            self.annotated.publish(rgb_image(header, &drawn))?;
        }
        Ok(())
    }
}

fn rgb_image(header: &Header, picture: &Picture) -> Image {
    Image::packed(
        header,
        [picture.width(), picture.height()],
        "rgb8",
        3,
        picture.rgb().to_vec(),
    )
}

//! What was seen, on topics.

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

impl Outputs {
    pub(super) fn new(bus: &dyn Bus, camera: &str, head: Head) -> Result<Self, BusError> {
        let qos = Qos::default().keep_last(1);
        let topic = |name: &str| format!("{camera}/{name}");
        Ok(Self {
            result: match head {
                Head::Classify => ResultOutput::Classes(Publisher::new(bus, &topic("classification"), qos)?),
                Head::Segment => ResultOutput::Mask(Publisher::new(bus, &topic("mask"), qos)?),
                Head::Depth => ResultOutput::Depth(Publisher::new(bus, &topic("depth_estimate"), qos)?),
                _ => ResultOutput::Things(Publisher::new(bus, &topic("detections"), qos)?),
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

//! What a model's input is to hold: what was said, else what is usual for the head.

use std::path::Path;

use sinew_models::network::Element;

use super::input::{AuxiliaryInput, ImageInput};
use super::{ColourOrder, ModelError, ModelOptions, Normalise};
use crate::heads::{Facts, Fitted, Head};
use crate::preprocess::{ChannelOrder, Fit, InputSpec};

impl ImageInput {
    /// What the tensor is to be like.
    ///
    /// # Errors
    /// Where what was said contradicts itself or the model, or where something has to be said.
    pub(super) fn spec(
        &self,
        file: &Path,
        fitted: &Fitted,
        facts: &Facts,
        options: &ModelOptions,
    ) -> Result<InputSpec, ModelError> {
        let refused = |option: &'static str, expected: &str, found: String| ModelError::Option {
            file: file.to_owned(),
            option,
            expected: expected.to_owned(),
            found,
        };
        let normalise = match (options.normalise, self.usual_normalise(fitted.head, facts)) {
            (Some(said), _) => said,
            (None, _) if self.element == Element::U8 => Normalise::None,
            (None, Some(usual)) => usual,
            // Levels of 0 to 255 are what mean and deviation are then of.
            (None, None) if options.mean.is_some() || options.std.is_some() => Normalise::None,
            (None, None) => {
                return Err(refused(
                    "normalise",
                    &format!(
                        "unit, imagenet or none, or `mean` and `std`, since models with the head {} are trained with any",
                        fitted.head
                    ),
                    "none".to_owned(),
                ));
            }
        };
        let mut spec = match normalise {
            Normalise::Unit => InputSpec::yolo(self.size),
            Normalise::Imagenet => InputSpec::imagenet(self.size),
            Normalise::None => InputSpec {
                scale: 1.0,
                ..InputSpec::yolo(self.size)
            },
        };
        spec.order = match options.channel_order.unwrap_or(usual_order(fitted.head)) {
            ColourOrder::Rgb => ChannelOrder::Rgb,
            ColourOrder::Bgr => ChannelOrder::Bgr,
        };
        if let Some(mean) = options.mean {
            spec.mean = of_colours(spec.order, mean);
        }
        if let Some(std) = options.std {
            spec.std = of_colours(spec.order, std);
        }
        if normalise == Normalise::Imagenet && (options.mean.is_some() || options.std.is_some()) {
            let expected = "unit or none beside `mean` and `std`, which are of what it gives";
            return Err(refused("normalise", expected, "imagenet".to_owned()));
        }
        let are_numbers = |three: [f32; 3]| three.iter().all(|number| number.is_finite());
        if !are_numbers(spec.mean) {
            return Err(refused("mean", "numbers", format!("{:?}", spec.mean)));
        }
        if !are_numbers(spec.std) || spec.std.iter().any(|std| *std <= 0.0) {
            return Err(refused("std", "numbers above 0", format!("{:?}", spec.std)));
        }
        spec.fit = options.fit.unwrap_or(self.usual_fit(fitted.head, facts));
        spec.crop_from = options.crop_from;
        if let Some(side) = options.crop_from {
            let least = self.size[0].max(self.size[1]);
            if spec.fit != Fit::Crop {
                return Err(refused("crop_from", "nothing, unless `fit` is crop", side.to_string()));
            }
            if !(least..=16_384).contains(&side) {
                return Err(refused(
                    "crop_from",
                    &format!("{least} to 16384 pixels"),
                    side.to_string(),
                ));
            }
        }
        spec.layout = self.layout;
        if self.channels == 1 {
            if options.channel_order.is_some() {
                let found = "an input of one channel, which is grey".to_owned();
                return Err(refused("channel_order", "an input of three channels", found));
            }
            spec.order = ChannelOrder::Grey;
        }
        Ok(spec)
    }

    fn has(&self, role: AuxiliaryInput) -> bool {
        self.auxiliary.iter().any(|(_, one)| *one == role)
    }

    fn usual_fit(&self, head: Head, facts: &Facts) -> Fit {
        match head {
            Head::YoloV5 | Head::YoloV8 | Head::YoloV10 | Head::YoloX => Fit::Letterbox,
            Head::Nms if self.has(AuxiliaryInput::Target) || self.has(AuxiliaryInput::Scale) => Fit::Stretch,
            Head::Nms => Fit::Letterbox,
            Head::Classify => Fit::Crop,
            Head::Segment if facts.metadata.is_ultralytics => Fit::Letterbox,
            Head::RtDetr | Head::Detr | Head::Ssd | Head::PicoDet | Head::NanoDet => Fit::Stretch,
            Head::Segment | Head::Depth => Fit::Stretch,
        }
    }

    /// `None` where the models of this head differ too much for one to be usual.
    fn usual_normalise(&self, head: Head, facts: &Facts) -> Option<Normalise> {
        Some(match head {
            Head::YoloV5 | Head::YoloV8 | Head::YoloV10 | Head::RtDetr => Normalise::Unit,
            Head::YoloX => Normalise::None,
            Head::Nms if self.has(AuxiliaryInput::Target) => Normalise::Unit,
            Head::Nms | Head::Ssd => return None,
            Head::Classify | Head::Segment | Head::Depth if facts.metadata.is_ultralytics => Normalise::Unit,
            Head::PicoDet | Head::NanoDet => Normalise::Imagenet,
            Head::Detr | Head::Classify | Head::Segment | Head::Depth => Normalise::Imagenet,
        })
    }
}

/// OpenMMLab's and Megvii's detectors take images as OpenCV loads them.
fn usual_order(head: Head) -> ColourOrder {
    match head {
        Head::YoloX | Head::NanoDet => ColourOrder::Bgr,
        _ => ColourOrder::Rgb,
    }
}

/// Numbers in the order of the channels, for red, green, blue.
fn of_colours(order: ChannelOrder, [first, second, third]: [f32; 3]) -> [f32; 3] {
    match order {
        ChannelOrder::Bgr => [third, second, first],
        ChannelOrder::Rgb | ChannelOrder::Grey => [first, second, third],
    }
}

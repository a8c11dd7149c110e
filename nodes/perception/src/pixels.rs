//! The pixels of an image that has come, in whichever form.

use sinew_messages::sensor_msgs::msg::Image;
use sinew_perception::image::{ImageView, Picture};

use super::inbox::{Arrived, Form};

/// Where the pixels of an image are.
pub(super) enum Pixels<'a> {
    InMessage(&'a Image),
    Decoded(Picture),
}

impl<'a> Pixels<'a> {
    /// Errors begin with the image's topic below the camera's, like those of [`view`](Self::view).
    pub(super) fn of(image: &'a Arrived) -> Result<Self, String> {
        match &image.form {
            Form::Raw(image) => Ok(Self::InMessage(image)),
            Form::Compressed(image) => match Picture::of(image) {
                Ok(picture) => Ok(Self::Decoded(picture)),
                Err(error) => Err(format!("image_raw/compressed: {error}")),
            },
        }
    }

    pub(super) fn view(&self) -> Result<ImageView<'_>, String> {
        let view = match self {
            Self::Decoded(picture) => picture.view(),
            Self::InMessage(image) => ImageView::of(image).map_err(|error| format!("image_raw: {error}"))?,
        };
        match view.encoding() {
            encoding if encoding.is_depth() => Err(format!(
                "image_raw: expected an image of colours or greys, found {encoding}"
            )),
            _ => Ok(view),
        }
    }
}

//! What a network expects of its input.

use serde::{Deserialize, Serialize};

use super::Fit;

/// Which colour comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// One channel: 0.299 red + 0.587 green + 0.114 blue (BT.601).
    Grey,
}

impl ChannelOrder {
    /// Channels of the tensor.
    pub fn len(self) -> usize {
        match self {
            Self::Rgb | Self::Bgr => 3,
            Self::Grey => 1,
        }
    }

    /// Never: there is a channel in each.
    pub fn is_empty(self) -> bool {
        false
    }
}

/// Where channels lie in the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Channel, row, column.
    Nchw,
    /// Row, column, channel.
    Nhwc,
}

/// What the input tensor is like, of batch 1. Each value is `(level × scale − mean) / std` of a level of 0 to 255.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSpec {
    /// Width and height, pixels.
    pub size: [usize; 2],
    /// How an image gets this size.
    pub fit: Fit,
    /// With [`Fit::Crop`], the length that the shorter side gets before the middle is cut out, pixels; `None` for what
    /// just covers the input.
    pub crop_from: Option<usize>,
    /// Level of the margins that [`Fit::Letterbox`] leaves, 0 to 255.
    pub margin: u8,
    /// Which colours, in which order.
    pub order: ChannelOrder,
    /// Where they lie.
    pub layout: Layout,
    /// Factor from levels to what mean and std are of.
    pub scale: f32,
    /// What is subtracted, for red, green, blue (the first for grey).
    pub mean: [f32; 3],
    /// What is divided by, likewise.
    pub std: [f32; 3],
}

impl InputSpec {
    /// What YOLO networks are trained with: letterbox with margins of 114, RGB from 0 to 1, channels first.
    pub fn yolo(size: [usize; 2]) -> Self {
        Self {
            size,
            fit: Fit::Letterbox,
            crop_from: None,
            margin: 114,
            order: ChannelOrder::Rgb,
            layout: Layout::Nchw,
            scale: 1.0 / 255.0,
            mean: [0.0; 3],
            std: [1.0; 3],
        }
    }

    /// The same with the mean and standard deviation of ImageNet.
    pub fn imagenet(size: [usize; 2]) -> Self {
        Self {
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
            ..Self::yolo(size)
        }
    }

    /// Values in the tensor.
    pub fn len(&self) -> usize {
        self.size[0] * self.size[1] * self.order.len()
    }

    /// Whether the tensor has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

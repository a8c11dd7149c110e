//! Which messages are images, which of them go, and how.

use super::Filter;

/// A message that is an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImageKind {
    /// `sensor_msgs/msg/Image`.
    Raw,
    /// `sensor_msgs/msg/CompressedImage`.
    Compressed,
}

/// What becomes of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes as it is.
    Goes,
    /// It goes like this.
    #[cfg_attr(not(feature = "blur"), expect(dead_code, reason = "only a detector changes images"))]
    Changed(Vec<u8>),
    /// It stays, and why.
    Stays(String),
}

impl ImageKind {
    /// What messages of a type and encoding are.
    pub(super) fn of(kind: &str, encoding: &str) -> Option<Self> {
        match (kind, encoding) {
            ("sensor_msgs/msg/Image" | "sensor_msgs/Image", "cdr") => Some(Self::Raw),
            ("sensor_msgs/msg/CompressedImage" | "sensor_msgs/CompressedImage", "cdr") => Some(Self::Compressed),
            _ => None,
        }
    }

    /// Whether messages of a type may have pictures that are not looked into: videos and images of other packages.
    pub(super) fn may_be_pictures(kind: &str) -> bool {
        let name = kind.to_ascii_lowercase();
        ["image", "video", "packet", "picture", "jpeg", "png"]
            .iter()
            .any(|word| name.contains(word))
    }
}

impl Filter {
    /// Whether something is made unrecognisable.
    pub(super) fn blurs(&self) -> bool {
        self.params.blur().is_some()
    }

    /// What becomes of the image of that place in its topic.
    pub(super) fn image(&mut self, kind: ImageKind, place: u64, data: &[u8]) -> Fate {
        if !place.is_multiple_of(u64::from(self.params.every_nth_image)) {
            return Fate::Stays(format!("one image in {} goes", self.params.every_nth_image));
        }
        #[cfg(feature = "blur")]
        if let Some(blur) = &mut self.blur {
            return blur.image(kind, data);
        }
        let _ = (kind, data);
        Fate::Goes
    }
}

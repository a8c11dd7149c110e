//! Which topics are cameras, and what their features are called.

use serde_json::{Value, json};

use super::Options;
use super::sources::slug;
use super::video::codec_name;
use crate::pixels::{self, Pixels};
use crate::{ExportError, Recording};

/// A topic whose images become a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Camera {
    pub(super) topic: String,
    pub(super) type_name: String,
    /// Of its topic, without what all cameras have.
    pub(super) name: String,
    /// Width and height, pixels.
    pub(super) size: [usize; 2],
}

/// The end of a topic that says no more than that these are images.
const ENDINGS: [&str; 4] = ["/compressed", "/image_raw", "/image", "/image_rect"];

fn name(topic: &str) -> String {
    let mut name = topic;
    for ending in ENDINGS {
        name = name.strip_suffix(ending).unwrap_or(name);
    }
    let name = slug(if name.is_empty() { topic } else { name });
    // Dots part the names of features.
    name.replace(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_', "_")
}

/// The cameras of a recording.
pub(super) fn cameras(recording: &Recording, options: &Options) -> Result<Vec<Camera>, ExportError> {
    let refuse = |problem| Err(ExportError::recording(recording.path(), problem));
    let is_camera = |name: &str| pixels::TYPES.contains(&name);
    for name in options.cameras.iter().flatten() {
        let found = recording.topic(name).map(|topic| topic.type_name.as_str());
        if !found.is_some_and(is_camera) {
            let found = found.unwrap_or("no such topic");
            return refuse(format!(
                "{name}: expected images ({}), found {found}",
                pixels::TYPES.join(", ")
            ));
        }
    }
    let mut cameras: Vec<Camera> = Vec::new();
    for topic in recording.topics() {
        let is_wanted = options.cameras.as_ref().is_none_or(|named| named.contains(&topic.name));
        if !is_wanted || !topic.is_readable() || topic.messages == 0 || !is_camera(&topic.type_name) {
            continue;
        }
        let (log_time, data) = recording.first(&topic.name)?;
        let decoded = pixels::decode(&topic.type_name, &data);
        let Pixels { width, height, .. } =
            decoded.map_err(|problem| recording.bad_message(&topic.name, log_time, problem))?;
        if width % 2 != 0 || height % 2 != 0 {
            let (topic, found) = (&topic.name, format!("{width} × {height}"));
            return refuse(format!(
                "{topic}: expected an even width and height, which videos (yuv420p) have; found {found}"
            ));
        }
        let name = name(&topic.name);
        if let Some(known) = cameras.iter().find(|camera| camera.name == name) {
            let topics = format!("{} and {}", known.topic, topic.name);
            return refuse(format!(
                "expected one topic of the camera {name}, found {topics}; choose with --cameras"
            ));
        }
        cameras.push(Camera {
            topic: topic.name.clone(),
            type_name: topic.type_name.clone(),
            name,
            size: [width, height],
        });
    }
    Ok(cameras)
}

impl Camera {
    /// The name of its feature.
    pub(super) fn key(&self) -> String {
        format!("observation.images.{}", self.name)
    }

    /// As `info.json` declares it.
    pub(super) fn info(&self, fps: u32, encoder: &str) -> Value {
        let [width, height] = self.size;
        json!({
            "dtype": "video",
            "shape": [height, width, 3],
            "names": ["height", "width", "channels"],
            "info": {
                "video.height": height,
                "video.width": width,
                "video.codec": codec_name(encoder),
                "video.pix_fmt": "yuv420p",
                "video.is_depth_map": false,
                "video.fps": fps,
                "video.channels": 3,
                "has_audio": false,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_are_called_as_their_topics_without_what_all_have() {
        assert_eq!(name("/head/image_raw"), "head");
        assert_eq!(name("/camera/left/image_raw/compressed"), "camera_left");
        assert_eq!(name("/image"), "image");
    }
}

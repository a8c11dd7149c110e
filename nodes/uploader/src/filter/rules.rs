//! What must not leave, as parameters.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What must not leave the robot. With any of these set, filtered copies go and the recordings themselves stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FilterParams {
    /// Topics that are left out, as they are recorded, such as `/microphone`; a `*` at the end stands for whatever
    /// follows.
    pub leave_out: Vec<String>,
    /// Of the images of each topic one in so many goes; 1 for all.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub every_nth_image: u32,
    /// Classes of things that are made unrecognisable in images, such as `person`, by their names in the model.
    pub blur_classes: Vec<String>,
    /// ONNX file of the detector that finds them: the robot's own, or another.
    #[schemars(extend("x-path" = true))]
    pub blur_model: Option<PathBuf>,
    /// What scores more than this is made unrecognisable: rather too much than too little.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub blur_threshold: f32,
    /// By how much boxes are grown on each side, of their width and height.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub blur_margin: f32,
}

// Numbers within their ranges are never NaN.
impl Eq for FilterParams {}

impl Default for FilterParams {
    fn default() -> Self {
        Self {
            leave_out: Vec::new(),
            every_nth_image: 1,
            blur_classes: Vec::new(),
            blur_model: None,
            blur_threshold: 0.1,
            blur_margin: 0.15,
        }
    }
}

impl FilterParams {
    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.leave_out.is_empty() && self.every_nth_image <= 1 && self.blur_classes.is_empty()
    }

    /// The detector, where something is to be made unrecognisable.
    pub(super) fn blur(&self) -> Option<&Path> {
        self.blur_model.as_deref().filter(|_| !self.blur_classes.is_empty())
    }

    /// Whether a topic is left out as a whole.
    pub fn leaves_out(&self, topic: &str) -> bool {
        // Whether topics were recorded with their slash or without must not decide about what leaves.
        let topic = topic.trim_start_matches('/');
        self.leave_out.iter().any(|rule| {
            let rule = rule.trim_start_matches('/');
            match rule.strip_suffix('*') {
                Some(start) => topic.starts_with(start),
                None => topic == rule,
            }
        })
    }

    /// Says what does not go together.
    ///
    /// # Errors
    /// With the key, what was expected and what was found.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(empty) = self.leave_out.iter().find(|topic| topic.trim_matches('/').is_empty()) {
            return Err(format!("`filter.leave_out`: expected names of topics, found `{empty}`"));
        }
        let inner = |topic: &&String| topic[..topic.len() - 1].contains('*');
        if let Some(topic) = self.leave_out.iter().find(inner) {
            return Err(format!(
                "`filter.leave_out`: expected a `*` at the end of a name only, found `{topic}`"
            ));
        }
        if self.every_nth_image == 0 {
            return Err("`filter.every_nth_image`: expected 1 or more, found 0".to_owned());
        }
        match (&self.blur_model, &self.blur_classes[..]) {
            (None, [first, ..]) => Err(format!(
                "`filter.blur_classes`: expected `filter.blur_model` with it, a detector that knows `{first}`, found none"
            )),
            (Some(model), []) => Err(format!(
                "`filter.blur_model`: expected `filter.blur_classes` with it, such as [person], found none for {}",
                model.display()
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_left_out_by_their_names_with_or_without_a_slash() {
        let params = FilterParams {
            leave_out: vec!["/microphone".to_owned(), "camera/*".to_owned()],
            ..FilterParams::default()
        };
        for (topic, is_left_out) in [
            ("/microphone", true),
            ("microphone", true),
            ("/microphone_gain", false),
            ("/camera/image_raw", true),
            ("/camera", false),
            ("/rear/camera/image_raw", false),
        ] {
            assert_eq!(params.leaves_out(topic), is_left_out, "{topic}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused_by_name() {
        for (yaml, named) in [
            ("{blur_classes: [person]}", "`filter.blur_model`"),
            ("{blur_model: spotter.onnx}", "`filter.blur_classes`"),
            ("{leave_out: ['/a*b']}", "`/a*b`"),
            ("{leave_out: ['']}", "names of topics"),
            ("{every_nth_image: 0}", "found 0"),
        ] {
            let params: FilterParams =
                serde_json::from_value(sinew_files::yaml(yaml).map(serde_value).unwrap()).unwrap();
            let error = params.check().unwrap_err();
            assert!(error.contains(named), "{yaml}: {error}");
        }
    }

    fn serde_value(value: sinew_files::Value) -> serde_json::Value {
        serde_json::to_value(value).unwrap()
    }
}

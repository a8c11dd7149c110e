//! Single values of the files, whatever node they are for.

use serde_yaml_ng::Value as Yaml;
use sinew_node::declared::ParameterFiles;
use sinew_node::node::RosArgs;

/// What the command line says of a parameter, else the files, else what was derived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) files: &'a ParameterFiles,
    pub(super) ros: &'a RosArgs,
}

impl Said<'_> {
    fn value(&self, node: &str, parameter: &str) -> Option<Yaml> {
        let given = self
            .ros
            .overrides_of(node)
            .filter(|(_, name, _)| *name == parameter)
            .last();
        let given = given.and_then(|(.., yaml)| sinew_files::yaml(yaml).ok());
        let namespace = self.ros.namespace.as_deref().unwrap_or("/");
        let derived = || {
            let mut derived = self.files.derived_of(node);
            derived.find_map(|(name, value)| (name == parameter).then(|| value.clone()))
        };
        given
            .or_else(|| self.files.said(node, parameter, namespace))
            .or_else(derived)
    }

    /// A text; `None` where nothing says it.
    pub(super) fn text(&self, node: &str, parameter: &str) -> Option<String> {
        self.value(node, parameter)?.as_str().map(str::to_owned)
    }

    /// A list of texts.
    pub(super) fn texts(&self, node: &str, parameter: &str) -> Option<Vec<String>> {
        let value = self.value(node, parameter)?;
        let texts = value.as_sequence()?.iter().map(|text| text.as_str().map(str::to_owned));
        texts.collect()
    }

    /// A number.
    pub(super) fn number(&self, node: &str, parameter: &str) -> Option<f64> {
        self.value(node, parameter)?.as_f64()
    }
}

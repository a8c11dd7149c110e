//! What a parameter file has for nobody.

use super::app::App;
use super::args::RosArgs;
use crate::declared::{ParameterError, ParameterFiles};

/// Names this much alike are the same one, misspelt.
const ALIKE: f64 = 0.75;

/// See [`App::strangers`].
pub(super) fn strangers(app: &App, files: &ParameterFiles, ros: &RosArgs) -> Result<Vec<String>, ParameterError> {
    let mut lines = Vec::new();
    for (path, section) in files.sections() {
        let name = section.rsplit('/').next().unwrap_or(section);
        if app.knows(name) || ros.node_name.as_deref() == Some(name) || name == "*" {
            continue;
        }
        if let Some(similar) = similar(name, app.names()) {
            let message = format!("no such node; did you mean `{similar}`?");
            return Err(ParameterError::value(path, section, message));
        }
        lines.push(format!(
            "{}: there is no node `{name}` here, and nobody takes its parameters: {}",
            path.display(),
            app.known()
        ));
    }
    let parameters = app.parameters();
    let takes = |name: &str| {
        let below = |known: &String| known.starts_with(name) && known[name.len()..].starts_with('.');
        parameters.iter().any(|known| known == name || below(known))
    };
    for (path, name) in files.shared().filter(|(_, name)| !takes(name)) {
        let first = |known: &'_ String| known.split('.').next().unwrap_or_default().to_owned();
        let tops: Vec<String> = parameters.iter().map(first).collect();
        if let Some(similar) = similar(&name, tops.iter().map(String::as_str)) {
            let message = format!("`{name}`: no such parameter; did you mean `{similar}`?");
            return Err(ParameterError::value(path, "/**", message));
        }
        lines.push(format!(
            "{}: no node here has the parameter `{name}`, which is given for all",
            path.display()
        ));
    }
    Ok(lines)
}

/// The known name that `name` almost is. Names that differ in their digits are meant to differ.
fn similar<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| {
        text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')
            .to_owned()
    };
    let alike =
        |known: &&str| letters(name) != letters(known) && strsim::normalized_damerau_levenshtein(name, known) >= ALIKE;
    known.filter(alike).max_by(|a, b| {
        let likeness = |text: &str| strsim::normalized_damerau_levenshtein(name, text);
        likeness(a).total_cmp(&likeness(b))
    })
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn a_misspelt_name_is_recognised_and_another_name_is_not() {
        let known = ["control", "sim", "course", "perception", "follow", "camera"];
        let found = |name: &str| similar(name, known.into_iter());
        for (name, meant) in [
            ("contrl", "control"),
            ("contorl", "control"),
            ("percepton", "perception"),
            ("folow", "follow"),
        ] {
            assert_eq!(found(name), Some(meant));
        }
        for name in [
            "camera2",
            "camera_2",
            "my_node",
            "planner",
            "recorder",
            "left_camera",
            "simulator",
        ] {
            assert_eq!(found(name), None, "{name}");
        }
    }
}

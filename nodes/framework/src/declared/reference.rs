//! What people read about parameters.

use serde_json::{Map, Value as Json};
use sinew_control::ranges::schema::{schema_of, without_null};

use super::NodeParams;
use super::schema::{Schema, description};
use super::value::Type;

/// One parameter, for a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its name, the parts separated by dots.
    pub name: String,
    /// Its type, with the range or the choices.
    pub takes: String,
    /// The value that it has where none is given, as YAML; nothing where one has to be given, or none is as good.
    pub default: Option<String>,
    /// When it may change.
    pub changes: &'static str,
    /// What it does.
    pub description: String,
}

/// All parameters of a struct, in the order of its fields.
pub fn reference<P: NodeParams>() -> Vec<Reference> {
    let root = schema_of::<P>();
    let root = root.as_object().cloned().unwrap_or_default();
    let schema = Schema::of::<P>();
    let declared = schema.specs.iter().map(|spec| {
        let (_, default) = at(&root, &spec.name);
        Reference {
            name: spec.name.clone(),
            takes: if spec.kind == Type::StringArray && !spec.choices.is_empty() {
                format!("a list, each {}", spec.expectation())
            } else {
                spec.expectation()
            },
            default: default.filter(|default| !default.is_null()).map(Json::to_string),
            changes: match (spec.read_only, spec.live) {
                (true, _) => "never",
                (false, true) => "any time",
                (false, false) => "while the node is not active",
            },
            description: spec.description.clone(),
        }
    });
    let free = schema.free.iter().map(|name| {
        let (field, default) = at(&root, name);
        let default = default.filter(|default| !default.is_null() && *default != &Json::Array(Vec::new()));
        Reference {
            name: name.clone(),
            takes: "YAML of its own form".to_owned(),
            default: default.map(Json::to_string),
            changes: "never",
            description: field.and_then(description).unwrap_or_default(),
        }
    });
    declared.chain(free).collect()
}

/// The schema of a field, and its default: that of the outermost struct that gives one.
fn at<'a>(root: &'a Map<String, Json>, name: &str) -> (Option<&'a Map<String, Json>>, Option<&'a Json>) {
    let (mut object, mut given, mut field) = (root, None::<&Json>, None);
    for part in name.split('.') {
        let Some(schema) = object.get("properties").and_then(|all| all.get(part)?.as_object()) else {
            return (None, None);
        };
        given = match given {
            Some(outer) => outer.get(part),
            None => schema.get("default"),
        };
        (object, _) = without_null(schema);
        field = Some(schema);
    }
    (field, given)
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;

    /// Steps.
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, default)]
    struct Steps {
        /// How high, m.
        #[schemars(range(min = 0.0, max = 0.3), extend("x-live" = true))]
        height_m: f64,
    }

    impl Default for Steps {
        fn default() -> Self {
            Self { height_m: 0.1 }
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    struct GaitParams {
        /// Where the gait is.
        #[schemars(extend("readOnly" = true))]
        file: String,
        #[serde(default)]
        steps: Steps,
    }

    impl NodeParams for GaitParams {}

    #[test]
    fn a_reference_says_type_range_default_and_when_it_may_change() {
        let all = reference::<GaitParams>();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].name.as_str(), all[0].default.as_deref(), all[0].changes),
            ("file", None, "never")
        );
        assert_eq!(
            all[1],
            Reference {
                name: "steps.height_m".to_owned(),
                takes: "double from 0.0 to 0.3".to_owned(),
                default: Some("0.1".to_owned()),
                changes: "any time",
                description: "How high, m.".to_owned(),
            }
        );
    }
}

//! From the JSON schema of a struct to the flat list of its parameters.

use schemars::JsonSchema;
use serde_json::{Map, Value as Json};
use sinew_control::ranges::Range;
use sinew_control::ranges::schema::{schema_of, type_name, without_null};

use super::spec::Spec;
use super::store::SetError;
use super::value::{Type, shortened};

/// The parameters of a struct, and its fields that no ROS 2 parameter can hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    /// In the order of the struct's fields.
    pub(super) specs: Vec<Spec>,
    /// Dotted names of fields that take any YAML.
    pub(super) free: Vec<String>,
    /// Dotted names of fields that are paths of files, each with the word that is none.
    paths: Vec<(String, Option<String>)>,
}

/// What a field has from the structs around it.
#[derive(Debug, Clone, Copy, Default)]
struct InheritedFlags {
    read_only: bool,
    live: bool,
    optional: bool,
}

impl Schema {
    pub(super) fn of<P: JsonSchema>() -> Self {
        let schema = schema_of::<P>();
        let mut found = Self::default();
        if let Some(root) = schema.as_object() {
            found.walk(root, "", InheritedFlags::default());
        }
        found
    }

    /// Adds the parameters of another struct. What both have stays as it is here, where its type is the
    /// same; its name is given back where it is not.
    pub(super) fn extend(&mut self, more: Self) -> Result<(), String> {
        for spec in more.specs {
            match self.position(&spec.name) {
                None => self.specs.push(spec),
                Some(at) if self.specs[at].kind == spec.kind => {}
                Some(_) => return Err(spec.name),
            }
        }
        self.free.extend(more.free);
        self.paths.extend(more.paths);
        Ok(())
    }

    /// The fields of the struct itself.
    pub(super) fn fields(&self) -> Vec<String> {
        let names = self.specs.iter().map(|spec| &spec.name).chain(&self.free);
        let mut fields: Vec<String> = names
            .filter_map(|name| name.split('.').next())
            .map(str::to_owned)
            .collect();
        fields.dedup();
        fields
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.specs.iter().position(|spec| spec.name == name)
    }

    /// The declared name most like `name`, where one is like it.
    pub(super) fn similar(&self, name: &str) -> Option<&str> {
        let names = self.specs.iter().map(|spec| &spec.name).chain(&self.free);
        names
            .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known.as_str()))
            .filter(|(likeness, _)| *likeness > 0.6)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known)
    }

    /// Why nothing can be set by that name.
    pub(super) fn unknown(&self, name: &str) -> SetError {
        let shown = shortened(name);
        if self.takes_anything(name) {
            SetError::ReadOnly { name: shown }
        } else {
            SetError::Unknown {
                name: shown,
                similar: self.similar(name).map(str::to_owned),
            }
        }
    }

    /// Whether the text that a field has is the path of a file.
    pub(super) fn is_path(&self, name: &str, text: &str) -> bool {
        let mut paths = self.paths.iter();
        paths.any(|(path, no_path)| path == name && no_path.as_deref() != Some(text))
    }

    /// Whether a field takes whatever YAML is at `name`.
    pub(super) fn takes_anything(&self, name: &str) -> bool {
        self.free.iter().any(|free| is_at_or_below(name, free))
    }

    /// Whether there are parameters below `name`.
    pub(super) fn has_below(&self, name: &str) -> bool {
        let names = self.specs.iter().map(|spec| &spec.name).chain(&self.free);
        names
            .into_iter()
            .any(|known| known != name && is_at_or_below(known, name))
    }

    fn walk(&mut self, object: &Map<String, Json>, prefix: &str, inherited: InheritedFlags) {
        let Some(Json::Object(properties)) = object.get("properties") else {
            return;
        };
        for (key, schema) in properties {
            let name = match prefix {
                "" => key.clone(),
                prefix => format!("{prefix}.{key}"),
            };
            match schema.as_object() {
                Some(schema) => self.field(schema, name, inherited),
                None => self.free.push(name),
            }
        }
    }

    fn field(&mut self, schema: &Map<String, Json>, name: String, inherited: InheritedFlags) {
        let flag = |key: &str| schema.get(key) == Some(&Json::Bool(true));
        match schema.get("x-path") {
            Some(Json::String(word)) => self.paths.push((name.clone(), Some(word.clone()))),
            Some(Json::Bool(true)) => self.paths.push((name.clone(), None)),
            _ => {}
        }
        let (shape, may_be_null) = without_null(schema);
        let inherited = InheritedFlags {
            read_only: inherited.read_only || flag("readOnly"),
            live: inherited.live || flag("x-live"),
            optional: inherited.optional || may_be_null,
        };
        if shape.contains_key("properties") {
            self.walk(shape, &name, inherited);
            return;
        }
        let (is_array, element) = match type_name(shape) {
            Some("array") => match shape.get("items").and_then(Json::as_object) {
                Some(element) => (true, element),
                None => (false, shape),
            },
            _ => (false, shape),
        };
        let choices = choices(element);
        let single = match type_name(element) {
            Some("boolean") => Type::Bool,
            Some("integer") => Type::Integer,
            Some("number") => Type::Double,
            Some("string") => Type::String,
            _ if !choices.is_empty() => Type::String,
            _ => return self.free.push(name),
        };
        self.specs.push(Spec {
            name,
            kind: if is_array { array_of(single) } else { single },
            description: description(schema).or(description(shape)).unwrap_or_default(),
            range: Range::of(element),
            choices,
            read_only: inherited.read_only,
            live: inherited.live,
            optional: inherited.optional,
        });
    }
}

fn is_at_or_below(name: &str, above: &str) -> bool {
    (name.strip_prefix(above)).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The variants of an enum without data: they may be listed together, each alone where it has a
/// description, or both. Empty for anything else.
fn choices(schema: &Map<String, Json>) -> Vec<String> {
    let alternatives = match schema.get("oneOf").and_then(Json::as_array) {
        Some(all) => all.iter().map(Json::as_object).collect::<Option<Vec<_>>>(),
        None => Some(vec![schema]),
    };
    let mut found = Vec::new();
    for alternative in alternatives.unwrap_or_default() {
        let listed = alternative.get("enum").and_then(Json::as_array).map(Vec::as_slice);
        let alone = alternative.get("const").map(std::slice::from_ref);
        let Some(names) = listed.or(alone) else {
            return Vec::new();
        };
        found.extend(names.iter().filter_map(Json::as_str).map(str::to_owned));
    }
    found
}

fn array_of(element: Type) -> Type {
    match element {
        Type::Bool => Type::BoolArray,
        Type::Integer => Type::IntegerArray,
        Type::Double => Type::DoubleArray,
        _ => Type::StringArray,
    }
}

/// A doc comment as one paragraph.
pub(super) fn description(schema: &Map<String, Json>) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

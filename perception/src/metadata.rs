//! What a model says of itself: class names, task and input size, as ultralytics writes them into its exports
//! (Python literals), and files that say it instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Most classes that are believed.
const MAX_CLASSES: usize = 65_536;
/// Largest file of names that is read, bytes.
const MAX_FILE: u64 = 16 << 20;

/// A model's description of itself; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelMetadata {
    /// Name of each class, by number; empty where unknown.
    pub names: Vec<String>,
    /// Such as `detect`, `segment`, `classify`.
    pub task: Option<String>,
    /// Whether it is an RT-DETR: its boxes are shares of the input.
    pub is_rtdetr: bool,
    /// Width and height of the input, pixels.
    pub size: Option<[usize; 2]>,
    /// Largest stride of the network, pixels: sides are multiples of it.
    pub stride: Option<usize>,
    /// Whether the outputs are free of duplicates, so that no suppression is needed.
    pub end_to_end: Option<bool>,
    /// Whether there was any of this.
    pub is_ultralytics: bool,
}

impl ModelMetadata {
    /// Reads an ONNX model's `metadata_props`. What cannot be understood is as if it were not there.
    pub fn read(properties: &BTreeMap<String, String>) -> Self {
        let literal = |key: &str| properties.get(key).and_then(|text| Literal::parse(text));
        let size = literal("imgsz").and_then(|literal| match literal {
            Literal::Number(side) => Some([side as usize; 2]),
            Literal::List(sides) => match sides[..] {
                [Literal::Number(height), Literal::Number(width)] => Some([width as usize, height as usize]),
                _ => None,
            },
            _ => None,
        });
        Self {
            names: literal("names").and_then(Literal::into_names).unwrap_or_default(),
            task: properties.get("task").cloned(),
            is_rtdetr: match (properties.get("head"), properties.get("description")) {
                (Some(head), _) => head == "RTDETRDecoder",
                // Releases that did not name the head named the configuration.
                (None, description) => description.is_some_and(|text| text.to_lowercase().contains("rtdetr")),
            },
            size: size.filter(|size| size.iter().all(|side| (1..=16_384).contains(side))),
            stride: match literal("stride") {
                Some(Literal::Number(stride)) if (1.0..=4096.0).contains(&stride) => Some(stride as usize),
                _ => None,
            },
            end_to_end: properties.get("end2end").map(|text| text.trim() == "True"),
            is_ultralytics: ["names", "task", "imgsz", "stride"]
                .iter()
                .any(|key| properties.contains_key(*key)),
        }
    }
}

/// A value as Python and JSON write it.
#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Dict(Vec<(Self, Self)>),
}

impl Literal {
    fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text.trim() };
        let value = parser.value(0)?;
        parser.rest.trim().is_empty().then_some(value)
    }

    /// Names by number, from `{0: 'person', …}` or `['person', …]`. Numbers that are left out have none.
    fn into_names(self) -> Option<Vec<String>> {
        let numbered: Vec<_> = match self {
            Self::List(values) => values.into_iter().enumerate().collect(),
            Self::Dict(entries) => {
                let entries = entries.into_iter().map(|(key, value)| match key {
                    Self::Number(number) => Some((number as usize, value)),
                    Self::Text(number) => Some((number.parse().ok()?, value)),
                    _ => None,
                });
                entries.collect::<Option<_>>()?
            }
            _ => return None,
        };
        let count = numbered.iter().map(|(number, _)| number.saturating_add(1)).max()?;
        if count > MAX_CLASSES {
            return None;
        }
        let mut names = vec![String::new(); count];
        for (number, value) in numbered {
            let Self::Text(name) = value else { return None };
            names[number] = name;
        }
        Some(names)
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Literal> {
        if depth > 8 {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => self.dict(depth),
            '[' => self.list(']', depth),
            '(' => self.list(')', depth),
            quote @ ('\'' | '"') => self.text(quote),
            _ => self.number(),
        }
    }

    /// Whether the next sign is this one; if so it is read.
    fn eat(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn list(&mut self, end: char, depth: usize) -> Option<Literal> {
        self.rest = &self.rest[1..];
        let mut values = Vec::new();
        while !self.eat(end) {
            values.push(self.value(depth + 1)?);
            if !self.eat(',') {
                return self.eat(end).then_some(Literal::List(values));
            }
        }
        Some(Literal::List(values))
    }

    fn dict(&mut self, depth: usize) -> Option<Literal> {
        self.rest = &self.rest[1..];
        let mut entries = Vec::new();
        while !self.eat('}') {
            let key = self.value(depth + 1)?;
            if !self.eat(':') {
                return None;
            }
            entries.push((key, self.value(depth + 1)?));
            if !self.eat(',') {
                return self.eat('}').then_some(Literal::Dict(entries));
            }
        }
        Some(Literal::Dict(entries))
    }

    fn text(&mut self, quote: char) -> Option<Literal> {
        let mut text = String::new();
        let mut chars = self.rest[1..].chars();
        loop {
            match chars.next()? {
                '\\' => text.push(match chars.next()? {
                    'n' => '\n',
                    't' => '\t',
                    kind @ ('x' | 'u') => {
                        let digits = if kind == 'x' { 2 } else { 4 };
                        let code: String = chars.by_ref().take(digits).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    other => other,
                }),
                sign if sign == quote => break,
                sign => text.push(sign),
            }
        }
        self.rest = chars.as_str();
        Some(Literal::Text(text))
    }

    fn number(&mut self) -> Option<Literal> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let number: f64 = number.parse().ok()?;
        number.is_finite().then_some(Literal::Number(number))
    }
}

/// Why a file gives no class names.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// The system refuses to read it.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what class names are written in.
    #[error("{}: expected one name per line, or YAML with a key `names` (a list, or names by number), found {found}", .file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is there.
        found: String,
    },
}

/// Class names from a file: one per line (empty lines at the end do not count), or a YAML file (`.yaml`, `.yml`) with the key `names`, such as
/// describe data sets.
///
/// # Errors
/// Where the file cannot be read or holds no names.
pub fn load_labels(path: &Path) -> Result<Vec<String>, LabelsError> {
    let format = |found: String| LabelsError::Format {
        file: path.to_owned(),
        found,
    };
    let text = sinew_files::read_text(path, MAX_FILE).map_err(|cause| LabelsError::Read {
        file: path.to_owned(),
        cause,
    })?;
    let is_yaml = path
        .extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml");
    let mut names: Vec<String> = if is_yaml {
        yaml_names(&text).map_err(format)?
    } else {
        // Editors of Windows begin a file with a mark.
        text.trim_start_matches('\u{feff}')
            .lines()
            .map(|line| line.trim().to_owned())
            .collect()
    };
    // Empty lines at the end of a file are no names; one between others is a class without one.
    while !is_yaml && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if names.iter().any(|name| !name.is_empty()) && names.len() <= MAX_CLASSES {
        Ok(names)
    } else {
        Err(format(format!("{} names", names.len())))
    }
}

fn yaml_names(text: &str) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Names {
        List(Vec<String>),
        Numbered(BTreeMap<u16, String>),
    }
    #[derive(serde::Deserialize)]
    struct File {
        names: Names,
    }
    sinew_files::check_yaml(text)?;
    let file: File = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    Ok(match file.names {
        Names::List(names) => names,
        Names::Numbered(numbered) => {
            let count = numbered.keys().max().map_or(0, |last| usize::from(*last) + 1);
            let mut names = vec![String::new(); count];
            for (number, name) in numbered {
                names[usize::from(number)] = name;
            }
            names
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(entries: &[(&str, &str)]) -> ModelMetadata {
        let entries = entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        ModelMetadata::read(&entries.collect())
    }

    #[test]
    fn what_ultralytics_writes_is_understood() {
        let metadata = read(&[
            (
                "names",
                "{0: 'person', 1: \"driver's seat\", 2: 'caf\\xe9', 4: 'a\\'b'}",
            ),
            ("task", "detect"),
            ("imgsz", "[384, 640]"),
            ("stride", "32"),
            ("end2end", "True"),
        ]);
        assert_eq!(metadata.names, ["person", "driver's seat", "café", "", "a'b"]);
        assert_eq!(metadata.task.as_deref(), Some("detect"));
        assert_eq!(metadata.size, Some([640, 384]));
        assert_eq!((metadata.stride, metadata.end_to_end), (Some(32), Some(true)));
    }

    #[test]
    fn lists_and_json_are_understood_too() {
        assert_eq!(read(&[("names", "['a', 'b',]")]).names, ["a", "b"]);
        assert_eq!(read(&[("names", r#"{"0": "a", "1": "b"}"#)]).names, ["a", "b"]);
        assert_eq!(read(&[("imgsz", "(320, 320)")]).size, Some([320, 320]));
    }

    #[test]
    fn nonsense_is_as_if_it_were_not_there() {
        for names in [
            "",
            "{",
            "{0: 1}",
            "{1e300: 'a'}",
            "[[[[[[[[[['a']]]]]]]]]]",
            "{0: 'a'} x",
            "{'x': 'a'}",
            "'",
        ] {
            assert_eq!(read(&[("names", names)]).names, [""; 0], "{names}");
        }
        assert_eq!(read(&[("imgsz", "[0, -3]")]).size, None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", python in "[\\[\\]{}(),:'\"\\\\0-9exnu. -]{0,40}") {
            for text in [text, python] {
                read(&[("names", &text), ("imgsz", &text), ("stride", &text)]);
            }
        }

        #[test]
        fn names_come_back(names in proptest::collection::vec("[^'\\\\\n]{0,12}", 1..20)) {
            let entries: Vec<_> = names.iter().enumerate().map(|(i, name)| format!("{i}: '{name}'")).collect();
            let metadata = read(&[("names", &format!("{{{}}}", entries.join(", ")))]);
            prop_assert_eq!(metadata.names, names);
        }
    }
}

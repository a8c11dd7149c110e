//! XML elements that know where they came from, and their attributes as checked numbers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nalgebra::Vector3;

use super::error::DescriptionError;

/// Largest description file that is read, bytes.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// Deepest nesting of elements.
const MAX_DEPTH: usize = 200;
/// Most elements in one description, after all inclusions.
const MAX_ELEMENTS: usize = 200_000;
/// Largest number in a description: every length, mass, angle and colour is far below.
const MAX_NUMBER: f64 = 1e9;

/// The attributes of one element, in document order.
pub(super) type Attributes = Vec<(String, String)>;

/// An element that owns its content.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) tag: String,
    pub(super) attributes: Attributes,
    pub(super) children: Vec<Element>,
    pub(super) file: Arc<PathBuf>,
    line: u32,
}

impl Element {
    /// Reads a file's root element.
    pub(super) fn read(file: &Path) -> Result<Self, DescriptionError> {
        let read_error = |source| DescriptionError::Read {
            file: file.to_owned(),
            source,
        };
        let text = sinew_files::read_text(file, MAX_FILE_BYTES).map_err(read_error)?;
        Self::parse(&text, file)
    }

    /// Parses a file's text.
    pub(super) fn parse(text: &str, file: &Path) -> Result<Self, DescriptionError> {
        let options = roxmltree::ParsingOptions {
            nodes_limit: 4 * MAX_ELEMENTS as u32,
            ..Default::default()
        };
        let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
            roxmltree::Error::NodesLimitReached => limit(file, "elements", MAX_ELEMENTS),
            error => DescriptionError::Syntax {
                file: file.to_owned(),
                problem: error.to_string(),
            },
        })?;
        let mut lines = LineCounter::new(text);
        let root = document.root_element();
        // roxmltree parses without recursion; what follows here does not.
        if depth_of_tree(root) > MAX_DEPTH {
            return Err(limit(file, "nested elements", MAX_DEPTH));
        }
        Ok(Self::copy(root, &Arc::new(file.to_owned()), &mut lines))
    }

    fn copy(node: roxmltree::Node<'_, '_>, file: &Arc<PathBuf>, lines: &mut LineCounter<'_>) -> Self {
        let line = lines.line_at(node.range().start);
        Self {
            tag: node.tag_name().name().to_owned(),
            attributes: node
                .attributes()
                .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
                .collect(),
            children: node
                .children()
                .filter(roxmltree::Node::is_element)
                .map(|child| Self::copy(child, file, lines))
                .collect(),
            file: Arc::clone(file),
            line,
        }
    }

    /// Checks the size of a tree that was put together from several files.
    pub(super) fn check_size(&self) -> Result<(), DescriptionError> {
        fn measure(element: &Element) -> (usize, usize) {
            element
                .children
                .iter()
                .map(measure)
                .fold((1, 1), |size, child| (size.0 + child.0, size.1.max(child.1 + 1)))
        }
        let (elements, depth) = measure(self);
        if elements > MAX_ELEMENTS {
            return Err(limit(&self.file, "elements with all inclusions", MAX_ELEMENTS));
        }
        if depth > MAX_DEPTH {
            return Err(limit(&self.file, "nested elements with all inclusions", MAX_DEPTH));
        }
        Ok(())
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        find(&self.attributes, name)
    }

    /// The children with this tag.
    pub(super) fn children_named<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = &'a Element> + 'a {
        self.children.iter().filter(move |child| child.tag == tag)
    }

    /// The element with its name and line, as errors show it.
    pub(super) fn label(&self) -> String {
        match self.attribute("name") {
            Some(name) => format!("<{} name=\"{name}\"> in line {}", self.tag, self.line),
            None => format!("<{}> in line {}", self.tag, self.line),
        }
    }

    /// An error about this element.
    pub(super) fn error(&self, problem: impl Into<String>) -> DescriptionError {
        DescriptionError::Element {
            file: self.file.to_path_buf(),
            element: self.label(),
            problem: problem.into(),
        }
    }

    /// An error about one of its attributes.
    pub(super) fn attribute_error(
        &self,
        attribute: &str,
        expected: impl Into<String>,
        found: Option<&str>,
    ) -> DescriptionError {
        DescriptionError::Attribute {
            file: self.file.to_path_buf(),
            element: self.label(),
            attribute: attribute.to_owned(),
            expected: expected.into(),
            found: found.map_or_else(|| "nothing".to_owned(), |value| format!("\"{value}\"")),
        }
    }

    /// The element's own attributes, without defaults.
    pub(super) fn own(&self) -> Resolved<'_> {
        Resolved {
            element: self,
            layers: vec![&self.attributes],
        }
    }
}

/// An element's attributes over those of its default classes; the last layer is its own.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'a> {
    pub(super) element: &'a Element,
    pub(super) layers: Vec<&'a Attributes>,
}

impl<'a> Resolved<'a> {
    /// The value that counts: the element's own, else that of the nearest class.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.layers.iter().rev().find_map(|layer| find(layer, name))
    }

    /// The innermost layer that has one of these attributes, and which.
    pub(super) fn innermost<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &'a str)> {
        self.layers.iter().rev().find_map(|layer| {
            names
                .iter()
                .find_map(|name| find(layer, name).map(|value| (*name, value)))
        })
    }

    /// A value that must be there.
    pub(super) fn required(&self, name: &str, expected: &str) -> Result<&'a str, DescriptionError> {
        self.text(name)
            .ok_or_else(|| self.element.attribute_error(name, expected, None))
    }

    /// One number.
    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, DescriptionError> {
        self.text(name)
            .map(|text| numbers(self.element, name, text, 1..=1).map(|list| list[0]))
            .transpose()
    }

    /// One number that is not negative.
    pub(super) fn not_negative(&self, name: &str) -> Result<Option<f64>, DescriptionError> {
        match self.number(name)? {
            Some(value) if value < 0.0 => {
                Err(self
                    .element
                    .attribute_error(name, "a number of at least 0", self.text(name)))
            }
            value => Ok(value),
        }
    }

    /// Three numbers.
    pub(super) fn vector(&self, name: &str) -> Result<Option<Vector3<f64>>, DescriptionError> {
        self.text(name).map(|text| vector(self.element, name, text)).transpose()
    }

    /// Two numbers, the first not above the second.
    pub(super) fn range(&self, name: &str) -> Result<Option<[f64; 2]>, DescriptionError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let list = numbers(self.element, name, text, 2..=2)?;
        if list[0] > list[1] {
            return Err(self
                .element
                .attribute_error(name, "two numbers, the lower first", Some(text)));
        }
        Ok(Some([list[0], list[1]]))
    }

    /// A list in which an inner layer with fewer numbers replaces only the first ones.
    pub(super) fn overlaid(&self, name: &str, mut start: Vec<f64>) -> Result<Vec<f64>, DescriptionError> {
        for layer in &self.layers {
            if let Some(text) = find(layer, name) {
                let list = numbers(self.element, name, text, 0..=start.len())?;
                start[..list.len()].copy_from_slice(&list);
            }
        }
        Ok(start)
    }

    /// `true`, `false`, or `None` for "auto" and for nothing.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, DescriptionError> {
        match self.text(name) {
            None | Some("auto") => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            found => Err(self
                .element
                .attribute_error(name, "\"true\", \"false\" or \"auto\"", found)),
        }
    }

    /// A whole number within a range.
    pub(super) fn integer(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, DescriptionError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.trim().parse::<i64>() {
            Ok(value) if range.contains(&value) => Ok(Some(value)),
            _ => Err(self.element.attribute_error(
                name,
                format!("a whole number from {} to {}", range.start(), range.end()),
                Some(text),
            )),
        }
    }
}

/// Parses a list of finite numbers.
pub(super) fn numbers(
    element: &Element,
    name: &str,
    text: &str,
    count: std::ops::RangeInclusive<usize>,
) -> Result<Vec<f64>, DescriptionError> {
    let list: Option<Vec<f64>> = text
        .split_ascii_whitespace()
        .take(count.end().saturating_add(1))
        .map(|word| word.parse::<f64>().ok().filter(|x| x.abs() <= MAX_NUMBER))
        .collect();
    match list {
        Some(list) if count.contains(&list.len()) => Ok(list),
        _ => {
            let how_many = if count.start() == count.end() {
                count.start().to_string()
            } else {
                format!("{} to {}", count.start(), count.end())
            };
            let noun = if *count.end() == 1 { "number" } else { "numbers" };
            Err(element.attribute_error(
                name,
                format!("{how_many} finite {noun} of at most {MAX_NUMBER:e}"),
                Some(text),
            ))
        }
    }
}

/// Parses three numbers.
pub(super) fn vector(element: &Element, name: &str, text: &str) -> Result<Vector3<f64>, DescriptionError> {
    let list = numbers(element, name, text, 3..=3)?;
    Ok(Vector3::new(list[0], list[1], list[2]))
}

fn find<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn limit(file: &Path, what: &'static str, limit: usize) -> DescriptionError {
    DescriptionError::Limit {
        file: file.to_owned(),
        what,
        limit,
    }
}

fn depth_of_tree(root: roxmltree::Node<'_, '_>) -> usize {
    // Parents come before their children in document order.
    let mut depths: Vec<usize> = Vec::new();
    for node in root.descendants() {
        let above = node
            .parent()
            .and_then(|parent| depths.get(parent.id().get_usize()))
            .map_or(0, |depth| *depth);
        depths.resize(node.id().get_usize(), 0);
        depths.push(above + 1);
    }
    depths.into_iter().max().unwrap_or(0)
}

/// Turns rising byte offsets into line numbers.
struct LineCounter<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    fn line_at(&mut self, offset: usize) -> u32 {
        let passed = &self.text.as_bytes()[self.offset..offset];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.offset = offset;
        self.line
    }
}

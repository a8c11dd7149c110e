//! XML as text: elements, attributes, numbers that read back as they were.

use std::fmt::Write;

use nalgebra::{Isometry3, UnitQuaternion, Vector3};

/// A document that grows.
#[derive(Debug)]
pub(super) struct XmlText {
    text: String,
    open: Vec<&'static str>,
}

impl XmlText {
    pub(super) fn new(comment: &str) -> Self {
        // Two dashes would end the comment.
        let comment = comment.replace("--", "- -");
        Self {
            text: format!("<?xml version=\"1.0\"?>\n<!-- {comment} -->\n"),
            open: Vec::new(),
        }
    }

    fn tag(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.text.push_str(&"  ".repeat(self.open.len()));
        let _ = write!(self.text, "<{tag}");
        for (name, value) in attributes {
            let _ = write!(self.text, " {name}=\"{}\"", escaped(value));
        }
    }

    /// An element without content.
    pub(super) fn empty(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.tag(tag, attributes);
        self.text.push_str("/>\n");
    }

    /// An element with text in it.
    pub(super) fn text(&mut self, tag: &str, content: &str) {
        self.tag(tag, &[]);
        let _ = writeln!(self.text, ">{}</{tag}>", escaped(content));
    }

    /// An element with text in it, and attributes.
    pub(super) fn text_with(&mut self, tag: &str, attributes: &[(&str, &str)], content: &str) {
        self.tag(tag, attributes);
        let _ = writeln!(self.text, ">{}</{tag}>", escaped(content));
    }

    /// Opens an element; [`close`](Self::close) ends it.
    pub(super) fn open(&mut self, tag: &'static str, attributes: &[(&str, &str)]) {
        self.tag(tag, attributes);
        self.text.push_str(">\n");
        self.open.push(tag);
    }

    /// Ends the element that was opened last.
    pub(super) fn close(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.text.push_str(&"  ".repeat(self.open.len()));
            let _ = writeln!(self.text, "</{tag}>");
        }
    }

    /// The document, with every element ended.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A number that reads back as the same.
pub(super) fn number(value: f64) -> String {
    // No reader needs to know which side of zero it was.
    if value == 0.0 {
        "0".to_owned()
    } else {
        value.to_string()
    }
}

/// Several numbers.
pub(super) fn numbers(values: impl IntoIterator<Item = f64>) -> String {
    let words: Vec<String> = values.into_iter().map(number).collect();
    words.join(" ")
}

/// Three numbers.
pub(super) fn vector(value: &Vector3<f64>) -> String {
    numbers(value.iter().copied())
}

/// Roll, pitch and yaw, as URDF and SDF have them.
pub(super) fn rpy(rotation: &UnitQuaternion<f64>) -> String {
    let (roll, pitch, yaw) = rotation.euler_angles();
    numbers([roll, pitch, yaw])
}

/// A pose in SDF: place, then roll, pitch and yaw.
pub(super) fn sdf_pose(pose: &Isometry3<f64>) -> String {
    format!("{} {}", vector(&pose.translation.vector), rpy(&pose.rotation))
}

/// A quaternion in MJCF: w first.
pub(super) fn mjcf_quat(rotation: &UnitQuaternion<f64>) -> String {
    numbers([rotation.w, rotation.i, rotation.j, rotation.k])
}

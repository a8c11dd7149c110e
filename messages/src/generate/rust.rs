//! Writes definitions as Rust.

use std::fmt::Write as _;

use super::definition::{Base, Constant, Definition, Field, Literal, Shape};
use super::error::Mismatch;
use super::{SHIPPED, names, text};

/// More elements than this in an array, and neither serde nor `Default` know it.
const MOST_ELEMENTS_OF_SERDE: usize = 32;

/// Where the types of other packages are found.
pub(super) struct Paths<'a> {
    pub(super) package: &'a str,
    /// The packages whose modules lie beside this one.
    pub(super) siblings: &'a [&'a str],
    /// The messages of this package.
    pub(super) messages: &'a [&'a str],
    /// The path by which the source names this crate.
    pub(super) this_crate: &'a str,
}

impl<'a> Paths<'a> {
    /// The package of a message, of this one's where none is named: all but `Header`, if there is none here.
    pub(super) fn package_of(&self, package: Option<&'a str>, name: &str) -> &'a str {
        match package {
            None if name == "Header" && !self.messages.contains(&name) => "std_msgs",
            None => self.package,
            Some(package) => package,
        }
    }

    /// The path in Rust of a message.
    pub(super) fn message(&self, package: Option<&str>, name: &str) -> Result<String, Mismatch> {
        let package = self.package_of(package, name);
        if package == self.package {
            if !self.messages.contains(&name) {
                let expected = format!("a type of ROS 2, or one of the messages of the package {package}");
                return Err(Mismatch::new(expected, format!("`{name}`")));
            }
            return Ok(format!("super::msg::{name}"));
        }
        if self.siblings.contains(&package) {
            return Ok(format!("super::super::{package}::msg::{name}"));
        }
        if SHIPPED.contains(&package) {
            return Ok(format!("::{}::{package}::msg::{name}", self.this_crate));
        }
        let expected = format!(
            "a package whose definitions are here or which Sinew ships ({})",
            SHIPPED.join(", ")
        );
        Err(Mismatch::new(expected, format!("`{package}/{name}`")))
    }
}

/// The struct `name` for the message that ROS 2 calls `ros_name`.
pub(super) fn message(
    paths: &Paths<'_>,
    name: &str,
    ros_name: &str,
    definition: &Definition,
) -> Result<String, (usize, Mismatch)> {
    let manual_default = definition
        .fields
        .iter()
        .any(|field| field.default.is_some() || big(field));
    let derived_default = if manual_default { "" } else { "Default, " };
    let mut out = format!(
        "/// `{ros_name}`\n\
         #[derive(Debug, Clone, {derived_default}PartialEq, ::serde::Serialize, ::serde::Deserialize)]\n\
         pub struct {name} {{\n"
    );
    for field in &definition.fields {
        let rust_type = field_type(paths, field).map_err(|mismatch| (field.line, mismatch))?;
        out += &struct_field(paths, field, &rust_type);
    }
    out += "}\n\n";
    out += &message_impl(paths, name, ros_name, definition)?;
    if !definition.constants.is_empty() {
        let constants: String = definition.constants.iter().map(constant).collect();
        let _ = write!(out, "\nimpl {name} {{\n{constants}}}\n");
    }
    if manual_default {
        let fields: String = definition.fields.iter().map(default_field).collect();
        let _ = write!(
            out,
            "\nimpl ::core::default::Default for {name} {{\n    fn default() -> Self {{\n        \
             Self {{\n{fields}        }}\n    }}\n}}\n"
        );
    }
    Ok(out)
}

fn message_impl(
    paths: &Paths<'_>,
    name: &str,
    ros_name: &str,
    definition: &Definition,
) -> Result<String, (usize, Mismatch)> {
    let crate_name = paths.this_crate;
    let lines: String = text::lines(paths, definition)
        .iter()
        .map(|line| format!("            {:?},\n", format!("{line}\n")))
        .collect();
    let nested: String = text::nested(paths, definition)?
        .iter()
        .map(|path| format!("            <{path} as ::{crate_name}::Message>::DEFINITION,\n"))
        .collect();
    let text = list("::core::concat!(", &lines, ")");
    let nested = list("&[", &nested, "]");
    Ok(format!(
        "impl ::{crate_name}::Message for {name} {{\n    \
         const TYPE: &'static str = \"{ros_name}\";\n    \
         const DEFINITION: ::{crate_name}::Definition = ::{crate_name}::Definition {{\n        \
         name: Self::TYPE,\n        \
         text: {text},\n        \
         nested: {nested},\n    }};\n}}\n"
    ))
}

/// Items, a line each, between what opens and what closes their list.
fn list(open: &str, items: &str, close: &str) -> String {
    if items.is_empty() {
        format!("{open}{close}")
    } else {
        format!("{open}\n{items}        {close}")
    }
}

/// The type that joins the request and the response of a service.
pub(super) fn service(paths: &Paths<'_>, name: &str, ros_name: &str) -> String {
    format!(
        "/// `{ros_name}`\n\
         #[derive(Debug, Clone, Copy)]\n\
         pub struct {name};\n\n\
         impl ::{}::Service for {name} {{\n    \
         const TYPE: &'static str = \"{ros_name}\";\n    \
         type Request = {name}Request;\n    \
         type Response = {name}Response;\n}}\n",
        paths.this_crate
    )
}

fn big(field: &Field) -> bool {
    matches!(field.shape, Shape::Array(length) if length > MOST_ELEMENTS_OF_SERDE)
}

fn struct_field(paths: &Paths<'_>, field: &Field, rust_type: &str) -> String {
    let mut out = format!("    /// `{}`\n", field.declaration);
    let rust_name = names::rust_field(&field.name);
    if rust_name.ends_with('_') {
        let _ = writeln!(out, "    #[serde(rename = \"{}\")]", field.name);
    }
    let bytes = matches!(field.base, Base::Integer(integer) if integer.rust == "u8");
    if field.shape == Shape::Sequence && bytes {
        let _ = writeln!(out, "    #[serde(with = \"::{}::cdr::bytes\")]", paths.this_crate);
    } else if big(field) {
        let _ = writeln!(out, "    #[serde(with = \"::{}::cdr::array\")]", paths.this_crate);
    }
    let _ = writeln!(out, "    pub {rust_name}: {rust_type},");
    out
}

fn field_type(paths: &Paths<'_>, field: &Field) -> Result<String, Mismatch> {
    let base = match &field.base {
        Base::Message { package, name } => paths.message(package.as_deref(), name)?,
        Base::Text => "::std::string::String".to_owned(),
        primitive => constant_type(primitive).to_owned(),
    };
    Ok(match field.shape {
        Shape::One => base,
        Shape::Array(length) => format!("[{base}; {length}]"),
        Shape::Sequence => format!("::std::vec::Vec<{base}>"),
    })
}

fn constant_type(base: &Base) -> &'static str {
    match base {
        Base::Bool => "bool",
        Base::Integer(integer) => integer.rust,
        Base::Float32 => "f32",
        Base::Float64 => "f64",
        Base::Text | Base::Message { .. } => "&'static str",
    }
}

fn constant(constant: &Constant) -> String {
    let Constant {
        name,
        base,
        declaration,
        value,
        ..
    } = constant;
    format!(
        "    /// `{declaration}`\n    pub const {name}: {} = {};\n",
        constant_type(base),
        literal(value)
    )
}

fn default_field(field: &Field) -> String {
    let name = names::rust_field(&field.name);
    let value = match &field.default {
        None if big(field) => "::core::array::from_fn(|_| ::core::default::Default::default())".to_owned(),
        None => "::core::default::Default::default()".to_owned(),
        Some(values) => {
            let values: Vec<String> = values.iter().map(owned).collect();
            let values = values.join(", ");
            match field.shape {
                Shape::One => values,
                Shape::Array(_) => format!("[{values}]"),
                Shape::Sequence => format!("::std::vec![{values}]"),
            }
        }
    };
    format!("            {name}: {value},\n")
}

fn owned(value: &Literal) -> String {
    match value {
        Literal::Text(_) => format!("::std::string::String::from({})", literal(value)),
        other => literal(other),
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Float32(value) if value.is_finite() => format!("{value:?}"),
        Literal::Float64(value) if value.is_finite() => format!("{value:?}"),
        Literal::Float32(value) => not_finite("f32", value.is_nan(), *value > 0.0),
        Literal::Float64(value) => not_finite("f64", value.is_nan(), *value > 0.0),
        Literal::Text(text) => format!("{text:?}"),
    }
}

fn not_finite(rust_type: &str, is_nan: bool, is_positive: bool) -> String {
    let name = match (is_nan, is_positive) {
        (true, _) => "NAN",
        (false, true) => "INFINITY",
        (false, false) => "NEG_INFINITY",
    };
    format!("{rust_type}::{name}")
}

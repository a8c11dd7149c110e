//! Rust source from the definitions of ROS 2: `.msg` and `.srv`.
//!
//! ```
//! use sinew_messages::generate::{Source, generate};
//!
//! let files = [Source { file: "Grip.msg", text: "std_msgs/Header header\nfloat64[] force 1.0" }];
//! let error = generate("hand_msgs", &files, &[], "sinew_messages").unwrap_err().to_string();
//! assert_eq!(error, "Grip.msg:2: expected values in brackets, such as `[1, 2, 3]`, found `1.0`");
//!
//! let files = [Source { file: "Grip.msg", text: "std_msgs/Header header\nfloat64[] force" }];
//! let source = generate("hand_msgs", &files, &[], "sinew_messages").unwrap();
//! assert!(source.contains("pub struct Grip {"));
//! ```
//!
//! The result is a module file. A crate that has it needs `serde`, and this crate by the path that is given: as a
//! dependency of its own, or re-exported by another (`sinew_node::messages`). The types of a package that Sinew ships
//! are Sinew's, those of a package generated beside it are taken from the module next to this one.
//!
//! | definition | Rust |
//! |---|---|
//! | `hand_msgs/msg/Grip` | `msg::Grip`, a [`Message`](crate::Message) |
//! | `hand_msgs/srv/Open` | `srv::Open`, a [`Service`](crate::Service), with `srv::OpenRequest` and `srv::OpenResponse` |
//! | `byte`, `char`, `uint8` | `u8` |
//! | `float64[3]`, `float64[]`, `float64[<=3]` | `[f64; 3]`, `Vec<f64>`, `Vec<f64>` |
//! | `string`, `string<=10` | `String` |
//! | `uint8 OK=1` | an associated constant |
//! | a field's default value | part of `Default` |
//! | a field `type`, a field `self` | `r#type`, `self_` |
//!
//! Bounds are not checked: a longer sequence is refused by the peers. `wstring`, actions, IDL files and
//! arrays of more than 4096 elements are refused.

pub(crate) mod definition;
mod error;
mod literal;
mod names;
pub(crate) mod parse;
mod rust;
mod text;

use std::collections::BTreeMap;

pub use error::GenerateError;

use definition::{Base, Definition};
use error::{Mismatch, quoted};
use rust::Paths;

/// The packages whose types this crate has.
pub const SHIPPED: [&str; 16] = [
    "builtin_interfaces",
    "controller_manager_msgs",
    "diagnostic_msgs",
    "geometry_msgs",
    "lifecycle_msgs",
    "nav_msgs",
    "rcl_interfaces",
    "rosgraph_msgs",
    "sensor_msgs",
    "sinew_msgs",
    "std_msgs",
    "std_srvs",
    "tf2_msgs",
    "trajectory_msgs",
    "unique_identifier_msgs",
    "vision_msgs",
];

/// A definition file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its name or path, such as `msg/Grip.msg`; errors name it. It ends in `.msg` or `.srv`.
    pub file: &'a str,
    /// What it contains.
    pub text: &'a str,
}

/// The Rust source of `package` with the definitions in `files`.
///
/// `siblings` are the packages whose generated modules lie beside this one's. `this_crate` is the path by which the
/// source is to name this crate, such as `sinew_messages`.
///
/// # Errors
/// A definition that cannot be read, or refers to a type that is not there: file, line, what was
/// expected and what was found.
pub fn generate(
    package: &str,
    files: &[Source<'_>],
    siblings: &[&str],
    this_crate: &str,
) -> Result<String, GenerateError> {
    names::package(package).map_err(|mismatch| mismatch.at(package, 1))?;
    let mut messages = BTreeMap::new();
    let mut services = BTreeMap::new();
    for source in files {
        let parts = parse::parse(source.file, source.text)?;
        let known = place(source.file, parts, &mut messages, &mut services);
        known.map_err(|mismatch| mismatch.at(source.file, 1))?;
    }
    refuse_cycles(package, &messages)?;

    let own: Vec<&str> = messages.keys().copied().collect();
    let paths = Paths {
        package,
        siblings,
        messages: &own,
        this_crate,
    };
    let mut msg = Vec::new();
    for (&name, (file, definition)) in &messages {
        msg.push(message(
            &paths,
            file,
            name,
            &format!("{package}/msg/{name}"),
            definition,
        )?);
    }
    let mut srv = Vec::new();
    for (&name, (file, request, response)) in &services {
        let ros_name = format!("{package}/srv/{name}");
        srv.push(rust::service(&paths, name, &ros_name));
        for (part, definition) in [("Request", request), ("Response", response)] {
            let rust_name = format!("{name}{part}");
            if services.contains_key(rust_name.as_str()) {
                let expected = format!("no service of this name beside {name}.srv, whose {part} has it");
                return Err(Mismatch::new(expected, quoted(&rust_name)).at(file, 1));
            }
            srv.push(message(
                &paths,
                file,
                &rust_name,
                &format!("{ros_name}_{part}"),
                definition,
            )?);
        }
    }
    let mut out = format!("//! Package `{package}`, made from its definitions by `sinew_messages::generate`.\n");
    out += &module("msg", "Messages.", &msg);
    out += &module("srv", "Services.", &srv);
    Ok(out)
}

type Messages<'a> = BTreeMap<&'a str, (&'a str, Definition)>;
type Services<'a> = BTreeMap<&'a str, (&'a str, Definition, Definition)>;

fn place<'a>(
    file: &'a str,
    parts: Vec<Definition>,
    messages: &mut Messages<'a>,
    services: &mut Services<'a>,
) -> Result<(), Mismatch> {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let Some((name, extension)) = base.rsplit_once('.') else {
        return Err(Mismatch::new(
            "a file named like `Grip.msg` or `Open.srv`",
            quoted(base),
        ));
    };
    names::type_name(name)?;
    let count = parts.len();
    let mut parts = parts.into_iter();
    let again = match (extension, count, parts.next(), parts.next()) {
        ("msg", 1, Some(message), _) => messages.insert(name, (file, message)).is_some(),
        ("srv", 2, Some(request), Some(response)) => services.insert(name, (file, request, response)).is_some(),
        ("msg", ..) => return Err(Mismatch::new("no `---` in a message", format!("{}", count - 1))),
        ("srv", ..) => {
            return Err(Mismatch::new(
                "one `---` between request and response",
                format!("{}", count - 1),
            ));
        }
        ("action", ..) => {
            return Err(Mismatch::new(
                "a .msg or a .srv file",
                "an action, which is not supported",
            ));
        }
        _ => return Err(Mismatch::new("a .msg or a .srv file", quoted(base))),
    };
    if again {
        return Err(Mismatch::new("each definition once", format!("{} again", quoted(base))));
    }
    Ok(())
}

fn message(
    paths: &Paths<'_>,
    file: &str,
    name: &str,
    ros_name: &str,
    definition: &Definition,
) -> Result<String, GenerateError> {
    rust::message(paths, name, ros_name, definition).map_err(|(line, mismatch)| mismatch.at(file, line))
}

/// A message that contains itself has no size, and no end on the wire.
fn refuse_cycles(package: &str, messages: &Messages<'_>) -> Result<(), GenerateError> {
    for (&start, (file, definition)) in messages {
        let mut seen = Vec::new();
        let mut open: Vec<&Definition> = vec![definition];
        while let Some(definition) = open.pop() {
            for field in &definition.fields {
                let Base::Message { package: of, name } = &field.base else {
                    continue;
                };
                if of.as_deref().is_some_and(|of| of != package) {
                    continue;
                }
                if name == start {
                    let found = format!("`{}` inside of {start}", field.declaration);
                    return Err(Mismatch::new("no message that contains itself", found).at(file, field.line));
                }
                if let Some((_, inner)) = messages.get(name.as_str()).filter(|_| !seen.contains(&name)) {
                    seen.push(name);
                    open.push(inner);
                }
            }
        }
    }
    Ok(())
}

fn module(name: &str, summary: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let body: String = items.join("\n").lines().map(indented).collect();
    format!(
        "\n/// {summary}\n\
         #[rustfmt::skip]\n\
         #[allow(\n    \
         dead_code,\n    \
         unreachable_pub,\n    \
         clippy::approx_constant,\n    \
         clippy::upper_case_acronyms,\n    \
         reason = \"names and numbers are those of the definitions, whoever uses them\"\n)]\n\
         pub mod {name} {{\n{body}}}\n"
    )
}

fn indented(line: &str) -> String {
    if line.is_empty() {
        "\n".to_owned()
    } else {
        format!("    {line}\n")
    }
}

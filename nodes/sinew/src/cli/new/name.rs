//! What a node may be called: its crate, its ROS 2 package and its type have the same name.

use std::str::FromStr;

/// Taken by Rust, by the libraries that a node uses, and by cargo's own folders. Sinew's nodes have theirs as well.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "anyhow",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "schemars",
    "self",
    "serde",
    "sinew",
    "sinew_node",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tests",
    "tokio",
    "tracing",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];
/// The types that the code of a new node names.
const TAKEN_TYPES: &[&str] = &[
    "Client",
    "Clone",
    "Debug",
    "Default",
    "Deserialize",
    "Duration",
    "Input",
    "JsonSchema",
    "Live",
    "LocalBus",
    "Node",
    "NodeParams",
    "Odometry",
    "Params",
    "Publisher",
    "Qos",
    "Requests",
    "Result",
    "Robot",
    "Self",
    "Serialize",
    "Server",
    "Setup",
    "TestNode",
    "Twist",
    "Value",
];
/// Longer than any telling name, short enough for topics below it.
const LONGEST: usize = 60;

/// A name that is good for a crate, a ROS 2 package and a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = |expected: &str| Err(format!("expected {expected}, found `{text}`"));
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(allowed) {
            return refused("small letters, digits and `_`, a letter first, as in `go_to_goal`");
        }
        if text.contains("__") || text.ends_with('_') || text.len() < 2 {
            return refused("at least two characters, with single `_` between words");
        }
        if text.len() > LONGEST {
            return refused("at most 60 characters");
        }
        let name = Self(text.to_owned());
        if TAKEN.contains(&text) || sinew::NODES.contains(&text) {
            return refused("a name that Rust, cargo or Sinew has no other use for");
        }
        if TAKEN_TYPES.contains(&name.type_name().as_str()) {
            return refused(&format!(
                "a name whose type is not called as one of Sinew's, `{}`",
                name.type_name()
            ));
        }
        Ok(name)
    }
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the node's type: `GoToGoal` for `go_to_goal`.
    pub(super) fn type_name(&self) -> String {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.0.split('_').map(capital).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_good_name_makes_a_type() {
        for (name, type_name) in [("go_to_goal", "GoToGoal"), ("walk_2", "Walk2"), ("x1", "X1")] {
            assert_eq!(name.parse::<Name>().unwrap().type_name(), type_name);
        }
    }

    #[test]
    fn a_name_that_would_not_compile_or_run_is_refused_with_the_reason() {
        for (name, reason) in [
            ("GoToGoal", "small letters"),
            ("go-to-goal", "small letters"),
            ("2_go", "a letter first"),
            ("gö", "small letters"),
            ("", "small letters"),
            ("../walk", "small letters"),
            ("a", "at least two"),
            ("go__to", "single `_`"),
            ("go_", "single `_`"),
            ("match", "no other use"),
            ("serde", "no other use"),
            ("node", "`Node`"),
            ("test_node", "`TestNode`"),
        ] {
            let error = name.parse::<Name>().unwrap_err();
            assert!(
                error.contains(reason) && error.contains(&format!("`{name}`")),
                "{error}"
            );
        }
        for node in sinew::NODES {
            assert!(node.parse::<Name>().unwrap_err().contains("no other use"), "{node}");
        }
        assert!("a".repeat(LONGEST + 1).parse::<Name>().is_err());
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(text in ".{0,70}") {
            let _ = text.parse::<Name>().map(|name| name.type_name());
        }
    }
}

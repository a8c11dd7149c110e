//! Values in a YAML tree, by dotted name.

use serde_yaml_ng::{Mapping, Value as Yaml};

/// What is at `name`.
pub(super) fn at<'a>(tree: &'a Mapping, name: &str) -> Option<&'a Yaml> {
    match name.split_once('.') {
        None => tree.get(name),
        Some((head, tail)) => at(tree.get(head)?.as_mapping()?, tail),
    }
}

/// Puts `value` at `name`, in place of what was there or on the way.
pub(super) fn put(tree: &mut Mapping, name: &str, value: Yaml) {
    let Some((head, tail)) = name.split_once('.') else {
        tree.insert(name.into(), value);
        return;
    };
    match tree.get_mut(head) {
        Some(Yaml::Mapping(inner)) => put(inner, tail, value),
        _ => {
            let mut inner = Mapping::new();
            put(&mut inner, tail, value);
            tree.insert(head.into(), Yaml::Mapping(inner));
        }
    }
}

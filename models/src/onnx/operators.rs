//! Which operator makes each output of a graph.

use std::collections::BTreeMap;

use super::OnnxError;
use super::wire::Fields;

/// Operators that change the shape or the format of numbers, not what they mean.
const TRANSPARENT: [&str; 10] = [
    "Identity",
    "Cast",
    "Reshape",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
    "Dropout",
    "QuantizeLinear",
    "DequantizeLinear",
];
/// Most of them in a row that are looked through: a hostile graph can run in a circle.
const MOST: usize = 64;

/// A node's operator, its first and its last input.
type Made<'a> = (&'a [u8], [&'a [u8]; 2]);

/// The operator that each of `outputs` comes from, seen through those that only change shape or format; those that
/// no node makes are left out. Of several tensors side by side it is `Concat` and the operator of the last of them,
/// such as `Concat Sigmoid`.
pub(super) fn operators<'a>(
    graph: &[u8],
    outputs: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, OnnxError> {
    let mut makers: BTreeMap<&[u8], Made<'_>> = BTreeMap::new();
    for field in Fields::new(graph) {
        let field = field?;
        if field.number != 1 {
            continue;
        }
        let (mut inputs, mut operator): (Option<[&[u8]; 2]>, &[u8]) = (None, &[]);
        let mut made = Vec::new();
        for part in Fields::new(field.bytes()) {
            let part = part?;
            match part.number {
                1 => inputs.get_or_insert([part.bytes(); 2])[1] = part.bytes(),
                2 => made.push(part.bytes()),
                4 => operator = part.bytes(),
                _ => {}
            }
        }
        for name in made {
            makers.insert(name, (operator, inputs.unwrap_or_default()));
        }
    }
    let mut found = BTreeMap::new();
    for output in outputs {
        if let Some((operator, [_, last])) = maker(&makers, output.as_bytes()) {
            let mut said = String::from_utf8_lossy(operator).into_owned();
            if said == "Concat"
                && let Some((operator, _)) = maker(&makers, last)
            {
                said = format!("{said} {}", String::from_utf8_lossy(operator));
            }
            found.insert(output.to_owned(), said);
        }
    }
    Ok(found)
}

/// The node that a tensor's numbers come from.
fn maker<'a>(makers: &BTreeMap<&[u8], Made<'a>>, tensor: &[u8]) -> Option<Made<'a>> {
    let mut made = *makers.get(tensor)?;
    for _ in 0..MOST {
        let (operator, [first, _]) = made;
        match makers.get(first) {
            Some(before) if TRANSPARENT.iter().any(|name| name.as_bytes() == operator) => made = *before,
            _ => break,
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::super::wire::put_bytes;
    use super::*;

    fn graph(nodes: &[(&str, &str, &str)]) -> Vec<u8> {
        let mut graph = Vec::new();
        for (operator, from, to) in nodes {
            let mut node = Vec::new();
            put_bytes(&mut node, 1, from.as_bytes());
            put_bytes(&mut node, 2, to.as_bytes());
            put_bytes(&mut node, 4, operator.as_bytes());
            put_bytes(&mut graph, 1, &node);
        }
        graph
    }

    #[test]
    fn what_changes_only_the_shape_is_seen_through() {
        let graph = graph(&[
            ("Gemm", "x", "a"),
            ("Softmax", "a", "b"),
            ("Reshape", "b", "c"),
            ("Cast", "c", "scores"),
        ]);
        let found = operators(&graph, ["scores", "a", "x"].into_iter()).unwrap();
        assert_eq!(found["scores"], "Softmax");
        assert_eq!(found["a"], "Gemm");
        assert!(!found.contains_key("x"));
    }

    #[test]
    fn of_tensors_side_by_side_the_last_is_said() {
        let mut node = Vec::new();
        for (number, text) in [(1, "boxes"), (1, "d"), (2, "all"), (4, "Concat")] {
            put_bytes(&mut node, number, text.as_bytes());
        }
        let mut graph = graph(&[("Sigmoid", "c", "scores"), ("Transpose", "scores", "d")]);
        put_bytes(&mut graph, 1, &node);
        assert_eq!(operators(&graph, ["all"].into_iter()).unwrap()["all"], "Concat Sigmoid");
    }

    #[test]
    fn a_circle_ends() {
        let graph = graph(&[("Cast", "b", "a"), ("Cast", "a", "b")]);
        assert_eq!(operators(&graph, ["a"].into_iter()).unwrap()["a"], "Cast");
    }
}

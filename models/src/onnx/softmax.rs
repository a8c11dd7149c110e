//! A model with one operator, for trying what runs models.

use super::wire::{put_bytes, put_number};

/// A message in field `number`, with what `fill` writes.
fn message(out: &mut Vec<u8>, number: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    fill(&mut body);
    put_bytes(out, number, &body);
}

/// Softmax of `len` floats, from `x` to `y`, both of shape [1, len]. Every execution provider knows it.
pub(crate) fn softmax(len: u64) -> Vec<u8> {
    let tensor = |out: &mut Vec<u8>, number: u32, name: &str| {
        message(out, number, |info| {
            put_bytes(info, 1, name.as_bytes());
            message(info, 2, |kind| {
                message(kind, 1, |tensor| {
                    // Float32 in `TensorProto.DataType`.
                    put_number(tensor, 1, 1);
                    message(tensor, 2, |shape| {
                        message(shape, 1, |dim| put_number(dim, 1, 1));
                        message(shape, 1, |dim| put_number(dim, 1, len));
                    });
                });
            });
        });
    };
    let mut model = Vec::new();
    // IR version 8, operator set 13.
    put_number(&mut model, 1, 8);
    message(&mut model, 8, |operators| put_number(operators, 2, 13));
    message(&mut model, 7, |graph| {
        message(graph, 1, |node| {
            put_bytes(node, 1, b"x");
            put_bytes(node, 2, b"y");
            put_bytes(node, 4, b"Softmax");
        });
        put_bytes(graph, 2, b"softmax");
        tensor(graph, 11, "x");
        tensor(graph, 12, "y");
    });
    model
}

#[cfg(test)]
mod tests {
    use super::super::{Dim, OnnxModel};
    use super::*;

    #[test]
    fn what_is_written_is_a_model() {
        let model = OnnxModel::parse(&softmax(8)).unwrap();
        assert_eq!(model.inputs[0].name, "x");
        assert_eq!(model.outputs[0].dims, [Dim::Fixed(1), Dim::Fixed(8)]);
    }
}

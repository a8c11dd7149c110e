//! Small ONNX models, written byte by byte (field numbers: onnx.proto3).

/// An ONNX model under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    body: Vec<u8>,
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn integer(out: &mut Vec<u8>, number: u64, value: u64) {
    varint(out, number << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, number: u64, value: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// A dimension: a number, or a name for a dynamic one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dim {
    Fixed(u64),
    Named(&'static str),
}

impl From<u64> for Dim {
    fn from(n: u64) -> Self {
        Self::Fixed(n)
    }
}

impl From<&'static str> for Dim {
    fn from(name: &'static str) -> Self {
        Self::Named(name)
    }
}

/// Float32 in `TensorProto.DataType`.
pub(crate) const FLOAT: u64 = 1;
/// Int64 in `TensorProto.DataType`.
pub(crate) const INT64: u64 = 7;

fn value_info(name: &str, element: u64, dims: &[Dim]) -> Vec<u8> {
    let mut shape = Vec::new();
    for dim in dims {
        let mut body = Vec::new();
        match dim {
            Dim::Fixed(n) => integer(&mut body, 1, *n),
            Dim::Named(name) => bytes(&mut body, 2, name.as_bytes()),
        }
        bytes(&mut shape, 1, &body);
    }
    let mut tensor = Vec::new();
    integer(&mut tensor, 1, element);
    bytes(&mut tensor, 2, &shape);
    let mut kind = Vec::new();
    bytes(&mut kind, 1, &tensor);
    let mut info = Vec::new();
    bytes(&mut info, 1, name.as_bytes());
    bytes(&mut info, 2, &kind);
    info
}

impl Graph {
    pub(crate) fn input(self, name: &str, dims: &[Dim]) -> Self {
        self.typed_input(name, FLOAT, dims)
    }

    pub(crate) fn typed_input(mut self, name: &str, element: u64, dims: &[Dim]) -> Self {
        bytes(&mut self.body, 11, &value_info(name, element, dims));
        self
    }

    pub(crate) fn output(mut self, name: &str, dims: &[Dim]) -> Self {
        bytes(&mut self.body, 12, &value_info(name, FLOAT, dims));
        self
    }

    pub(crate) fn weight(mut self, name: &str, dims: &[u64], values: &[f32]) -> Self {
        let mut tensor = Vec::new();
        for &dim in dims {
            integer(&mut tensor, 1, dim);
        }
        integer(&mut tensor, 2, FLOAT);
        bytes(&mut tensor, 8, name.as_bytes());
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        bytes(&mut tensor, 9, &raw);
        bytes(&mut self.body, 5, &tensor);
        self
    }

    /// A weight whose values lie in `file`: at `offset` and so many bytes, or all of it.
    pub(crate) fn weight_in(mut self, name: &str, dims: &[u64], file: &str, part: Option<(u64, u64)>) -> Self {
        let mut tensor = Vec::new();
        for &dim in dims {
            integer(&mut tensor, 1, dim);
        }
        integer(&mut tensor, 2, FLOAT);
        bytes(&mut tensor, 8, name.as_bytes());
        let mut place = vec![("location", file.to_owned())];
        if let Some((offset, length)) = part {
            place.extend([("offset", offset.to_string()), ("length", length.to_string())]);
        }
        for (key, value) in place {
            let mut entry = Vec::new();
            bytes(&mut entry, 1, key.as_bytes());
            bytes(&mut entry, 2, value.as_bytes());
            bytes(&mut tensor, 13, &entry);
        }
        integer(&mut tensor, 14, 1);
        bytes(&mut self.body, 5, &tensor);
        self
    }

    /// A node with a graph inside, as a branch has it.
    pub(crate) fn branch(mut self, inside: &Self) -> Self {
        let mut attribute = Vec::new();
        bytes(&mut attribute, 1, b"then_branch");
        bytes(&mut attribute, 6, &inside.body);
        let mut node = Vec::new();
        bytes(&mut node, 4, b"If");
        bytes(&mut node, 5, &attribute);
        bytes(&mut self.body, 1, &node);
        self
    }

    /// A weight of whole numbers.
    pub(crate) fn integers(mut self, name: &str, values: &[u64]) -> Self {
        let mut tensor = Vec::new();
        integer(&mut tensor, 1, values.len() as u64);
        integer(&mut tensor, 2, INT64);
        bytes(&mut tensor, 8, name.as_bytes());
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        bytes(&mut tensor, 9, &raw);
        bytes(&mut self.body, 5, &tensor);
        self
    }

    pub(crate) fn node(mut self, op: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        let mut node = Vec::new();
        for input in inputs {
            bytes(&mut node, 1, input.as_bytes());
        }
        for output in outputs {
            bytes(&mut node, 2, output.as_bytes());
        }
        bytes(&mut node, 4, op.as_bytes());
        bytes(&mut self.body, 1, &node);
        self
    }

    /// The whole model, opset 17.
    pub(crate) fn model(&self) -> Vec<u8> {
        let mut graph = self.body.clone();
        bytes(&mut graph, 2, b"test");
        let mut opset = Vec::new();
        bytes(&mut opset, 1, b"");
        integer(&mut opset, 2, 17);
        let mut model = Vec::new();
        integer(&mut model, 1, 8);
        bytes(&mut model, 7, &graph);
        bytes(&mut model, 8, &opset);
        model
    }
}

/// Weights that are the same every time: a fixed multiplicative generator, −0.5 to 0.5.
pub(crate) fn weights(seed: u32, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..len).map(|_| next()).collect()
}

/// Fully connected layers with tanh between them, `obs` → `actions`.
pub(crate) fn mlp(sizes: &[u64]) -> Graph {
    let last = sizes.len() - 2;
    let mut graph = Graph::default()
        .input("obs", &[1.into(), sizes[0].into()])
        .output("actions", &[1.into(), sizes[last + 1].into()]);
    let mut from = "obs".to_owned();
    for (layer, pair) in sizes.windows(2).enumerate() {
        let (weight, bias, sum) = (format!("w{layer}"), format!("b{layer}"), format!("sum{layer}"));
        let to = if layer == last {
            "actions".to_owned()
        } else {
            sum.clone()
        };
        let values: Vec<f32> = weights(layer as u32, (pair[0] * pair[1]) as usize)
            .iter()
            .map(|w| w * 4.0 / (pair[0] as f32).sqrt())
            .collect();
        graph = graph
            .weight(&weight, &[pair[0], pair[1]], &values)
            .weight(&bias, &[pair[1]], &weights(100 + layer as u32, pair[1] as usize))
            .node("Gemm", &[&from, &weight, &bias], &[&to]);
        if layer != last {
            let active = format!("active{layer}");
            graph = graph.node("Tanh", &[&sum], &[&active]);
            from = active;
        }
    }
    graph
}

/// `a_out = a_in + obs`, `b_out = a_out · b_in + 1`, `actions = a_out − b_in`: easy to follow by hand.
/// `a` has shape [1, 1, 3], `b` has shape [1, 3].
pub(crate) fn recurrent() -> Graph {
    let (three, one): (Dim, Dim) = (3.into(), 1.into());
    Graph::default()
        .input("obs", &[one, three])
        .input("a_in", &[one, one, three])
        .input("b_in", &[one, three])
        .output("actions", &[one, one, three])
        .output("a_out", &[one, one, three])
        .output("b_out", &[one, three])
        .weight("unit", &[1], &[1.0])
        .node("Add", &["a_in", "obs"], &["a_out"])
        .node("Squeeze", &["a_out"], &["a_flat"])
        .node("Mul", &["a_flat", "b_in"], &["product"])
        .node("Add", &["product", "unit"], &["b_out"])
        .node("Sub", &["a_out", "b_in"], &["actions"])
}

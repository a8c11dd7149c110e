//! Which of the network's tensors is which: the contract's names against what the session has.

use std::fmt;

use ort::session::Session;
use ort::value::{Outlet, TensorElementType, ValueType};
use sinew_control::contract::{Misfit, PolicyContract};

use crate::ffi::{Slot, Slots};

/// Largest tensor that is believed to be a policy's: above it a shape is mistaken, not ambitious.
const MAX_ELEMENTS: i64 = 1 << 24;

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {:?}", self.name, self.dims)
    }
}

/// Finds every tensor of the contract in the session.
///
/// # Errors
/// The first name, type or shape that does not fit, and any input that the contract does not name.
pub(crate) fn bind_names(session: &Session, contract: &PolicyContract) -> Result<Slots, Misfit> {
    let names = &contract.tensors;
    let inputs = Side {
        what: "input",
        outlets: session.inputs(),
    };
    let outputs = Side {
        what: "output",
        outlets: session.outputs(),
    };
    if names.hidden_in.len() != names.hidden_out.len() {
        return Err(Misfit::new(
            "tensors.hidden_out",
            format!("{} names, one per hidden_in", names.hidden_in.len()),
            names.hidden_out.len().to_string(),
        ));
    }
    let observation = inputs.names("tensors.observation", &names.observation, &names.hidden_in)?;
    let action = outputs.names("tensors.action", &names.action, &names.hidden_out)?;
    let [action] = action.as_slice() else {
        return Err(Misfit::new("tensors.action", "one output", action.len().to_string()));
    };
    let slots = |side: &Side<'_>, field: &str, names: &[String]| -> Result<Vec<Slot>, Misfit> {
        names.iter().map(|name| side.slot(field, name, 1)).collect()
    };
    let bound = Slots {
        inputs: slots(&inputs, "tensors.observation", &observation)?,
        output: outputs.slot("tensors.action", action, contract.action_len())?,
        state_in: slots(&inputs, "tensors.hidden_in", &names.hidden_in)?,
        state_out: slots(&outputs, "tensors.hidden_out", &names.hidden_out)?,
    };
    let extra = session.inputs().iter().map(Outlet::name);
    if let Some(extra) = extra
        .into_iter()
        .find(|name| !observation.iter().chain(&names.hidden_in).any(|named| named == name))
    {
        return Err(Misfit::new(
            "tensors",
            format!("every input of the network named, those being {}", inputs.list()),
            format!("none for `{extra}`"),
        ));
    }
    let joints = contract.action_len();
    if bound.output.dims.iter().product::<i64>() != joints as i64 {
        return Err(Misfit::new(
            "tensors.action",
            format!("{joints} elements, one per joint"),
            bound.output.to_string(),
        ));
    }
    for (from, to) in bound.state_in.iter().zip(&bound.state_out) {
        if from.dims != to.dims {
            return Err(Misfit::new(
                "tensors.hidden_out",
                format!("the shape of {from}"),
                to.to_string(),
            ));
        }
    }
    Ok(bound)
}

/// The one output of kinfer's `init_fn`, which must be the shape of the one state of `network`.
pub(crate) fn bind_initial_state(init: &Session, network: &Slots) -> Result<Slots, Misfit> {
    let outputs = Side {
        what: "output",
        outlets: init.outputs(),
    };
    let names = outputs.names("init_fn", "", &[])?;
    let output = outputs.slot("init_fn", &names[0], 1)?;
    if let Some(input) = init.inputs().first() {
        return Err(Misfit::new("init_fn", "no inputs", format!("`{}`", input.name())));
    }
    match network.state_in.as_slice() {
        [state] if state.dims == output.dims => Ok(Slots {
            inputs: Vec::new(),
            output,
            state_in: Vec::new(),
            state_out: Vec::new(),
        }),
        states => Err(Misfit::new(
            "init_fn",
            format!("one state like those of step_fn: {states:?}"),
            output.to_string(),
        )),
    }
}

struct Side<'a> {
    what: &'static str,
    outlets: &'a [Outlet],
}

impl Side<'_> {
    fn list(&self) -> String {
        let names: Vec<_> = self
            .outlets
            .iter()
            .map(|outlet| format!("`{}`", outlet.name()))
            .collect();
        names.join(", ")
    }

    /// The names in a comma-separated list, or the only tensor that `others` does not name.
    fn names(&self, field: &str, listed: &str, others: &[String]) -> Result<Vec<String>, Misfit> {
        if !listed.is_empty() {
            return Ok(listed.split(',').map(|name| name.trim().to_owned()).collect());
        }
        let left: Vec<_> = self
            .outlets
            .iter()
            .map(Outlet::name)
            .filter(|name| !others.iter().any(|o| o == name))
            .collect();
        match left.as_slice() {
            [only] => Ok(vec![(*only).to_owned()]),
            _ => Err(Misfit::new(
                field,
                format!("the name of one {} of {}", self.what, self.list()),
                "no name",
            )),
        }
    }

    /// Dynamic dimensions become 1, but a dynamic last one becomes `last` where all are dynamic or 1.
    fn slot(&self, field: &str, name: &str, last: usize) -> Result<Slot, Misfit> {
        let outlet = self
            .outlets
            .iter()
            .find(|outlet| outlet.name() == name)
            .ok_or_else(|| {
                Misfit::new(
                    field,
                    format!("an {} of the network: {}", self.what, self.list()),
                    format!("`{name}`"),
                )
            })?;
        let ValueType::Tensor {
            ty: TensorElementType::Float32,
            shape,
            ..
        } = outlet.dtype()
        else {
            return Err(Misfit::new(
                field,
                "a float32 tensor",
                format!("`{name}` of type {}", outlet.dtype()),
            ));
        };
        let mut dims: Vec<i64> = shape.iter().map(|&dim| if dim < 0 { 1 } else { dim }).collect();
        if shape.last().is_some_and(|&dim| dim < 0)
            && dims.iter().all(|&dim| dim == 1)
            && let Some(dim) = dims.last_mut()
        {
            *dim = last as i64;
        }
        let elements = dims.iter().try_fold(1i64, |product, &dim| product.checked_mul(dim));
        match elements {
            Some(1..=MAX_ELEMENTS) => Ok(Slot {
                name: name.to_owned(),
                dims,
            }),
            _ => Err(Misfit::new(
                field,
                format!("1 to {MAX_ELEMENTS} elements"),
                format!("`{name}` {dims:?}"),
            )),
        }
    }
}

//! Term names, and how each is built.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::contract::{Misfit, TermSpec};

use super::settings::{numbers, param_misfit};
use super::terms::{Term, TermInputs, TermSetup};

type Factory = Arc<dyn Fn(&TermSpec, &TermSetup<'_>) -> Result<Box<dyn Term>, Misfit> + Send + Sync>;

/// Term names and how each is built.
#[derive(Clone)]
pub struct TermRegistry {
    factories: BTreeMap<String, Factory>,
}

impl fmt::Debug for TermRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.factories.keys()).finish()
    }
}

impl TermRegistry {
    /// Of no terms.
    pub(super) fn empty() -> Self {
        Self {
            factories: BTreeMap::new(),
        }
    }

    /// Adds a term, or replaces the one of that name.
    pub fn register<F>(&mut self, name: &str, factory: F)
    where
        F: Fn(&TermSpec, &TermSetup<'_>) -> Result<Box<dyn Term>, Misfit> + Send + Sync + 'static,
    {
        self.factories.insert(name.to_owned(), Arc::new(factory));
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// Builds the term that `spec` names, or says that there is none.
    ///
    /// # Errors
    /// Where no term has that name, or the one that has does not fit.
    pub fn build(&self, spec: &TermSpec, setup: &TermSetup<'_>) -> Result<Box<dyn Term>, Misfit> {
        let Some(factory) = self.factories.get(&spec.name) else {
            return Err(Misfit::new(
                format!("observation_names.{}", spec.name),
                format!("one of {}", self.names().collect::<Vec<_>>().join(", ")),
                format!("`{}`, which is not registered", spec.name),
            ));
        };
        if !spec.params.contains_key("elements") {
            return factory(spec, setup);
        }
        let mut whole = spec.clone();
        whole.params.remove("elements");
        Ok(Box::new(Picked::new(spec, factory(&whole, setup)?)?))
    }
}

/// Some values of another term.
struct Picked {
    term: Box<dyn Term>,
    elements: Vec<usize>,
    values: Vec<f32>,
}

impl Picked {
    fn new(spec: &TermSpec, term: Box<dyn Term>) -> Result<Self, Misfit> {
        let len = term.len();
        let elements = numbers(spec, "elements", &[])?;
        let out_of_range = |&&at: &&f64| at.fract() != 0.0 || !(0.0..len as f64).contains(&at);
        if let Some(&bad) = elements.iter().find(out_of_range) {
            let expected = format!("whole numbers from 0, less than the term's {len} values");
            return Err(param_misfit(spec, "elements", &expected, bad));
        }
        Ok(Self {
            term,
            elements: elements.iter().map(|&at| at as usize).collect(),
            values: vec![0.0; len],
        })
    }
}

impl Term for Picked {
    fn len(&self) -> usize {
        self.elements.len()
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        self.term.write(inputs, &mut self.values);
        for (slot, &at) in out.iter_mut().zip(&self.elements) {
            *slot = self.values[at];
        }
    }
    fn reset(&mut self) {
        self.term.reset();
    }
}

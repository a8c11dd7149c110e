//! `<default>` classes: attributes that elements have without writing them.

use crate::error::DescriptionError;
use crate::xml::{Attributes, Element, Resolved};

/// All default classes of a description; the first one is the outermost.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    classes: Vec<Class>,
}

#[derive(Debug)]
struct Class {
    name: String,
    parent: Option<usize>,
    /// Attributes by tag, in document order.
    settings: Vec<(String, Attributes)>,
}

impl Defaults {
    /// Gathers the classes from every `<default>` below the root.
    pub(super) fn read(root: &Element) -> Result<Self, DescriptionError> {
        let mut this = Self::default();
        this.classes.push(Class {
            name: "main".to_owned(),
            parent: None,
            settings: Vec::new(),
        });
        for element in root.children_named("default") {
            if let Some(name) = element.attribute("class") {
                name.clone_into(&mut this.classes[0].name);
            }
            this.fill(0, element)?;
        }
        Ok(this)
    }

    fn fill(&mut self, class: usize, element: &Element) -> Result<(), DescriptionError> {
        for child in &element.children {
            if child.tag != "default" {
                let setting = (child.tag.clone(), child.attributes.clone());
                self.classes[class].settings.push(setting);
                continue;
            }
            let name = child
                .attribute("class")
                .ok_or_else(|| child.attribute_error("class", "a name for the class", None))?;
            if self.find(name).is_some() {
                return Err(child.error(format!("a class \"{name}\" exists already")));
            }
            self.classes.push(Class {
                name: name.to_owned(),
                parent: Some(class),
                settings: Vec::new(),
            });
            self.fill(self.classes.len() - 1, child)?;
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.classes.iter().position(|class| class.name == name)
    }

    /// An element's attributes over those of its class (its own `class`, else the `childclass`
    /// that is in force, else the outermost). `tags` are the names it goes by inside a class.
    pub(super) fn resolve<'a>(
        &'a self,
        element: &'a Element,
        childclass: Option<&str>,
        tags: &[&str],
    ) -> Result<Resolved<'a>, DescriptionError> {
        let mut class = match (element.attribute("class"), childclass) {
            (Some(name), _) => Some(
                self.find(name)
                    .ok_or_else(|| element.attribute_error("class", "the name of a default class", Some(name)))?,
            ),
            (None, Some(name)) => Some(
                self.find(name)
                    .ok_or_else(|| element.error(format!("the childclass \"{name}\" above it does not exist")))?,
            ),
            (None, None) => Some(0),
        };
        let mut layers = vec![&element.attributes];
        while let Some(index) = class {
            let settings = self.classes[index].settings.iter().rev();
            layers.extend(
                settings
                    .filter(|(tag, _)| tags.contains(&tag.as_str()))
                    .map(|(_, attributes)| attributes),
            );
            class = self.classes[index].parent;
        }
        layers.reverse();
        Ok(Resolved { element, layers })
    }
}

//! `<joint>`: hinges and slides.

use nalgebra::{Point3, Vector3};

use super::Reader;
use crate::error::DescriptionError;
use crate::model::{Joint, JointKind};
use crate::xml::Element;

impl Reader<'_> {
    /// Reads a hinge or a slide. One without a name is called after its body.
    pub(super) fn joint(
        &self,
        element: &Element,
        childclass: Option<&str>,
        body: Option<&str>,
    ) -> Result<Joint, DescriptionError> {
        let resolved = self.defaults.resolve(element, childclass, &["joint"])?;
        let kind = match resolved.text("type").unwrap_or("hinge") {
            "hinge" => JointKind::Hinge,
            "slide" => JointKind::Slide,
            "ball" => {
                return Err(element.error("ball joints are not supported: use three hinges"));
            }
            other => {
                return Err(element.attribute_error("type", "\"hinge\", \"slide\" or \"free\"", Some(other)));
            }
        };
        let angle = |value: f64| match kind {
            JointKind::Hinge => self.compiler.radians(value),
            JointKind::Slide => value,
        };
        let name = match (resolved.text("name"), body) {
            (Some(name), _) => name.to_owned(),
            (None, Some(body)) => format!("{body}_joint"),
            (None, None) => resolved
                .required("name", "a name, for the joint or for its body")?
                .to_owned(),
        };
        if resolved.text("springdamper").is_some() {
            return Err(element.error("`springdamper` is not supported: give `stiffness` and `damping`"));
        }
        let axis = resolved.vector("axis")?.unwrap_or_else(Vector3::z);
        let axis = axis
            .try_normalize(1e-9)
            .ok_or_else(|| element.attribute_error("axis", "a vector that is not zero", resolved.text("axis")))?;
        let range = resolved.range("range")?;
        let range = if self.compiler.limited(&resolved, "limited", "range")? {
            let limits =
                range.ok_or_else(|| element.attribute_error("range", "given, because `limited` is true", None))?;
            Some(limits.map(angle))
        } else {
            None
        };
        let force = resolved.range("actuatorfrcrange")?;
        let limited = self
            .compiler
            .limited(&resolved, "actuatorfrclimited", "actuatorfrcrange")?;
        let effort = match force {
            Some([low, high]) if limited => symmetric(element, "actuatorfrcrange", low, high)?,
            _ => f64::INFINITY,
        };
        Ok(Joint {
            name,
            kind,
            axis,
            anchor: Point3::from(resolved.vector("pos")?.unwrap_or_default()),
            range,
            reference: angle(resolved.number("ref")?.unwrap_or(0.0)),
            armature: resolved.not_negative("armature")?.unwrap_or(0.0),
            damping: resolved.not_negative("damping")?.unwrap_or(0.0),
            friction: resolved.not_negative("frictionloss")?.unwrap_or(0.0),
            spring: (
                resolved.not_negative("stiffness")?.unwrap_or(0.0),
                angle(resolved.number("springref")?.unwrap_or(0.0)),
            ),
            effort,
            velocity: f64::INFINITY,
        })
    }
}

/// The largest force that a range allows both ways.
pub(super) fn symmetric(element: &Element, name: &str, low: f64, high: f64) -> Result<f64, DescriptionError> {
    if low < 0.0 && high > 0.0 {
        return Ok(high.min(-low));
    }
    Err(element.attribute_error(name, "a range with zero inside", Some(&format!("{low} {high}"))))
}

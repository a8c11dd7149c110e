//! `<inertial>`: mass, centre of mass, inertia.

use nalgebra::{Matrix3, Point3};

use super::origin;
use crate::error::DescriptionError;
use crate::inertia::{balanced, possible};
use crate::model::Inertia;
use crate::xml::Element;

/// What MuJoCo's extension of a URDF says about masses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compiler {
    balance_inertia: bool,
    least_mass: f64,
    least_inertia: f64,
}

impl Compiler {
    /// Gathers the settings from every `<mujoco><compiler/></mujoco>`.
    pub(super) fn read(root: &Element) -> Result<Self, DescriptionError> {
        let mut this = Self::default();
        let extensions = root.children_named("mujoco");
        for element in extensions.flat_map(|extension| extension.children_named("compiler")) {
            let own = element.own();
            this.balance_inertia = own.boolean("balanceinertia")?.unwrap_or(this.balance_inertia);
            this.least_mass = own.not_negative("boundmass")?.unwrap_or(this.least_mass);
            this.least_inertia = own.not_negative("boundinertia")?.unwrap_or(this.least_inertia);
        }
        Ok(this)
    }
}

/// Reads an `<inertial>` of a link.
pub(super) fn inertia(element: &Element, link: &str, compiler: &Compiler) -> Result<Inertia, DescriptionError> {
    let child = |tag: &str| {
        let found = element.children.iter().find(|child| child.tag == tag);
        found.ok_or_else(|| element.error(format!("link \"{link}\": it needs a <{tag}>")))
    };
    let mass_element = child("mass")?;
    let own = mass_element.own();
    let mass = own
        .number("value")?
        .filter(|mass| (0.0..=1e6).contains(mass))
        .ok_or_else(|| {
            let expected = format!("a mass of at least 0 and at most 1e6 kg for link \"{link}\"");
            mass_element.attribute_error("value", &expected, own.text("value"))
        })?;
    let matrix_element = child("inertia")?;
    let own = matrix_element.own();
    let entry = |name: &str| -> Result<f64, DescriptionError> {
        own.number(name)?
            .ok_or_else(|| matrix_element.attribute_error(name, "a number", None))
    };
    let (xx, yy, zz) = (entry("ixx")?, entry("iyy")?, entry("izz")?);
    let (xy, xz, yz) = (entry("ixy")?, entry("ixz")?, entry("iyz")?);
    let matrix = Matrix3::new(
        xx, xy, xz, //
        xy, yy, yz, //
        xz, yz, zz,
    );
    let matrix = possible(&matrix, compiler.balance_inertia).map_err(|problem| {
        matrix_element.error(format!(
            "link \"{link}\": `ixx` to `izz` must be {problem} (all about the centre of mass, in kg·m²; \
             <mujoco><compiler balanceinertia=\"true\" boundinertia=\"1e-6\"/></mujoco> in the file mends them)"
        ))
    })?;
    let matrix = balanced(matrix, compiler.least_inertia, compiler.balance_inertia);
    let pose = origin(element)?;
    let rotation = pose.rotation.to_rotation_matrix();
    Ok(Inertia {
        mass: mass.max(compiler.least_mass),
        com: Point3::from(pose.translation.vector),
        about_com: rotation * matrix * rotation.transpose(),
    })
}

//! `<geom>`: shapes, what they touch and what they weigh.

use nalgebra::{Isometry3, Translation3, Vector3};

use super::Reader;
use super::asset::rgba;
use super::compiler::{InertiaFromGeom, from_z_to};
use crate::error::DescriptionError;
use crate::inertia::unit_density;
use crate::model::{ContactMask, Geom, Inertia, Shape};
use crate::xml::{Element, Resolved, numbers};

/// Largest size of a shape in m.
const MAX_SIZE: f64 = 1e4;
/// Density of a shape that names none, kg/m³ (MuJoCo's).
const DEFAULT_DENSITY: f64 = 1000.0;

/// A geom, and the mass that it gives its body where the body asks for it.
pub(super) struct ReadGeom {
    pub(super) geom: Geom,
    pub(super) mass: Mass,
}

/// How heavy a geom is.
#[derive(Clone, Copy)]
pub(super) enum Mass {
    Total(f64),
    Density(f64),
}

impl Reader<'_> {
    /// Reads a geom of a body whose inertia may have to come from its geoms.
    pub(super) fn geom(
        &self,
        element: &Element,
        childclass: Option<&str>,
        weighs: bool,
    ) -> Result<ReadGeom, DescriptionError> {
        let resolved = self.defaults.resolve(element, childclass, &["geom"])?;
        let contact = contact_mask(&resolved)?;
        let group = resolved.integer("group", 0..=1000)?.unwrap_or(0) as i32;
        let mass = match resolved.not_negative("mass")? {
            Some(mass) => Mass::Total(mass),
            None => Mass::Density(resolved.not_negative("density")?.unwrap_or(DEFAULT_DENSITY)),
        };
        let name = resolved.element.attribute("name").unwrap_or_default();
        if weighs && self.weighs(group) && resolved.boolean("shellinertia")? == Some(true) {
            return Err(element.error("`shellinertia` is not supported: give its body an <inertial>"));
        }
        let in_pair = self.paired_geoms.contains(name);
        let collides = contact.kind != 0 || contact.affinity != 0 || in_pair;
        let needed = collides || (weighs && mass.counts() && self.weighs(group));
        let (shape, pose) = self.shape(&resolved, needed)?;
        let colour = match (resolved.text("rgba"), resolved.text("material")) {
            (Some(text), _) => rgba(element, text)?,
            (None, Some(material)) => self.assets.colour(material).unwrap_or([0.5; 4]),
            (None, None) => [0.5, 0.5, 0.5, 1.0],
        };
        Ok(ReadGeom {
            geom: Geom {
                name: name.to_owned(),
                shape,
                pose,
                contact,
                group,
                rgba: colour,
            },
            mass,
        })
    }

    /// Whether geoms of this group count for inertia.
    pub(super) fn weighs(&self, group: i32) -> bool {
        let [low, high] = self.compiler.inertia_groups;
        self.compiler.inertia_from_geom != InertiaFromGeom::Never && (low..=high).contains(&group)
    }

    fn shape(&self, resolved: &Resolved<'_>, needed: bool) -> Result<(Shape, Isometry3<f64>), DescriptionError> {
        let element = resolved.element;
        let kind = resolved.text("type").unwrap_or("sphere");
        let mut pose = self.compiler.pose(resolved)?;
        let size = resolved.overlaid("size", vec![0.0; 3])?;
        let sized = |count: usize| -> Result<(), DescriptionError> {
            let good = |x: &f64| (1e-9..=MAX_SIZE).contains(x);
            if size[..count].iter().all(good) {
                return Ok(());
            }
            let expected = format!("{count} sizes above 0 and of at most {MAX_SIZE} m for a {kind}");
            Err(element.attribute_error("size", expected, resolved.text("size")))
        };
        let mut half_length = size[1];
        let has_fromto = matches!(kind, "capsule" | "cylinder" | "box" | "ellipsoid");
        let fromto = if has_fromto { resolved.text("fromto") } else { None };
        if let Some(text) = fromto {
            let ends = numbers(element, "fromto", text, 6..=6)?;
            let from = Vector3::new(ends[0], ends[1], ends[2]);
            let to = Vector3::new(ends[3], ends[4], ends[5]);
            // MuJoCo points z from the second end to the first.
            let along = from - to;
            let direction = along
                .try_normalize(1e-9)
                .ok_or_else(|| element.attribute_error("fromto", "two different points", Some(text)))?;
            half_length = along.norm() / 2.0;
            pose = Isometry3::from_parts(Translation3::from((from + to) / 2.0), from_z_to(direction));
        }
        let shape = match kind {
            "plane" => Shape::Plane,
            "sphere" => {
                sized(1)?;
                Shape::Sphere(size[0])
            }
            "capsule" | "cylinder" => {
                sized(if fromto.is_some() { 1 } else { 2 })?;
                let radius = size[0];
                if kind == "capsule" {
                    Shape::Capsule { radius, half_length }
                } else {
                    Shape::Cylinder { radius, half_length }
                }
            }
            "box" | "ellipsoid" => {
                let half = if fromto.is_some() {
                    sized(1)?;
                    let second = if size[1] > 0.0 { size[1] } else { size[0] };
                    Vector3::new(size[0], second, half_length)
                } else {
                    sized(3)?;
                    Vector3::new(size[0], size[1], size[2])
                };
                if kind == "box" {
                    Shape::Box(half)
                } else {
                    Shape::Ellipsoid(half)
                }
            }
            "mesh" => {
                let name = resolved.required("mesh", "the name of a mesh in <asset>")?;
                Shape::Mesh(self.assets.mesh(element, name, needed)?)
            }
            _ => {
                let expected = "plane, sphere, capsule, ellipsoid, cylinder, box or mesh \
                                (height fields and distance fields are not supported)";
                return Err(element.attribute_error("type", expected, Some(kind)));
            }
        };
        if kind != "mesh" && resolved.element.attribute("mesh").is_some() {
            return Err(element.attribute_error(
                "type",
                "\"mesh\" for a geom with a mesh (fitting a primitive to it is not supported)",
                Some(kind),
            ));
        }
        Ok((shape, pose))
    }
}

impl Mass {
    fn counts(self) -> bool {
        match self {
            Self::Total(value) | Self::Density(value) => value > 0.0,
        }
    }
}

/// What a geom weighs, in the frame of its body; `None` for nothing, an error for a mesh that has
/// no volume.
pub(super) fn geom_inertia(element: &Element, read: &ReadGeom) -> Result<Option<Inertia>, DescriptionError> {
    if !read.mass.counts() || matches!(read.geom.shape, Shape::Plane) {
        return Ok(None);
    }
    let solid = unit_density(&read.geom.shape)
        .ok_or_else(|| element.error("its mesh encloses no volume, so it gives no mass: add an <inertial>"))?;
    let factor = match read.mass {
        Mass::Total(mass) => mass / solid.mass,
        Mass::Density(density) => density,
    };
    Ok(Some(solid.scaled(factor).transformed(&read.geom.pose)))
}

fn contact_mask(resolved: &Resolved<'_>) -> Result<ContactMask, DescriptionError> {
    let bits = |name| resolved.integer(name, 0..=i64::from(i32::MAX));
    let friction = resolved.overlaid("friction", vec![1.0, 0.005, 0.0001])?[0];
    if friction < 0.0 {
        let expected = "a sliding friction of at least 0";
        return Err(resolved
            .element
            .attribute_error("friction", expected, resolved.text("friction")));
    }
    Ok(ContactMask {
        kind: bits("contype")?.unwrap_or(1) as u32,
        affinity: bits("conaffinity")?.unwrap_or(1) as u32,
        dimensions: resolved.integer("condim", 1..=6)?.unwrap_or(3) as u8,
        friction,
        priority: resolved.integer("priority", -1_000_000..=1_000_000)?.unwrap_or(0) as i32,
    })
}

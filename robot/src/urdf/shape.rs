//! `<collision>` and `<visual>`: shapes, meshes and colours.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Vector3};

use super::origin;
use crate::error::DescriptionError;
use crate::mesh;
use crate::model::{ContactMask, Geom, MeshShape, Shape};
use crate::xml::{Element, numbers};

/// Touches the world, whose floor looks for the first bit, but no other part of the robot.
const COLLIDES: ContactMask = ContactMask {
    kind: 1,
    affinity: 0,
    dimensions: 3,
    friction: 1.0,
    priority: 0,
};
/// To look at only.
const VISUAL: ContactMask = ContactMask { kind: 0, ..COLLIDES };
/// Visualisation groups, as MuJoCo's models use them.
const VISUAL_GROUP: i32 = 2;
const COLLISION_GROUP: i32 = 3;

/// Colours by the name of their material.
pub(super) type Colours<'a> = HashMap<&'a str, [f32; 4]>;

/// All shapes of a link: those that collide first.
pub(super) fn shapes(link: &Element, colours: &Colours<'_>) -> Result<Vec<Geom>, DescriptionError> {
    let mut geoms = Vec::new();
    for collision in link.children_named("collision") {
        geoms.push(geom(collision, COLLIDES, colours)?);
        mesh::check_all(geoms.iter().map(Geom::triangles).sum(), &link.file)?;
    }
    for visual in link.children_named("visual") {
        geoms.push(geom(visual, VISUAL, colours)?);
    }
    Ok(geoms)
}

fn geom(element: &Element, contact: ContactMask, colours: &Colours<'_>) -> Result<Geom, DescriptionError> {
    let shape = element
        .children_named("geometry")
        .next()
        .and_then(|geometry| geometry.children.first())
        .ok_or_else(|| element.error("it needs a <geometry> with a shape"))?;
    let collides = contact.kind != 0;
    let material = element.children_named("material").next();
    let rgba = match material.and_then(|m| m.children_named("color").next()) {
        Some(colour) => rgba(colour)?,
        None => material
            .and_then(|m| m.attribute("name"))
            .and_then(|name| colours.get(name))
            .copied()
            .unwrap_or([0.7, 0.7, 0.7, 1.0]),
    };
    Ok(Geom {
        name: element.attribute("name").unwrap_or_default().to_owned(),
        shape: read_shape(shape, collides)?,
        pose: origin(element)?,
        contact,
        group: if collides { COLLISION_GROUP } else { VISUAL_GROUP },
        rgba,
    })
}

fn read_shape(element: &Element, collides: bool) -> Result<Shape, DescriptionError> {
    let own = element.own();
    let size = |name: &str| -> Result<f64, DescriptionError> {
        own.number(name)?
            .filter(|value| (1e-9..=1e4).contains(value))
            .ok_or_else(|| {
                let expected = "a size above 0 and of at most 1e4 m";
                element.attribute_error(name, expected, own.text(name))
            })
    };
    match element.tag.as_str() {
        "box" => {
            let expected = "three sizes above 0 and of at most 1e4 m";
            let full = own
                .vector("size")?
                .filter(|size| size.iter().all(|value| (1e-9..=1e4).contains(value)))
                .ok_or_else(|| element.attribute_error("size", expected, own.text("size")))?;
            Ok(Shape::Box(full / 2.0))
        }
        "sphere" => Ok(Shape::Sphere(size("radius")?)),
        "cylinder" => Ok(Shape::Cylinder {
            radius: size("radius")?,
            half_length: size("length")? / 2.0,
        }),
        "capsule" => Ok(Shape::Capsule {
            radius: size("radius")?,
            half_length: size("length")? / 2.0,
        }),
        "mesh" => mesh_shape(element, collides),
        tag => Err(element.error(format!("a shape <{tag}> is not supported"))),
    }
}

fn mesh_shape(element: &Element, collides: bool) -> Result<Shape, DescriptionError> {
    let own = element.own();
    let name = own.required("filename", "the name of an STL or OBJ file")?;
    let scale = own.vector("scale")?.unwrap_or_else(|| Vector3::repeat(1.0));
    let mut mesh = MeshShape {
        file: locate(name, &element.file),
        scale,
        reference: Isometry3::identity(),
        triangles: None,
    };
    if collides {
        mesh.triangles = Some(mesh.load()?);
    }
    Ok(Shape::Mesh(mesh))
}

/// The file that a mesh name means. `package://name/path` is looked for in the folders above the
/// description, which may lie inside the package or beside it.
fn locate(name: &str, description: &Path) -> PathBuf {
    let name = name.strip_prefix("file://").unwrap_or(name);
    let folder = description.parent().unwrap_or(Path::new(""));
    let Some(in_package) = name.strip_prefix("package://") else {
        return folder.join(name);
    };
    let below_package = in_package.split_once('/').map_or(in_package, |(_, path)| path);
    folder
        .ancestors()
        .flat_map(|ancestor| [ancestor.join(in_package), ancestor.join(below_package)])
        .find(|candidate| candidate.exists())
        .unwrap_or_else(|| folder.join(in_package))
}

/// Colours that `<material>` elements of the robot name.
pub(super) fn colours(root: &Element) -> Result<Colours<'_>, DescriptionError> {
    let mut colours = HashMap::new();
    for material in root.children_named("material") {
        let colour = material.children_named("color").next();
        if let (Some(name), Some(colour)) = (material.attribute("name"), colour) {
            colours.insert(name, rgba(colour)?);
        }
    }
    Ok(colours)
}

fn rgba(element: &Element) -> Result<[f32; 4], DescriptionError> {
    let text = element.own().required("rgba", "four numbers")?;
    let list = numbers(element, "rgba", text, 4..=4)?;
    Ok([list[0], list[1], list[2], list[3]].map(|value| value as f32))
}

//! URDF, the XML format of ROS.
//!
//! The root link floats, unless it is named `world` (the ROS convention for a bolted robot) or
//! the caller asks for a fixed base. Collision shapes touch the world and never each other. An
//! effort or velocity limit of 0, which many exporters write, means that it is not known.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nalgebra::{Isometry3, Matrix3, Point3, Translation3, UnitQuaternion, Vector3};

use super::LoadOptions;
use super::error::DescriptionError;
use super::mesh;
use super::model::{Body, ContactMask, Geom, Inertia, Joint, JointKind, MeshShape, RobotModel, Shape};
use super::xml::{Element, numbers};

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

/// Turns a `<robot>` element into a robot.
pub(super) fn build(root: &Element, options: &LoadOptions) -> Result<RobotModel, DescriptionError> {
    let mut links: HashMap<&str, &Element> = HashMap::new();
    for link in root.children_named("link") {
        let name = link.own().required("name", "a name")?;
        if links.insert(name, link).is_some() {
            return Err(link.error("another link has the same name"));
        }
    }
    let mut joints_of: HashMap<&str, Vec<(&Element, &str)>> = HashMap::new();
    let mut parent_of: HashMap<&str, &str> = HashMap::new();
    for joint in root.children_named("joint") {
        let (parent, child) = (end(joint, "parent", &links)?, end(joint, "child", &links)?);
        if parent_of.insert(child, parent).is_some() {
            return Err(joint.error(format!("link \"{child}\" has two parents")));
        }
        joints_of.entry(parent).or_default().push((joint, child));
    }
    let mut roots = root
        .children_named("link")
        .filter_map(|link| link.attribute("name"))
        .filter(|name| !parent_of.contains_key(name));
    let base = roots
        .next()
        .ok_or_else(|| root.error("it has no root link: links are joined in a circle"))?;
    if let Some(other) = roots.next() {
        let problem = format!("it has two root links, \"{base}\" and \"{other}\"");
        return Err(root.error(problem));
    }

    let colours = colours(root)?;
    let mut bodies: Vec<Body> = Vec::new();
    // Depth first in document order; without recursion, because depth is up to the file.
    let mut waiting: Vec<(&str, Option<(usize, &Element)>)> = vec![(base, None)];
    while let Some((name, above)) = waiting.pop() {
        let mut body = link(links[name], name, &colours)?;
        if let Some((parent, element)) = above {
            body.parent = Some(parent);
            body.pose = origin(element)?;
            body.joint = joint(element)?;
        }
        bodies.push(body);
        let index = bodies.len() - 1;
        for (element, child) in joints_of.get(name).into_iter().flatten().rev() {
            waiting.push((child, Some((index, element))));
        }
    }
    if bodies.len() != links.len() {
        return Err(root.error("some links are joined in a circle"));
    }
    Ok(RobotModel {
        name: root.attribute("name").unwrap_or("robot").to_owned(),
        file: root.file.to_path_buf(),
        floating_base: !options.fixed_base && base != "world",
        bodies,
        actuators: Vec::new(),
        scenery: Vec::new(),
        pairs: Vec::new(),
        excludes: Vec::new(),
        keyframes: Vec::new(),
        gyro_sites: Vec::new(),
        self_collision: false,
        gravity: Vector3::new(0.0, 0.0, -9.81),
    })
}

fn end<'a>(
    joint: &'a Element,
    tag: &'a str,
    links: &HashMap<&'a str, &'a Element>,
) -> Result<&'a str, DescriptionError> {
    let element = joint
        .children_named(tag)
        .next()
        .ok_or_else(|| joint.error(format!("it needs a <{tag} link=\"…\"/>")))?;
    let name = element.own().required("link", "the name of a link")?;
    match links.get_key_value(name) {
        Some((name, _)) => Ok(name),
        None => Err(element.attribute_error("link", "the name of a link", Some(name))),
    }
}

fn link(element: &Element, name: &str, colours: &HashMap<&str, [f32; 4]>) -> Result<Body, DescriptionError> {
    let mut geoms = Vec::new();
    for collision in element.children_named("collision") {
        geoms.push(geom(collision, COLLIDES, colours)?);
    }
    for visual in element.children_named("visual") {
        geoms.push(geom(visual, VISUAL, colours)?);
    }
    Ok(Body {
        name: name.to_owned(),
        parent: None,
        pose: Isometry3::identity(),
        joint: None,
        inertia: match element.children_named("inertial").next() {
            Some(inertial) => inertia(inertial)?,
            None => Inertia::ZERO,
        },
        gravity_compensation: 0.0,
        geoms,
        sites: Vec::new(),
    })
}

fn inertia(element: &Element) -> Result<Inertia, DescriptionError> {
    let child = |tag: &str| {
        element
            .children
            .iter()
            .find(|child| child.tag == tag)
            .ok_or_else(|| element.error(format!("it needs a <{tag}>")))
    };
    let mass_element = child("mass")?;
    let own = mass_element.own();
    let mass = own
        .number("value")?
        .filter(|mass| (0.0..=1e6).contains(mass))
        .ok_or_else(|| {
            let expected = "a mass of at least 0 and at most 1e6 kg";
            mass_element.attribute_error("value", expected, own.text("value"))
        })?;
    let matrix_element = child("inertia")?;
    let own = matrix_element.own();
    let entry = |name: &str| -> Result<f64, DescriptionError> {
        own.number(name)?
            .ok_or_else(|| matrix_element.attribute_error(name, "a number", None))
    };
    let (xy, xz, yz) = (entry("ixy")?, entry("ixz")?, entry("iyz")?);
    let matrix = Matrix3::new(
        entry("ixx")?,
        xy,
        xz, //
        xy,
        entry("iyy")?,
        yz, //
        xz,
        yz,
        entry("izz")?,
    );
    let moments = matrix.symmetric_eigenvalues();
    if moments.min() < -1e-9 * moments.amax() {
        let expected = "part of a positive definite inertia";
        return Err(matrix_element.attribute_error("ixx", expected, own.text("ixx")));
    }
    let pose = origin(element)?;
    let rotation = pose.rotation.to_rotation_matrix();
    Ok(Inertia {
        mass,
        com: Point3::from(pose.translation.vector),
        about_com: rotation * matrix * rotation.transpose(),
    })
}

/// The joint that an element describes; `None` for a fixed one.
fn joint(element: &Element) -> Result<Option<Joint>, DescriptionError> {
    let own = element.own();
    let name = own.required("name", "a name")?.to_owned();
    let first = |tag: &str| element.children.iter().find(|child| child.tag == tag);
    if first("mimic").is_some() {
        return Err(element.error("joints that mimic others are not supported"));
    }
    let (kind, bounded) = match own.required("type", "a joint type")? {
        "fixed" => return Ok(None),
        "revolute" => (JointKind::Hinge, true),
        "continuous" => (JointKind::Hinge, false),
        "prismatic" => (JointKind::Slide, true),
        other => {
            let expected = "\"revolute\", \"continuous\", \"prismatic\" or \"fixed\"";
            return Err(element.attribute_error("type", expected, Some(other)));
        }
    };
    let axis = match first("axis") {
        Some(child) => child.own().vector("xyz")?.unwrap_or_else(Vector3::x),
        None => Vector3::x(),
    };
    let axis = axis
        .try_normalize(1e-9)
        .ok_or_else(|| element.error("its <axis> must not be zero"))?;
    let mut joint = Joint {
        name,
        kind,
        axis,
        anchor: Point3::origin(),
        range: None,
        reference: 0.0,
        armature: 0.0,
        damping: 0.0,
        friction: 0.0,
        spring: (0.0, 0.0),
        effort: f64::INFINITY,
        velocity: f64::INFINITY,
    };
    match first("limit") {
        Some(limit) => {
            let own = limit.own();
            if bounded {
                let lower = own.number("lower")?.unwrap_or(0.0);
                let upper = own.number("upper")?.unwrap_or(0.0);
                if lower > upper {
                    let expected = "at most `upper`";
                    return Err(limit.attribute_error("lower", expected, own.text("lower")));
                }
                joint.range = Some([lower, upper]);
            }
            for (name, slot) in [("effort", &mut joint.effort), ("velocity", &mut joint.velocity)] {
                match own.not_negative(name)? {
                    Some(value) if value > 0.0 => *slot = value,
                    Some(_) => tracing::warn!(
                        file = %element.file.display(),
                        "joint \"{}\": a limit of 0 on `{name}` is taken to mean that it is not known",
                        joint.name
                    ),
                    None => {}
                }
            }
        }
        None if bounded => return Err(element.error("it needs a <limit>")),
        None => {}
    }
    if let Some(dynamics) = first("dynamics") {
        let own = dynamics.own();
        joint.damping = own.not_negative("damping")?.unwrap_or(0.0);
        joint.friction = own.not_negative("friction")?.unwrap_or(0.0);
    }
    Ok(Some(joint))
}

fn geom(element: &Element, contact: ContactMask, colours: &HashMap<&str, [f32; 4]>) -> Result<Geom, DescriptionError> {
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
    let file = locate(name, &element.file);
    let triangles = if collides {
        let scaled = |p: Point3<f64>| Point3::from(p.coords.component_mul(&scale));
        let triangles = mesh::read(&file)?;
        Some(Arc::new(triangles.into_iter().map(|t| t.map(scaled)).collect()))
    } else {
        if !file.exists() {
            tracing::warn!(file = %file.display(), "a mesh to look at is missing");
        }
        None
    };
    Ok(Shape::Mesh(MeshShape { file, scale, triangles }))
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

/// Where an element's `<origin>` puts it.
fn origin(element: &Element) -> Result<Isometry3<f64>, DescriptionError> {
    let Some(origin) = element.children_named("origin").next() else {
        return Ok(Isometry3::identity());
    };
    let own = origin.own();
    let position = own.vector("xyz")?.unwrap_or_default();
    let angles = own.vector("rpy")?.unwrap_or_default();
    Ok(Isometry3::from_parts(
        Translation3::from(position),
        UnitQuaternion::from_euler_angles(angles.x, angles.y, angles.z),
    ))
}

/// Colours that `<material>` elements of the robot name.
fn colours(root: &Element) -> Result<HashMap<&str, [f32; 4]>, DescriptionError> {
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

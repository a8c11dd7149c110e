//! URDF, the XML format of ROS.
//!
//! The root link floats, unless it is named `world` (the ROS convention for a bolted robot) or
//! the caller asks for a fixed base. Collision shapes touch the world and never each other. An
//! effort or velocity limit of 0, which many exporters write, means that it is not known, and so does one of 1e9,
//! which stands where other readers want a number. A joint
//! with a `<mimic>` follows another one, and is not driven. Of MuJoCo's extension, `<mujoco>`, the
//! compiler's `balanceinertia`, `boundmass` and `boundinertia` are read.

mod inertial;
mod mimic;
mod shape;

use std::collections::HashMap;

use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion, Vector3};

use self::inertial::{Compiler, inertia};
use self::shape::{Colours, colours, shapes};
use super::check::check_joints;
use super::error::DescriptionError;
use super::model::{Body, Geom, Inertia, Joint, JointKind, RobotModel};
use super::xml::Element;
use crate::mesh;

/// A limit of a joint that has none, where a reader wants a number: rad/s, N·m or m.
pub(super) const NO_LIMIT: f64 = 1e9;

/// Turns a `<robot>` element into a robot.
pub(super) fn build(root: &Element, fixed_base: bool) -> Result<RobotModel, DescriptionError> {
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
    let compiler = Compiler::read(root)?;
    let mut bodies: Vec<Body> = Vec::new();
    let mut triangles = 0;
    // Depth first in document order; without recursion, because depth is up to the file.
    let mut waiting: Vec<(&str, Option<(usize, &Element)>)> = vec![(base, None)];
    while let Some((name, above)) = waiting.pop() {
        let mut body = link(links[name], name, &colours, &compiler)?;
        triangles += body.geoms.iter().map(Geom::triangles).sum::<usize>();
        mesh::check_all(triangles, &root.file)?;
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
    check_joints(&bodies, &root.file)?;
    let couplings = mimic::couplings(root, &bodies)?;
    Ok(RobotModel {
        name: root.attribute("name").unwrap_or("robot").to_owned(),
        file: root.file.to_path_buf(),
        floating_base: !fixed_base && base != "world",
        bodies,
        actuators: Vec::new(),
        world_geoms: Vec::new(),
        couplings,
        pairs: Vec::new(),
        excludes: Vec::new(),
        keyframes: Vec::new(),
        cameras: Vec::new(),
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

fn link(element: &Element, name: &str, colours: &Colours<'_>, compiler: &Compiler) -> Result<Body, DescriptionError> {
    Ok(Body {
        name: name.to_owned(),
        parent: None,
        pose: Isometry3::identity(),
        joint: None,
        inertia: match element.children_named("inertial").next() {
            Some(inertial) => inertia(inertial, name, compiler)?,
            None => Inertia::ZERO,
        },
        gravity_compensation: 0.0,
        geoms: shapes(element, colours)?,
        sites: Vec::new(),
    })
}

/// The joint that an element describes; `None` for a fixed one.
fn joint(element: &Element) -> Result<Option<Joint>, DescriptionError> {
    let own = element.own();
    let name = own.required("name", "a name")?.to_owned();
    let first = |tag: &str| element.children.iter().find(|child| child.tag == tag);
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
                    Some(value) if value >= NO_LIMIT => {}
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

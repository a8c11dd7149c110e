//! MJCF, the XML format of MuJoCo.
//!
//! Read with MuJoCo's rules (its XML reference, "Modeling" chapter): default classes, inclusion,
//! compiler settings, inertia from shapes. What cannot be simulated here is refused by name
//! instead of being left out: tendons that pull, equality constraints other than joints that follow
//! joints, ball joints, height fields, composites, plug-ins. Bodies that move on their own beside a robot
//! that floats are left out, with a warning. What says nothing about how the robot moves (lights, textures, most
//! sensors) is passed over; cameras are read.

mod actuator;
mod asset;
mod camera;
mod compiler;
mod defaults;
mod equality;
mod geom;
mod include;
mod joint;
mod joint_inertia;
mod other_bodies;
mod sections;
mod tree;

use std::collections::HashSet;

use self::asset::Assets;
use self::compiler::Compiler;
use self::defaults::Defaults;
use super::check::check_joints;
use super::error::DescriptionError;
use super::model::RobotModel;
use super::xml::Element;

/// Sections that say nothing about how the robot moves.
const IGNORED: [&str; 5] = ["visual", "statistic", "size", "custom", "include"];
/// Sections that are read.
const READ: [&str; 11] = [
    "compiler",
    "option",
    "default",
    "asset",
    "worldbody",
    "actuator",
    "sensor",
    "contact",
    "keyframe",
    "equality",
    "tendon",
];

/// What the reading of every element needs.
struct Reader<'a> {
    compiler: &'a Compiler,
    defaults: &'a Defaults,
    assets: &'a Assets,
    /// Geoms that touch by a `<pair>`, whatever their masks say.
    paired_geoms: HashSet<String>,
    /// Joints that an actuator drives.
    driven_joints: HashSet<String>,
}

/// Turns a description, which may include others, into a robot.
pub(super) fn build(mut root: Element) -> Result<RobotModel, DescriptionError> {
    include::expand(&mut root)?;
    let root = &root;
    for section in &root.children {
        let tag = section.tag.as_str();
        let empty = section.children.is_empty();
        if !READ.contains(&tag) && !IGNORED.contains(&tag) && !empty {
            return Err(section.error("this section is not supported"));
        }
    }
    sections::check_ties(root)?;
    let compiler = Compiler::read(root)?;
    let defaults = Defaults::read(root)?;
    let assets = Assets::read(root, &compiler, &defaults)?;
    let reader = Reader {
        compiler: &compiler,
        defaults: &defaults,
        assets: &assets,
        paired_geoms: sections::paired_geoms(root),
        driven_joints: sections::driven_joints(root),
    };
    let tree = reader.tree(root)?;
    check_joints(&tree.bodies, &root.file)?;
    let actuators = reader.actuators(root, &tree)?;
    let mut model = RobotModel {
        name: root.attribute("model").unwrap_or("robot").to_owned(),
        file: root.file.to_path_buf(),
        floating_base: tree.floating_base,
        actuators,
        couplings: equality::couplings(root, &tree)?,
        pairs: reader.pairs(root, &tree)?,
        excludes: reader.excludes(root, &tree)?,
        keyframes: reader.keyframes(root, &tree)?,
        gyro_sites: sections::gyro_sites(root),
        self_collision: true,
        gravity: sections::gravity(root)?,
        bodies: tree.bodies,
        cameras: tree.cameras,
        world_geoms: tree.world_geoms,
    };
    if let Some(mass) = compiler.total_mass {
        let factor = mass / model.total_mass();
        for body in &mut model.bodies {
            body.inertia = body.inertia.scaled(factor);
        }
    }
    Ok(model)
}

//! URDF.

use std::collections::HashSet;
use std::path::PathBuf;

use nalgebra::Isometry3;

use super::meshes::{FOLDER, Meshes};
use super::names::{plain, unused};
use super::shapes::{UrdfShape, is_shown, urdf_shapes};
use super::surface::{Surface, parts_touch};
use super::xml_text::{XmlText, number, numbers, rpy, vector};
use super::{Content, Exported, ExportedFile, Options, armature, at_joints, inertias, names};
use crate::camera::link_from_optical;
use crate::model::{Body, Geom, Inertia, Joint, JointKind, RobotModel};
use crate::urdf::NO_LIMIT;

/// A robot as a URDF of its own.
pub(super) fn export(model: &RobotModel, options: &Options) -> Exported {
    let mut urdf = Urdf::new(model, options, &format!("{FOLDER}/"));
    urdf.robot();
    let model = &urdf.model;
    if model.keyframe(options.keyframe.as_deref()).is_some() {
        urdf.notes
            .push("URDF has no rest pose: the keyframe is left out".to_owned());
    }
    urdf.notes
        .push("URDF has no friction with the ground, no IMU and no drives: they are left out".to_owned());
    let springs = urdf
        .model
        .bodies
        .iter()
        .filter_map(|body| body.joint.as_ref())
        .any(|joint| joint.spring.0 > 0.0);
    if springs {
        urdf.notes
            .push("URDF has no springs: those of the joints are left out".to_owned());
    }
    urdf.finish(Vec::new())
}

/// A URDF while it is written.
pub(super) struct Urdf<'a> {
    /// The robot with its frames at its joints, and its rotors in its links.
    pub(super) model: RobotModel,
    pub(super) text: XmlText,
    pub(super) notes: Vec<String>,
    pub(super) surface: Surface,
    options: &'a Options,
    meshes: Meshes,
    mesh_prefix: String,
    name: String,
    /// The damping of each body's joint.
    damping: Vec<f64>,
}

impl<'a> Urdf<'a> {
    /// For a robot whose meshes are named after `mesh_prefix`.
    pub(super) fn new(original: &RobotModel, options: &'a Options, mesh_prefix: &str) -> Self {
        let mut model = original.clone();
        let damping = (0..model.bodies.len())
            .map(|body| options.damping(original, body))
            .collect();
        let surface = Surface::of(&model);
        let mut notes = names::make_unique(&mut model);
        let moved = at_joints::move_frames(&mut model);
        if let Some(first) = moved.first() {
            notes.push(format!(
                "the frames of {} links lie at their joints, as URDF has it: {first} and so on",
                moved.len()
            ));
        }
        let slides = armature::slides_with_rotors(&model);
        if !slides.is_empty() {
            notes.push(format!(
                "the rotor inertia of slides has no place in a link and is left out: {}",
                slides.join(", ")
            ));
        }
        notes.extend(armature::fold(&mut model));
        notes.extend(inertias::mend(&mut model));
        notes.extend(left_out(&model));
        let name = plain(&model.name, "robot");
        let comment = format!("Written by `sinew robot export` from {}.", file_name(&model));
        Self {
            model,
            text: XmlText::new(&comment),
            notes,
            surface,
            options,
            meshes: Meshes::default(),
            mesh_prefix: mesh_prefix.to_owned(),
            name,
            damping,
        }
    }

    /// The name of the robot.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Opens the robot and writes its links and joints.
    pub(super) fn robot(&mut self) {
        let name = self.name.clone();
        self.text.open("robot", &[("name", &name)]);
        let bodies = self.model.bodies.clone();
        // What is rigidly fixed to the world hangs on a link of that name.
        let bolted = !self.model.floating_base && bodies.first().is_some_and(|base| base.name != "world");
        let joints = bodies.iter().filter_map(|body| body.joint.as_ref());
        let mut taken: HashSet<String> = joints.map(|joint| joint.name.clone()).collect();
        if bolted {
            self.text.empty("link", &[("name", "world")]);
        }
        for (index, body) in bodies.iter().enumerate() {
            self.link(body);
            let parent = match body.parent {
                Some(parent) => bodies[parent].name.as_str(),
                None if bolted => "world",
                None => continue,
            };
            match &body.joint {
                Some(joint) => self.joint(index, joint, parent, &bodies),
                None => {
                    let name = unused(&format!("{}_fixed_joint", body.name), &mut taken);
                    self.fixed(&name, parent, &body.name, &body.pose);
                }
            }
        }
        self.cameras(&bodies, &mut taken);
    }

    fn link(&mut self, body: &Body) {
        self.text.open("link", &[("name", &body.name)]);
        if body.inertia.mass > 0.0 {
            self.inertial(&body.inertia);
        }
        for geom in &body.geoms {
            let touches = self.surface.friction(&self.model, geom).is_some();
            if !touches && !is_shown(geom, touches) {
                continue;
            }
            for (pose, shape) in urdf_shapes(geom, &mut self.meshes) {
                if touches {
                    self.shape("collision", geom, &pose, &shape);
                }
                if is_shown(geom, touches) {
                    self.shape("visual", geom, &pose, &shape);
                }
            }
        }
        self.text.close();
    }

    fn inertial(&mut self, inertia: &Inertia) {
        let m = &inertia.about_com;
        self.text.open("inertial", &[]);
        self.text
            .empty("origin", &[("xyz", &vector(&inertia.com.coords)), ("rpy", "0 0 0")]);
        self.text.empty("mass", &[("value", &number(inertia.mass))]);
        let entries = [
            ("ixx", m[(0, 0)]),
            ("ixy", m[(0, 1)]),
            ("ixz", m[(0, 2)]),
            ("iyy", m[(1, 1)]),
            ("iyz", m[(1, 2)]),
            ("izz", m[(2, 2)]),
        ]
        .map(|(name, value)| (name, number(value)));
        self.text.empty(
            "inertia",
            &entries.each_ref().map(|(name, value)| (*name, value.as_str())),
        );
        self.text.close();
    }

    fn shape(&mut self, tag: &'static str, geom: &Geom, pose: &Isometry3<f64>, shape: &UrdfShape) {
        self.text.open(tag, &[]);
        self.origin(pose);
        self.text.open("geometry", &[]);
        match shape {
            UrdfShape::Box(size) => self.text.empty("box", &[("size", &vector(size))]),
            UrdfShape::Sphere(radius) => self.text.empty("sphere", &[("radius", &number(*radius))]),
            UrdfShape::Cylinder(radius, length) => {
                self.text.empty(
                    "cylinder",
                    &[("radius", &number(*radius)), ("length", &number(*length))],
                );
            }
            UrdfShape::Mesh(name, scale) => {
                let file = format!("{}{name}", self.mesh_prefix);
                self.text
                    .empty("mesh", &[("filename", &file), ("scale", &vector(scale))]);
            }
        }
        self.text.close();
        if tag == "visual" {
            self.text.open("material", &[("name", "")]);
            self.text
                .empty("color", &[("rgba", &numbers(geom.rgba.map(f64::from)))]);
            self.text.close();
        }
        self.text.close();
    }

    fn origin(&mut self, pose: &Isometry3<f64>) {
        self.text.empty(
            "origin",
            &[
                ("xyz", &vector(&pose.translation.vector)),
                ("rpy", &rpy(&pose.rotation)),
            ],
        );
    }

    fn ends(&mut self, parent: &str, child: &str, pose: &Isometry3<f64>) {
        self.text.empty("parent", &[("link", parent)]);
        self.text.empty("child", &[("link", child)]);
        self.origin(pose);
    }

    fn fixed(&mut self, name: &str, parent: &str, child: &str, pose: &Isometry3<f64>) {
        self.text.open("joint", &[("name", name), ("type", "fixed")]);
        self.ends(parent, child, pose);
        self.text.close();
    }

    fn joint(&mut self, index: usize, joint: &Joint, parent: &str, bodies: &[Body]) {
        let kind = match (joint.kind, joint.range) {
            (JointKind::Hinge, Some(_)) => "revolute",
            (JointKind::Hinge, None) => "continuous",
            (JointKind::Slide, _) => "prismatic",
        };
        self.text.open("joint", &[("name", &joint.name), ("type", kind)]);
        self.ends(parent, &bodies[index].name, &bodies[index].pose);
        self.text.empty("axis", &[("xyz", &vector(&joint.axis))]);
        let effort = self.effort(index, joint);
        let effort = ("effort", number(effort.min(NO_LIMIT)));
        let velocity = ("velocity", number(joint.velocity.min(NO_LIMIT)));
        let range = match (joint.kind, joint.range) {
            (JointKind::Slide, None) => Some([-NO_LIMIT, NO_LIMIT]),
            (_, range) => range,
        };
        let mut limits: Vec<(&str, String)> = Vec::new();
        if let Some([lower, upper]) = range {
            limits.extend([("lower", number(lower)), ("upper", number(upper))]);
        }
        limits.extend([effort, velocity]);
        let limits: Vec<(&str, &str)> = limits.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.text.empty("limit", &limits);
        let (damping, friction) = (number(self.damping[index]), number(joint.friction));
        self.text
            .empty("dynamics", &[("damping", &damping), ("friction", &friction)]);
        let coupling = self
            .model
            .couplings
            .iter()
            .find(|coupling| coupling.follower == index)
            .copied();
        if let Some(coupling) = coupling
            && let Some(leader) = coupling.leader.and_then(|leader| bodies[leader].joint.as_ref())
        {
            let (multiplier, offset) = (number(coupling.multiplier), number(coupling.offset));
            self.text.empty(
                "mimic",
                &[
                    ("joint", &leader.name),
                    ("multiplier", &multiplier),
                    ("offset", &offset),
                ],
            );
        }
        self.text.close();
    }

    /// The largest torque of a joint: its actuator's, where it has one.
    pub(super) fn effort(&self, body: usize, joint: &Joint) -> f64 {
        self.model
            .actuator_of(body)
            .map_or(joint.effort, |actuator| actuator.effort)
    }

    /// A frame for each camera, and one that looks along z.
    fn cameras(&mut self, bodies: &[Body], taken: &mut HashSet<String>) {
        for camera in self.model.cameras.clone() {
            let Some(body) = camera.body else { continue };
            let link = format!("{}_camera_link", plain(&camera.name, "body"));
            let optical = format!("{}_camera_optical_frame", plain(&camera.name, "body"));
            if bodies.iter().any(|body| body.name == link || body.name == optical) {
                continue;
            }
            self.text.empty("link", &[("name", &link)]);
            let name = unused(&format!("{link}_joint"), taken);
            self.fixed(&name, &bodies[body].name, &link, &camera.pose);
            self.text.empty("link", &[("name", &optical)]);
            let name = unused(&format!("{optical}_joint"), taken);
            self.fixed(&name, &link, &optical, &link_from_optical());
        }
    }

    /// The export, with more files beside the robot's.
    pub(super) fn finish(self, beside: Vec<ExportedFile>) -> Exported {
        let (meshes, missing) = self.meshes.finish();
        let mut notes = self.notes;
        notes.extend(missing);
        if self.options.drive_damping {
            notes.push(
                "the joints carry the damping of the drives: command them with `control: drive_damping: true`"
                    .to_owned(),
            );
        }
        let mut files = vec![ExportedFile {
            name: PathBuf::from(format!("{}.urdf", self.name)),
            content: Content::Text(self.text.finish()),
        }];
        files.extend(beside);
        files.extend(meshes);
        Exported { files, notes }
    }
}

fn file_name(model: &RobotModel) -> String {
    let name = model.file.file_name();
    name.map_or_else(|| "a robot".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// What no URDF has a word for.
fn left_out(model: &RobotModel) -> Vec<String> {
    let mut notes = Vec::new();
    if parts_touch(model) {
        notes.push("parts of the robot touch the ground alone, not each other".to_owned());
    }
    let floats: Vec<&str> = (model.bodies.iter())
        .filter(|body| body.gravity_compensation != 0.0)
        .map(|body| body.name.as_str())
        .collect();
    if !floats.is_empty() {
        notes.push(format!("gravity compensation is left out: {}", floats.join(", ")));
    }
    let tied: Vec<String> = (model.couplings.iter())
        .filter(|coupling| coupling.leader.is_none())
        .filter_map(|coupling| {
            model.bodies[coupling.follower]
                .joint
                .as_ref()
                .map(|joint| joint.name.clone())
        })
        .collect();
    if !tied.is_empty() {
        notes.push(format!(
            "joints that are tied to a position move freely: {}",
            tied.join(", ")
        ));
    }
    let unlimited: Vec<String> = (model.driven_bodies().into_iter())
        .filter_map(|body| {
            let joint = model.bodies[body].joint.as_ref()?;
            let effort = model.actuator_of(body).map_or(joint.effort, |actuator| actuator.effort);
            effort.is_infinite().then(|| joint.name.clone())
        })
        .collect();
    if !unlimited.is_empty() {
        notes.push(format!(
            "no torque limit is known, and none holds, for {}",
            unlimited.join(", ")
        ));
    }
    if model.bodies.iter().any(|body| {
        body.geoms
            .iter()
            .any(|geom| matches!(geom.shape, crate::model::Shape::Plane))
    }) {
        notes.push("planes that the robot carries are left out".to_owned());
    }
    if model.cameras.iter().any(|camera| camera.body.is_none()) {
        notes.push("cameras that stand in the world are left out".to_owned());
    }
    notes
}

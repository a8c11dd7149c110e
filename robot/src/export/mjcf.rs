//! MJCF.

use std::path::PathBuf;

use nalgebra::{Isometry3, Matrix3};

use super::meshes::{FOLDER, Meshes};
use super::names::plain;
use super::shapes::is_shown;
use super::surface::Surface;
use super::xml_text::{XmlText, mjcf_quat, number, numbers, vector};
use super::{Content, ExportError, Exported, ExportedFile, Options, inertias, names};
use crate::model::{Geom, Joint, JointKind, RobotModel, Shape};

/// The name of the site that carries the IMU.
const IMU_SITE: &str = "imu";
/// MuJoCo's cameras look along −z with y up; ours along x with z up.
const LINK_FROM_MJCF_CAMERA: Matrix3<f64> = Matrix3::new(
    0.0, 0.0, -1.0, //
    -1.0, 0.0, 0.0, //
    0.0, 1.0, 0.0,
);

/// A robot as MJCF, and a scene with it on level ground.
pub(super) fn export(model: &RobotModel, options: &Options) -> Result<Exported, ExportError> {
    // What was read from MJCF has masks by which its parts may touch; URDF has none.
    if model.self_collision {
        return Err(ExportError::Unfit {
            file: model.file.clone(),
            problem: "it is MJCF already: MuJoCo reads it as it is".to_owned(),
        });
    }
    let mut model = model.clone();
    let surface = Surface::of(&model);
    let mut notes = names::make_unique(&mut model);
    notes.extend(inertias::mend(&mut model));
    let name = plain(&model.name, "robot");
    let mut mjcf = Mjcf {
        text: XmlText::new("Written by `sinew robot export`."),
        meshes: Meshes::default(),
        assets: Vec::new(),
        model: &model,
        surface: &surface,
        notes,
    };
    mjcf.text.open("mujoco", &[("model", &name)]);
    mjcf.text.empty("compiler", &[("angle", "radian"), ("meshdir", FOLDER)]);
    let gravity = vector(&model.gravity);
    mjcf.text.empty(
        "option",
        &[
            ("timestep", "0.002"),
            ("integrator", "implicitfast"),
            ("gravity", &gravity),
        ],
    );
    mjcf.bodies();
    mjcf.assets();
    mjcf.actuators(options);
    mjcf.sensors();
    mjcf.couplings();
    mjcf.keyframe(options);
    Ok(mjcf.finish(&name))
}

struct Mjcf<'a> {
    text: XmlText,
    meshes: Meshes,
    /// Names of meshes and their scales, each with the name of the asset.
    assets: Vec<(String, String, String)>,
    model: &'a RobotModel,
    surface: &'a Surface,
    notes: Vec<String>,
}

impl Mjcf<'_> {
    fn bodies(&mut self) {
        let model = self.model;
        self.text.open("worldbody", &[]);
        let mut open: Vec<usize> = Vec::new();
        for (index, body) in model.bodies.iter().enumerate() {
            while open.last().is_some_and(|last| Some(*last) != body.parent) {
                open.pop();
                self.text.close();
            }
            // The world is not a body in MJCF.
            if index == 0 && !model.floating_base && body.name == "world" {
                self.contents(index);
                continue;
            }
            let (place, quat) = (vector(&body.pose.translation.vector), mjcf_quat(&body.pose.rotation));
            self.text
                .open("body", &[("name", &body.name), ("pos", &place), ("quat", &quat)]);
            open.push(index);
            if body.parent.is_none() && model.floating_base {
                self.text.empty("freejoint", &[("name", "floating_base")]);
            }
            if body.inertia.mass > 0.0 {
                let (com, mass) = (vector(&body.inertia.com.coords), number(body.inertia.mass));
                let m = &body.inertia.about_com;
                let full = numbers([m[(0, 0)], m[(1, 1)], m[(2, 2)], m[(0, 1)], m[(0, 2)], m[(1, 2)]]);
                self.text
                    .empty("inertial", &[("pos", &com), ("mass", &mass), ("fullinertia", &full)]);
            }
            if let Some(joint) = &body.joint {
                let effort = model.actuator_of(index).map_or(joint.effort, |own| own.effort);
                joint_element(&mut self.text, joint, effort);
            }
            self.contents(index);
        }
        for _ in 0..=open.len() {
            self.text.close();
        }
    }

    fn contents(&mut self, index: usize) {
        let model = self.model;
        for geom in &model.bodies[index].geoms {
            self.geom(geom);
        }
        if let Some(mount) = model.imu_mount(None)
            && mount.body == index
        {
            self.text
                .empty("site", &[("name", IMU_SITE), ("pos", &vector(&mount.point))]);
        }
        for camera in model.cameras.iter().filter(|camera| camera.body == Some(index)) {
            let axes = nalgebra::Rotation3::from_matrix_unchecked(LINK_FROM_MJCF_CAMERA);
            let turned = camera.pose.rotation * nalgebra::UnitQuaternion::from_rotation_matrix(&axes);
            let (place, quat) = (vector(&camera.pose.translation.vector), mjcf_quat(&turned));
            let fovy = number(camera.fovy_rad.to_degrees());
            self.text.empty(
                "camera",
                &[
                    ("name", &camera.name),
                    ("pos", &place),
                    ("quat", &quat),
                    ("fovy", &fovy),
                ],
            );
        }
    }

    fn geom(&mut self, geom: &Geom) {
        let friction = self.surface.friction(self.model, geom);
        if friction.is_none() && !is_shown(geom, false) {
            return;
        }
        let mut pose = geom.pose;
        let (kind, size) = match &geom.shape {
            Shape::Plane => return,
            Shape::Box(half) => ("box", vector(half)),
            Shape::Ellipsoid(half) => ("ellipsoid", vector(half)),
            Shape::Sphere(radius) => ("sphere", number(*radius)),
            Shape::Capsule { radius, half_length } => ("capsule", numbers([*radius, *half_length])),
            Shape::Cylinder { radius, half_length } => ("cylinder", numbers([*radius, *half_length])),
            Shape::Mesh(mesh) => {
                let ending = mesh.file.extension().map(|ending| ending.to_ascii_lowercase());
                if !ending.is_some_and(|ending| ending == "stl" || ending == "obj") {
                    let note = "meshes that are neither STL nor OBJ are left out: MuJoCo reads no others".to_owned();
                    if !self.notes.contains(&note) {
                        self.notes.push(note);
                    }
                    return;
                }
                let Some(file) = self.meshes.name(mesh) else { return };
                pose *= mesh.reference.inverse();
                ("mesh", self.asset(file, vector(&mesh.scale)))
            }
        };
        let (place, quat) = (vector(&pose.translation.vector), mjcf_quat(&pose.rotation));
        let rgba = numbers(geom.rgba.map(f64::from));
        let what = if kind == "mesh" { "mesh" } else { "size" };
        let mut attributes = vec![
            ("type", kind),
            (what, &size),
            ("pos", &place),
            ("quat", &quat),
            ("rgba", &rgba),
        ];
        let friction = friction.map(|friction| numbers([friction, 0.005, 0.0001]));
        match &friction {
            Some(friction) => {
                attributes.extend([("contype", "1"), ("conaffinity", "0"), ("condim", "3"), ("group", "3")]);
                attributes.push(("friction", friction));
            }
            None => attributes.extend([("contype", "0"), ("conaffinity", "0"), ("group", "2")]),
        }
        if !geom.name.is_empty() {
            attributes.insert(0, ("name", &geom.name));
        }
        self.text.empty("geom", &attributes);
    }

    fn asset(&mut self, file: String, scale: String) -> String {
        if let Some((.., name)) = self.assets.iter().find(|(own, at, _)| (own, at) == (&file, &scale)) {
            return name.clone();
        }
        let name = format!("mesh_{}", self.assets.len());
        self.assets.push((file, scale, name.clone()));
        name
    }

    fn assets(&mut self) {
        if self.assets.is_empty() {
            return;
        }
        self.text.open("asset", &[]);
        for (file, scale, name) in &self.assets {
            self.text
                .empty("mesh", &[("name", name), ("file", file), ("scale", scale)]);
        }
        self.text.close();
    }

    fn actuators(&mut self, options: &Options) {
        let mut motors = 0;
        self.text.open("actuator", &[]);
        for body in self.model.driven_bodies() {
            let Some(joint) = &self.model.bodies[body].joint else {
                continue;
            };
            let named = [("name", joint.name.as_str()), ("joint", joint.name.as_str())];
            match options.drive(self.model, body) {
                Some(drive) => {
                    let (kp, kv) = (number(drive.kp), number(drive.kd));
                    self.text
                        .empty("position", &[named[0], named[1], ("kp", &kp), ("kv", &kv)]);
                }
                None => {
                    motors += 1;
                    self.text.empty("motor", &named);
                }
            }
        }
        self.text.close();
        if motors > 0 {
            self.notes.push(format!(
                "{motors} joints have motors without gains, for URDF has none: export the parameter file of a policy, and \
                 its gains are taken"
            ));
        }
        let rotors = self
            .model
            .bodies
            .iter()
            .filter_map(|body| body.joint.as_ref())
            .any(|joint| joint.armature > 0.0);
        if !rotors {
            self.notes.push(
                "no rotor inertia is known (URDF has none): add `armature` to the joints, light limbs shake without"
                    .to_owned(),
            );
        }
    }

    fn sensors(&mut self) {
        self.text.open("sensor", &[]);
        self.text.empty("gyro", &[("name", "imu_gyro"), ("site", IMU_SITE)]);
        self.text
            .empty("accelerometer", &[("name", "imu_accelerometer"), ("site", IMU_SITE)]);
        self.text.empty(
            "framequat",
            &[("name", "imu_orientation"), ("objtype", "site"), ("objname", IMU_SITE)],
        );
        self.text.close();
    }

    fn couplings(&mut self) {
        if self.model.couplings.is_empty() {
            return;
        }
        let name = |body: usize| {
            self.model.bodies[body]
                .joint
                .as_ref()
                .map_or("", |joint| joint.name.as_str())
        };
        self.text.open("equality", &[]);
        for coupling in &self.model.couplings {
            let polynomial = numbers([coupling.offset, coupling.multiplier, 0.0, 0.0, 0.0]);
            let mut attributes = vec![("joint1", name(coupling.follower))];
            attributes.extend(coupling.leader.map(|leader| ("joint2", name(leader))));
            attributes.push(("polycoef", &polynomial));
            self.text.empty("joint", &attributes);
        }
        self.text.close();
    }

    fn keyframe(&mut self, options: &Options) {
        let joints = self.model.default_joints(options.keyframe.as_deref());
        let base: Isometry3<f64> = self.model.start_pose(options.keyframe.as_deref(), &joints, 0.0);
        let mut qpos = Vec::new();
        if self.model.floating_base {
            let turn = base.rotation;
            qpos.extend(base.translation.vector.iter());
            qpos.extend([turn.w, turn.i, turn.j, turn.k]);
        }
        qpos.extend(joints);
        self.text.open("keyframe", &[]);
        self.text.empty("key", &[("name", "home"), ("qpos", &numbers(qpos))]);
        self.text.close();
    }

    fn finish(self, name: &str) -> Exported {
        let mut notes = self.notes;
        notes.push("parts of the robot touch the ground alone, not each other".to_owned());
        let file = |name: String, text: String| ExportedFile {
            name: PathBuf::from(name),
            content: Content::Text(text),
        };
        let mut files = vec![
            file(format!("{name}.xml"), self.text.finish()),
            file("scene.xml".to_owned(), scene(name)),
        ];
        let (meshes, missing) = self.meshes.finish();
        files.extend(meshes);
        notes.extend(missing);
        Exported { files, notes }
    }
}

fn joint_element(text: &mut XmlText, joint: &Joint, effort: f64) {
    let kind = match joint.kind {
        JointKind::Hinge => "hinge",
        JointKind::Slide => "slide",
    };
    let values = [
        ("axis", vector(&joint.axis)),
        ("pos", vector(&joint.anchor.coords)),
        ("ref", number(joint.reference)),
        ("armature", number(joint.armature)),
        ("damping", number(joint.damping)),
        ("frictionloss", number(joint.friction)),
        ("stiffness", number(joint.spring.0)),
        ("springref", number(joint.spring.1)),
    ];
    let mut attributes = vec![("name", joint.name.as_str()), ("type", kind)];
    attributes.extend(
        values
            .iter()
            .filter(|(_, value)| value != "0")
            .map(|(name, value)| (*name, value.as_str())),
    );
    let range = joint.range.map(numbers);
    if let Some(range) = &range {
        attributes.push(("range", range));
    }
    let force = numbers([-effort, effort]);
    if effort.is_finite() {
        attributes.push(("actuatorfrcrange", &force));
    }
    text.empty("joint", &attributes);
}

/// A scene with the robot on level ground.
fn scene(robot: &str) -> String {
    let mut text = XmlText::new("Written by `sinew robot export`.");
    text.open("mujoco", &[("model", &format!("{robot} scene"))]);
    text.empty("include", &[("file", &format!("{robot}.xml"))]);
    text.open("worldbody", &[]);
    text.empty("light", &[("pos", "0 0 3"), ("dir", "0 0 -1"), ("directional", "true")]);
    let floor = [
        ("name", "floor"),
        ("type", "plane"),
        ("size", "0 0 0.05"),
        ("friction", "0 0.005 0.0001"),
    ];
    let masks = [("contype", "0"), ("conaffinity", "1"), ("priority", "-1")];
    text.empty("geom", &[&floor[..], &masks[..]].concat());
    text.finish()
}

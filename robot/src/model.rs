//! A robot, whichever format it was written in.

use std::path::PathBuf;
use std::sync::Arc;

use nalgebra::{Isometry3, Matrix3, Point3, UnitQuaternion, Vector3};

use super::error::DescriptionError;
use super::mesh;

/// A robot and the fixed things around it. Lengths in m, masses in kg, angles in rad.
#[derive(Debug, Clone)]
pub struct RobotModel {
    /// The model's name.
    pub name: String,
    /// The file it was read from.
    pub file: PathBuf,
    /// Whether the base moves freely; a fixed base is bolted to the world.
    pub floating_base: bool,
    /// Bodies in depth-first order: the base first, parents before their children.
    pub bodies: Vec<Body>,
    /// What drives the joints, in the description's order.
    pub actuators: Vec<Actuator>,
    /// Shapes that belong to the world (floor, walls), placed in the world frame.
    pub world_geoms: Vec<Geom>,
    /// Joints that others move.
    pub couplings: Vec<Coupling>,
    /// Pairs of geoms that touch whatever their masks say.
    pub pairs: Vec<ContactPair>,
    /// Pairs of bodies (by index) that never touch.
    pub excludes: Vec<(usize, usize)>,
    /// Named poses.
    pub keyframes: Vec<Keyframe>,
    /// Cameras that are fixed to a body or to the world, in the description's order.
    pub cameras: Vec<CameraMount>,
    /// Names of the sites that carry a gyro, in the description's order.
    pub gyro_sites: Vec<String>,
    /// Whether two bodies of the robot can touch at all (MJCF: as the masks say; URDF: never).
    pub self_collision: bool,
    /// Gravity the description asks for, m/s², world frame.
    pub gravity: Vector3<f64>,
}

/// One rigid body, with the joint that moves it against its parent.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its name.
    pub name: String,
    /// Index of its parent; `None` for the base.
    pub parent: Option<usize>,
    /// Its frame in the parent's frame (in the world's for the base) when the joint is at its
    /// reference position.
    pub pose: Isometry3<f64>,
    /// The joint to the parent; `None` when rigidly fixed to it, and for the base.
    pub joint: Option<Joint>,
    /// Mass, centre of mass and inertia.
    pub inertia: Inertia,
    /// Share of its weight that is taken off it: 0 for none, 1 for a body that floats.
    pub gravity_compensation: f64,
    /// Shapes, to collide with and to look at.
    pub geoms: Vec<Geom>,
    /// Named frames.
    pub sites: Vec<Site>,
}

/// Mass distribution of a body, in the body's frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inertia {
    /// Mass in kg.
    pub mass: f64,
    /// Centre of mass in m.
    pub com: Point3<f64>,
    /// Inertia about the centre of mass in kg·m², in the body's axes.
    pub about_com: Matrix3<f64>,
}

/// How a joint moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JointKind {
    /// About its axis.
    Hinge,
    /// Along its axis.
    Slide,
}

/// A joint with one degree of freedom. Units are rad and N·m for a hinge, m and N for a slide.
#[derive(Debug, Clone)]
pub struct Joint {
    /// Its name.
    pub name: String,
    /// How it moves.
    pub kind: JointKind,
    /// Unit axis in the body's frame.
    pub axis: Vector3<f64>,
    /// A point on the axis in the body's frame.
    pub anchor: Point3<f64>,
    /// Lower and upper position limit; `None` without limits.
    pub range: Option<[f64; 2]>,
    /// Position at which the body has the pose that [`Body::pose`] gives.
    pub reference: f64,
    /// Reflected rotor inertia.
    pub armature: f64,
    /// Viscous damping.
    pub damping: f64,
    /// Dry friction.
    pub friction: f64,
    /// Stiffness of a passive spring, and where it rests.
    pub spring: (f64, f64),
    /// Largest torque; `inf` where the description does not say.
    pub effort: f64,
    /// Largest speed; `inf` where the description does not say.
    pub velocity: f64,
}

/// A joint that follows another: `position = multiplier × leader's position + offset`, and what the
/// follower carries, the leader feels. URDF's `<mimic>`, MJCF's `<equality><joint>`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coupling {
    /// Index of the body whose joint follows.
    pub follower: usize,
    /// Index of the body whose joint leads; `None` for a follower that stays at `offset`.
    pub leader: Option<usize>,
    /// Travel of the follower per travel of the leader.
    pub multiplier: f64,
    /// Position of the follower when the leader stands at zero.
    pub offset: f64,
}

/// What an actuator does with its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drive {
    /// Passes on a torque.
    Torque,
    /// Holds a position with this stiffness and damping, as felt at the joint.
    Position {
        /// Stiffness.
        kp: f64,
        /// Damping of its own; zero where the joint's damping plays that part.
        kv: f64,
    },
}

/// An actuator on a joint.
#[derive(Debug, Clone, PartialEq)]
pub struct Actuator {
    /// Its name.
    pub name: String,
    /// Index of the body whose joint it drives.
    pub body: usize,
    /// What it does.
    pub drive: Drive,
    /// Largest torque at the joint; `inf` where the description does not say.
    pub effort: f64,
}

/// A shape on a body, or in the world.
#[derive(Debug, Clone)]
pub struct Geom {
    /// Its name; empty where it has none.
    pub name: String,
    /// The shape.
    pub shape: Shape,
    /// Its frame in the body's frame (in the world's frame for geoms of the world).
    pub pose: Isometry3<f64>,
    /// How it touches others.
    pub contact: ContactMask,
    /// Visualisation group.
    pub group: i32,
    /// Colour: red, green, blue, opacity, each 0 to 1.
    pub rgba: [f32; 4],
}

impl Geom {
    /// Whether its masks let it touch anything.
    pub fn collides(&self) -> bool {
        self.contact.kind != 0 || self.contact.affinity != 0
    }

    /// How many triangles were read from a mesh file for it.
    pub(crate) fn triangles(&self) -> usize {
        match &self.shape {
            Shape::Mesh(mesh) => mesh.triangles.as_ref().map_or(0, |triangles| triangles.len()),
            _ => 0,
        }
    }
}

/// How a geom touches others, with MuJoCo's rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContactMask {
    /// Bits that it has (`contype`).
    pub kind: u32,
    /// Bits that it looks for (`conaffinity`).
    pub affinity: u32,
    /// Dimensions of the contact: 1 without friction, 3 and more with it.
    pub dimensions: u8,
    /// Sliding friction.
    pub friction: f64,
    /// Whose friction counts when two geoms touch: the higher one's, or the larger when equal.
    pub priority: i32,
}

impl ContactMask {
    /// That of the floor which a world gets where its description has none.
    pub(crate) const OWN_FLOOR: Self = Self {
        kind: u32::MAX,
        affinity: u32::MAX,
        dimensions: 3,
        friction: 0.0,
        priority: i32::MIN,
    };
}

/// The name of the floor which a world gets where its description has none.
pub(crate) const OWN_FLOOR: &str = "floor";

/// A shape in its own frame.
#[derive(Debug, Clone)]
pub enum Shape {
    /// The half-space below z = 0.
    Plane,
    /// A box by its half sizes.
    Box(Vector3<f64>),
    /// A sphere by its radius.
    Sphere(f64),
    /// A capsule along z.
    Capsule {
        /// Radius of the cylinder and of both half spheres.
        radius: f64,
        /// Half the length of the cylinder.
        half_length: f64,
    },
    /// A cylinder along z.
    Cylinder {
        /// Radius.
        radius: f64,
        /// Half the length.
        half_length: f64,
    },
    /// An ellipsoid by its half axes.
    Ellipsoid(Vector3<f64>),
    /// A mesh; its convex hull is what collides.
    Mesh(MeshShape),
}

/// A mesh file as placed by a description.
#[derive(Debug, Clone)]
pub struct MeshShape {
    /// The file.
    pub file: PathBuf,
    /// Scale along each axis.
    pub scale: Vector3<f64>,
    /// Where the shape's frame lies in the scaled file.
    pub reference: Isometry3<f64>,
    /// Triangles in the shape's frame, read only where the shape collides or gives mass.
    pub triangles: Option<Arc<Vec<[Point3<f64>; 3]>>>,
}

impl MeshShape {
    /// The triangles in the shape's frame, read from the file where the description did not need them.
    ///
    /// # Errors
    /// [`DescriptionError`] naming the mesh file.
    pub fn load(&self) -> Result<Arc<Vec<[Point3<f64>; 3]>>, DescriptionError> {
        if let Some(triangles) = &self.triangles {
            return Ok(Arc::clone(triangles));
        }
        let place = self.reference.inverse();
        let corner = |p: Point3<f64>| place * Point3::from(p.coords.component_mul(&self.scale));
        let triangles = mesh::read(&self.file)?;
        Ok(Arc::new(triangles.into_iter().map(|t| t.map(corner)).collect()))
    }
}

/// A camera of the description.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraMount {
    /// Its name; empty where it has none.
    pub name: String,
    /// Index of the body that carries it; `None` for one that stands in the world.
    pub body: Option<usize>,
    /// Its frame in the body's frame (in the world's without one): looks along x, with z up.
    pub pose: Isometry3<f64>,
    /// Field of view from top to bottom in rad.
    pub fovy_rad: f64,
}

/// A named frame on a body.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Its frame in the body's frame.
    pub pose: Isometry3<f64>,
}

/// Two geoms that touch whatever their masks say.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactPair {
    /// One geom's name.
    pub geom1: String,
    /// The other's.
    pub geom2: String,
    /// Sliding friction between them; zero for a contact without friction.
    pub friction: f64,
}

/// A named pose of the whole robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyframe {
    /// Its name; empty where it has none.
    pub name: String,
    /// Base position in the world, m; the base's own pose for a fixed base.
    pub base_position: Vector3<f64>,
    /// Base rotation `world_from_base`.
    pub base_orientation: UnitQuaternion<f64>,
    /// Joint positions in the order of the jointed bodies.
    pub joints: Vec<f64>,
}

impl RobotModel {
    /// Indices of the bodies that have a joint, in tree order.
    pub fn jointed_bodies(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.bodies.len()).filter(|&index| self.bodies[index].joint.is_some())
    }

    /// The geoms of the robot, each with the index of its body.
    pub fn geoms(&self) -> impl Iterator<Item = (usize, &Geom)> {
        let bodies = self.bodies.iter().enumerate();
        bodies.flat_map(|(index, body)| body.geoms.iter().map(move |geom| (index, geom)))
    }

    /// Index of a body by its name.
    pub fn body_index(&self, name: &str) -> Option<usize> {
        self.bodies.iter().position(|body| body.name == name)
    }

    /// The body that carries a site, and the site.
    pub fn site(&self, name: &str) -> Option<(usize, &Site)> {
        self.bodies.iter().enumerate().find_map(|(index, body)| {
            body.sites
                .iter()
                .find(|site| site.name == name)
                .map(|site| (index, site))
        })
    }

    /// Mass of the whole robot in kg.
    pub fn total_mass(&self) -> f64 {
        self.bodies.iter().map(|body| body.inertia.mass).sum()
    }
}

impl Joint {
    /// `position` moved into the joint's limits.
    pub fn clamp(&self, position: f64) -> f64 {
        match self.range {
            Some([lower, upper]) => position.clamp(lower, upper),
            None => position,
        }
    }
}

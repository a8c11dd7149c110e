//! Things in the world to look at: a ball, a box, a person. They have no physics.

use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion, Vector3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::placement::Placement;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prop {
    /// Its shape.
    pub shape: PropShape,
    /// Where it is in the world.
    #[serde(default)]
    pub pose: Placement,
    /// Its colour (a person's shirt): red, green, blue, each 0 to 1.
    #[serde(default = "orange")]
    pub colour: [f32; 3],
    /// What a detector should call it; empty for what only stands around and gets no box.
    #[serde(default)]
    pub class: String,
}

/// What a prop looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum PropShape {
    /// A ball about its pose's origin.
    Ball {
        /// Radius in m.
        radius_m: f64,
    },
    /// A box about its pose's origin.
    Box {
        /// Half its size along each axis, in m.
        half_size_m: [f64; 3],
    },
    /// A cylinder along z about its pose's origin.
    Cylinder {
        /// Radius in m.
        radius_m: f64,
        /// Half its length in m.
        half_length_m: f64,
    },
    /// A person who stands on its pose's origin and looks along x.
    Person {
        /// Height in m.
        height_m: f64,
        /// How far a leg swings forward and the other back, in rad; 0 for standing.
        #[serde(default)]
        stride_rad: f64,
        /// Colour of the trousers.
        #[serde(default = "dark_blue")]
        trousers: [f32; 3],
        /// Colour of the skin.
        #[serde(default = "tan")]
        skin: [f32; 3],
    },
}

fn orange() -> [f32; 3] {
    [0.93, 0.38, 0.10]
}

fn dark_blue() -> [f32; 3] {
    [0.16, 0.19, 0.30]
}

fn tan() -> [f32; 3] {
    [0.85, 0.65, 0.52]
}

impl Prop {
    /// A ball on the floor, of the class `ball`.
    pub fn ball(radius_m: f64, x: f64, y: f64, colour: [f32; 3]) -> Self {
        Self {
            shape: PropShape::Ball { radius_m },
            pose: Placement::at([x, y, radius_m]),
            colour,
            class: "ball".to_owned(),
        }
    }

    /// A box on the floor, of the class `box`.
    pub fn cuboid(half_size_m: [f64; 3], x: f64, y: f64, colour: [f32; 3]) -> Self {
        Self {
            shape: PropShape::Box { half_size_m },
            pose: Placement::at([x, y, half_size_m[2]]),
            colour,
            class: "box".to_owned(),
        }
    }

    /// A person on the floor, of the class `person`.
    pub fn person(height_m: f64, x: f64, y: f64, shirt: [f32; 3]) -> Self {
        let shape = PropShape::Person {
            height_m,
            stride_rad: 0.0,
            trousers: dark_blue(),
            skin: tan(),
        };
        Self {
            shape,
            pose: Placement::at([x, y, 0.0]),
            colour: shirt,
            class: "person".to_owned(),
        }
    }

    /// Whether it can be drawn.
    ///
    /// # Errors
    /// The parameter, what was expected and what was found.
    pub fn check(&self) -> Result<(), String> {
        let sizes: Vec<(&str, f64)> = match &self.shape {
            PropShape::Ball { radius_m } => vec![("radius_m", *radius_m)],
            PropShape::Box { half_size_m } => half_size_m.iter().map(|size| ("half_size_m", *size)).collect(),
            PropShape::Cylinder {
                radius_m,
                half_length_m,
            } => vec![("radius_m", *radius_m), ("half_length_m", *half_length_m)],
            PropShape::Person { height_m, .. } => vec![("height_m", *height_m)],
        };
        for (key, size) in sizes {
            if !(1e-3..=100.0).contains(&size) {
                return Err(format!("`{key}`: expected from 0.001 to 100, found {size}"));
            }
        }
        let pose = [self.pose.position_m, self.pose.rpy_rad];
        match pose.iter().flatten().find(|x| !(x.abs() <= 1e4)) {
            Some(x) => Err(format!("`pose`: expected numbers of at most 1e4, found {x}")),
            None => Ok(()),
        }
    }

    /// Its middle in its own frame.
    pub(super) fn middle(&self) -> Point3<f64> {
        match self.shape {
            PropShape::Person { height_m, .. } => Point3::new(0.0, 0.0, height_m / 2.0),
            _ => Point3::origin(),
        }
    }
}

/// How a prop moves. Time counts from when it is where it starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum PropPath {
    /// It stays.
    #[default]
    Still,
    /// To a point and back, at an even speed, looking where it goes.
    Line {
        /// The other end in the world, m.
        to_m: [f64; 3],
        /// Speed in m/s.
        speed_m_s: f64,
    },
    /// Round a circle to the left of where it starts, looking where it goes.
    Circle {
        /// Radius in m.
        radius_m: f64,
        /// Speed in m/s.
        speed_m_s: f64,
    },
}

impl PropPath {
    /// Where a prop that started at `start` is after `secs`.
    pub fn pose_at(&self, start: &Placement, secs: f64) -> Placement {
        match *self {
            Self::Still => *start,
            Self::Line { to_m, speed_m_s } => {
                let (from, to) = (Vector3::from(start.position_m), Vector3::from(to_m));
                let length = (to - from).norm();
                let way = (secs * speed_m_s).rem_euclid(2.0 * length);
                if !way.is_finite() || length == 0.0 {
                    return *start;
                }
                let (distance, direction) = if way <= length {
                    (way, 1.0)
                } else {
                    (2.0 * length - way, -1.0)
                };
                let ahead = (to - from) * direction;
                Placement {
                    position_m: (from + (to - from) * (distance / length)).into(),
                    rpy_rad: [start.rpy_rad[0], start.rpy_rad[1], ahead.y.atan2(ahead.x)],
                }
            }
            Self::Circle { radius_m, speed_m_s } => {
                let angle = secs * speed_m_s / radius_m;
                if !angle.is_finite() {
                    return *start;
                }
                let yaw = start.rpy_rad[2];
                let [x, y, z] = start.position_m;
                let middle = [x - radius_m * yaw.sin(), y + radius_m * yaw.cos()];
                let now = yaw + angle;
                Placement {
                    position_m: [middle[0] + radius_m * now.sin(), middle[1] - radius_m * now.cos(), z],
                    rpy_rad: [start.rpy_rad[0], start.rpy_rad[1], now],
                }
            }
        }
    }
}

/// Which of a prop's colours a piece of it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Own,
    Skin,
    Hair,
    Trousers,
    Shoes,
}

/// Which unit shape a piece is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Radius 1.
    Ball,
    /// Half sizes 1.
    Box,
    /// Radius 1, half length 1.
    Cylinder,
    /// A person's leg or arm, of length 1, that hangs from the origin.
    Limb,
}

/// A piece of a prop: a unit shape, where it is in the prop's frame, and its size.
pub(super) type Piece = (Unit, Isometry3<f64>, Vector3<f64>, Paint);

impl PropShape {
    /// Hands over the pieces one by one.
    pub(super) fn pieces(&self, mut each: impl FnMut(Piece)) {
        let here = Isometry3::identity();
        match *self {
            Self::Ball { radius_m } => each((Unit::Ball, here, Vector3::repeat(radius_m), Paint::Own)),
            Self::Box { half_size_m } => each((Unit::Box, here, half_size_m.into(), Paint::Own)),
            Self::Cylinder {
                radius_m,
                half_length_m,
            } => each((
                Unit::Cylinder,
                here,
                Vector3::new(radius_m, radius_m, half_length_m),
                Paint::Own,
            )),
            Self::Person {
                height_m, stride_rad, ..
            } => person(height_m, stride_rad, each),
        }
    }
}

/// A person's pieces; all numbers are shares of the height.
fn person(height: f64, stride: f64, mut each: impl FnMut(Piece)) {
    let mut piece = |unit, at: [f64; 3], swing: f64, size: [f64; 3], paint| {
        let pose = Isometry3::from_parts(
            Translation3::from(Vector3::from(at) * height),
            UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -swing),
        );
        each((unit, pose, Vector3::from(size) * height, paint));
    };
    piece(Unit::Ball, [0.01, 0.0, 0.925], 0.0, [0.056, 0.048, 0.068], Paint::Skin);
    piece(
        Unit::Ball,
        [-0.004, 0.0, 0.945],
        0.0,
        [0.055, 0.052, 0.056],
        Paint::Hair,
    );
    piece(Unit::Cylinder, [0.0, 0.0, 0.85], 0.0, [0.03, 0.03, 0.03], Paint::Skin);
    piece(Unit::Ball, [0.0, 0.0, 0.745], 0.0, [0.066, 0.118, 0.1], Paint::Own);
    piece(Unit::Ball, [0.0, 0.0, 0.635], 0.0, [0.06, 0.095, 0.14], Paint::Own);
    piece(
        Unit::Ball,
        [0.0, 0.0, 0.515],
        0.0,
        [0.062, 0.098, 0.075],
        Paint::Trousers,
    );
    for side in [-1.0, 1.0] {
        let leg = stride * side;
        piece(
            Unit::Limb,
            [0.0, 0.05 * side, 0.5],
            leg,
            [0.5, 0.5, 0.47],
            Paint::Trousers,
        );
        let (reach, drop) = (0.46 * leg.sin(), 0.46 * leg.cos());
        let foot = [reach + 0.025, 0.05 * side, 0.5 - drop - 0.016];
        piece(Unit::Ball, foot, leg, [0.072, 0.03, 0.024], Paint::Shoes);
        let arm = -0.8 * leg;
        let shoulder = [0.0, 0.128 * side, 0.79];
        piece(Unit::Limb, shoulder, arm, [0.3, 0.3, 0.33], Paint::Own);
        let hand = [0.35 * arm.sin(), shoulder[1], shoulder[2] - 0.35 * arm.cos()];
        piece(Unit::Ball, hand, arm, [0.026, 0.02, 0.038], Paint::Skin);
    }
}

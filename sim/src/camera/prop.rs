//! Things in the world to look at: a ball, a box, a person. They have no physics.

use nalgebra::Point3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::ranges::OutOfRange;
use sinew_robot::camera::Placement;

use super::path::PropPath;

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
    /// How it moves; [`SceneParams::props_at`](super::SceneParams::props_at) moves it.
    #[serde(default)]
    pub path: PropPath,
}

/// What a prop looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "snake_case")]
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
            path: PropPath::Still,
        }
    }

    /// A box on the floor, of the class `box`.
    pub fn cuboid(half_size_m: [f64; 3], x: f64, y: f64, colour: [f32; 3]) -> Self {
        Self {
            shape: PropShape::Box { half_size_m },
            pose: Placement::at([x, y, half_size_m[2]]),
            colour,
            class: "box".to_owned(),
            path: PropPath::Still,
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
            path: PropPath::Still,
        }
    }

    /// Whether it can be drawn.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let outside = |name: &str, expected: &str, found: f64| OutOfRange {
            name: name.to_owned(),
            expected: expected.to_owned(),
            found: format!("{found:?}"),
        };
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
                return Err(outside(key, "double from 0.001 to 100.0", size));
            }
        }
        let pose = [self.pose.position_m, self.pose.rpy_rad];
        match pose.iter().flatten().find(|x| !(x.abs() <= 1e4)) {
            Some(x) => Err(outside("pose", "doubles from -10000.0 to 10000.0", *x)),
            None => Ok(()),
        }
    }

    /// How far it reaches from its middle over ground, m: of a box to its corners, of a person to the feet.
    pub fn radius_m(&self) -> f64 {
        match self.shape {
            PropShape::Ball { radius_m } | PropShape::Cylinder { radius_m, .. } => radius_m,
            PropShape::Box { half_size_m } => half_size_m[0].hypot(half_size_m[1]),
            PropShape::Person { height_m, .. } => 0.1 * height_m,
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

//! The unit shapes that props are put together from.

use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use super::prop::{Prop, PropShape};

/// What of a prop a piece takes its colour from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColourOf {
    Own,
    Skin,
    Hair,
    Trousers,
    Shoes,
}

/// Which unit shape a piece is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitShape {
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
pub(super) type Piece = (UnitShape, Isometry3<f64>, Vector3<f64>, ColourOf);

impl PropShape {
    /// Calls `each` with one piece after the other.
    pub(super) fn pieces(&self, mut each: impl FnMut(Piece)) {
        let here = Isometry3::identity();
        match *self {
            Self::Ball { radius_m } => each((UnitShape::Ball, here, Vector3::repeat(radius_m), ColourOf::Own)),
            Self::Box { half_size_m } => each((UnitShape::Box, here, half_size_m.into(), ColourOf::Own)),
            Self::Cylinder {
                radius_m,
                half_length_m,
            } => each((
                UnitShape::Cylinder,
                here,
                Vector3::new(radius_m, radius_m, half_length_m),
                ColourOf::Own,
            )),
            Self::Person {
                height_m, stride_rad, ..
            } => person(height_m, stride_rad, each),
        }
    }
}

/// A person's pieces; all numbers are shares of the height.
fn person(height: f64, stride: f64, mut each: impl FnMut(Piece)) {
    let mut piece = |unit, at: [f64; 3], swing: f64, size: [f64; 3], colour_of| {
        let pose = Isometry3::from_parts(
            Translation3::from(Vector3::from(at) * height),
            UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -swing),
        );
        each((unit, pose, Vector3::from(size) * height, colour_of));
    };
    piece(
        UnitShape::Ball,
        [0.01, 0.0, 0.925],
        0.0,
        [0.056, 0.048, 0.068],
        ColourOf::Skin,
    );
    piece(
        UnitShape::Ball,
        [-0.004, 0.0, 0.945],
        0.0,
        [0.055, 0.052, 0.056],
        ColourOf::Hair,
    );
    piece(
        UnitShape::Cylinder,
        [0.0, 0.0, 0.85],
        0.0,
        [0.03, 0.03, 0.03],
        ColourOf::Skin,
    );
    piece(
        UnitShape::Ball,
        [0.0, 0.0, 0.745],
        0.0,
        [0.066, 0.118, 0.1],
        ColourOf::Own,
    );
    piece(
        UnitShape::Ball,
        [0.0, 0.0, 0.635],
        0.0,
        [0.06, 0.095, 0.14],
        ColourOf::Own,
    );
    piece(
        UnitShape::Ball,
        [0.0, 0.0, 0.515],
        0.0,
        [0.062, 0.098, 0.075],
        ColourOf::Trousers,
    );
    for side in [-1.0, 1.0] {
        let leg = stride * side;
        piece(
            UnitShape::Limb,
            [0.0, 0.05 * side, 0.5],
            leg,
            [0.5, 0.5, 0.47],
            ColourOf::Trousers,
        );
        let (reach, drop) = (0.46 * leg.sin(), 0.46 * leg.cos());
        let foot = [reach + 0.025, 0.05 * side, 0.5 - drop - 0.016];
        piece(UnitShape::Ball, foot, leg, [0.072, 0.03, 0.024], ColourOf::Shoes);
        let arm = -0.8 * leg;
        let shoulder = [0.0, 0.128 * side, 0.79];
        piece(UnitShape::Limb, shoulder, arm, [0.3, 0.3, 0.33], ColourOf::Own);
        let hand = [0.35 * arm.sin(), shoulder[1], shoulder[2] - 0.35 * arm.cos()];
        piece(UnitShape::Ball, hand, arm, [0.026, 0.02, 0.038], ColourOf::Skin);
    }
}

/// The colour of a piece of a prop.
pub(super) fn colour_of(prop: &Prop, part: ColourOf) -> [f32; 3] {
    match (&prop.shape, part) {
        (PropShape::Person { skin, .. }, ColourOf::Skin) => *skin,
        (PropShape::Person { skin, .. }, ColourOf::Hair) => skin.map(|channel| channel * 0.3),
        (PropShape::Person { trousers, .. }, ColourOf::Trousers) => *trousers,
        (PropShape::Person { .. }, ColourOf::Shoes) => [0.12, 0.11, 0.11],
        _ => prop.colour,
    }
}

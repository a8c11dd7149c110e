//! The optical frame of a camera (REP-103).

use nalgebra::{Isometry3, Matrix3, Rotation3, Translation3, UnitQuaternion};

/// From the optical frame (x right, y down, z forward) to that of a link (x forward, y left, z up).
pub fn link_from_optical() -> Isometry3<f64> {
    let axes = Matrix3::new(
        0.0, 0.0, 1.0, //
        -1.0, 0.0, 0.0, //
        0.0, -1.0, 0.0,
    );
    let rotation = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(axes));
    Isometry3::from_parts(Translation3::identity(), rotation)
}

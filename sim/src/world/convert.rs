//! Between nalgebra's f64, in which descriptions and states are, and rapier's f32.

use nalgebra::{Isometry3, Matrix3, Point3, Quaternion, Translation3, UnitQuaternion, Vector3};
use rapier3d::math::{Matrix, Pose, Rotation, Vector};

pub(super) fn vector(v: &Vector3<f64>) -> Vector {
    Vector::new(v.x as f32, v.y as f32, v.z as f32)
}

pub(super) fn point(p: &Point3<f64>) -> Vector {
    vector(&p.coords)
}

pub(super) fn matrix(m: &Matrix3<f64>) -> Matrix {
    let column = |k: usize| vector(&m.column(k).into_owned());
    Matrix::from_cols(column(0), column(1), column(2))
}

pub(super) fn pose(iso: &Isometry3<f64>) -> Pose {
    let q = iso.rotation.coords;
    Pose::from_parts(
        vector(&iso.translation.vector),
        Rotation::from_xyzw(q.x as f32, q.y as f32, q.z as f32, q.w as f32),
    )
}

pub(super) fn to_vector(v: Vector) -> Vector3<f64> {
    Vector3::new(f64::from(v.x), f64::from(v.y), f64::from(v.z))
}

pub(super) fn to_isometry(pose: &Pose) -> Isometry3<f64> {
    let q = pose.rotation;
    Isometry3::from_parts(
        Translation3::from(to_vector(pose.translation)),
        UnitQuaternion::from_quaternion(Quaternion::new(
            f64::from(q.w),
            f64::from(q.x),
            f64::from(q.y),
            f64::from(q.z),
        )),
    )
}

//! Mass and inertia of shapes, and of bodies put together from them.

use nalgebra::{Isometry3, Matrix3, Point3, Vector3};

use super::model::{Inertia, Shape};

impl Inertia {
    /// Nothing at all.
    pub const ZERO: Self = Self {
        mass: 0.0,
        com: Point3::new(0.0, 0.0, 0.0),
        about_com: Matrix3::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    };

    /// The same mass seen from the frame in which this body's frame has `pose`.
    pub fn transformed(&self, pose: &Isometry3<f64>) -> Self {
        let rotation = pose.rotation.to_rotation_matrix();
        Self {
            mass: self.mass,
            com: pose * self.com,
            about_com: rotation * self.about_com * rotation.transpose(),
        }
    }

    /// Both masses as one body.
    pub fn merged(&self, other: &Self) -> Self {
        let mass = self.mass + other.mass;
        if mass <= 0.0 {
            return Self::ZERO;
        }
        let com = Point3::from((self.com.coords * self.mass + other.com.coords * other.mass) / mass);
        Self {
            mass,
            com,
            about_com: self.about(&com) + other.about(&com),
        }
    }

    /// Inertia about another point, in the same axes (parallel axis theorem).
    pub fn about(&self, point: &Point3<f64>) -> Matrix3<f64> {
        let offset = self.com - point;
        self.about_com + (Matrix3::identity() * offset.norm_squared() - offset * offset.transpose()) * self.mass
    }

    /// Scales mass and inertia by the same factor.
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            mass: self.mass * factor,
            com: self.com,
            about_com: self.about_com * factor,
        }
    }
}

/// How far from possible a moment may be for want of digits: half of the sixth decimal of each of four
/// numbers, and a hundredth of the largest moment, which the tables of real robots reach.
const ROUNDING_KG_M2: f64 = 2e-6;
const ROUNDING_SHARE: f64 = 0.01;
/// Share of the largest moment by which rounding may leave the smallest below zero, and to which that is
/// raised then.
const NEGATIVE_SHARE: f64 = 1e-3;
const RAISED_SHARE: f64 = 1e-6;

/// An inertia that some body can have: as it is written, with moments that rounding left below zero
/// raised above it. Else what it would have to be, and what it is. With `balance` moments may break the
/// triangle rule, since [`balanced`] mends them.
pub(super) fn possible(matrix: &Matrix3<f64>, balance: bool) -> Result<Matrix3<f64>, String> {
    let eigen = matrix.symmetric_eigen();
    let moments = eigen.eigenvalues;
    let slack = ROUNDING_KG_M2.min(moments.amax()) + ROUNDING_SHARE * moments.amax();
    let found = || {
        let mut sorted = [moments.x, moments.y, moments.z];
        sorted.sort_unstable_by(f64::total_cmp);
        let [a, b, c] = sorted;
        format!("found {a:.4e}, {b:.4e} and {c:.4e} about its principal axes")
    };
    if moments.min() < -NEGATIVE_SHARE * moments.amax() {
        return Err(format!("a positive definite inertia, {}", found()));
    }
    if 2.0 * moments.max() > moments.sum() + slack && !balance {
        return Err(format!(
            "an inertia of which no principal moment exceeds the sum of the other two, {}",
            found()
        ));
    }
    if moments.min() >= 0.0 {
        return Ok(*matrix);
    }
    let moments = moments.map(|moment| moment.max(RAISED_SHARE * eigen.eigenvalues.amax()));
    Ok(eigen.eigenvectors * Matrix3::from_diagonal(&moments) * eigen.eigenvectors.transpose())
}

/// Moments raised to the least, and with `balance` made equal where they break the triangle rule.
pub(super) fn balanced(matrix: Matrix3<f64>, least: f64, balance: bool) -> Matrix3<f64> {
    if least <= 0.0 && !balance {
        return matrix;
    }
    let eigen = matrix.symmetric_eigen();
    let mut moments = eigen.eigenvalues.map(|moment| moment.max(least));
    if balance && 2.0 * moments.max() > moments.sum() {
        moments = Vector3::repeat(moments.sum() / 3.0);
    }
    eigen.eigenvectors * Matrix3::from_diagonal(&moments) * eigen.eigenvectors.transpose()
}

/// Mass distribution of a solid shape of unit density in its own frame. `None` for a plane, and
/// for a mesh whose vertices were not read or that encloses no volume.
pub fn unit_density(shape: &Shape) -> Option<Inertia> {
    use std::f64::consts::PI;
    let centred = |volume: f64, moments: Vector3<f64>| Inertia {
        mass: volume,
        com: Point3::origin(),
        about_com: Matrix3::from_diagonal(&(moments * volume)),
    };
    match shape {
        Shape::Plane => None,
        Shape::Box(half) => {
            let square = half.component_mul(half) / 3.0;
            let moments = Vector3::new(square.y + square.z, square.x + square.z, square.x + square.y);
            Some(centred(8.0 * half.x * half.y * half.z, moments))
        }
        Shape::Sphere(radius) => Some(centred(
            4.0 / 3.0 * PI * radius.powi(3),
            Vector3::repeat(0.4 * radius * radius),
        )),
        Shape::Ellipsoid(half) => {
            let square = half.component_mul(half) / 5.0;
            let moments = Vector3::new(square.y + square.z, square.x + square.z, square.x + square.y);
            Some(centred(4.0 / 3.0 * PI * half.x * half.y * half.z, moments))
        }
        Shape::Cylinder { radius, half_length } => {
            let (r2, h) = (radius * radius, 2.0 * half_length);
            let across = (3.0 * r2 + h * h) / 12.0;
            Some(centred(PI * r2 * h, Vector3::new(across, across, r2 / 2.0)))
        }
        Shape::Capsule { radius, half_length } => {
            let (r, h) = (*radius, 2.0 * half_length);
            let cylinder = PI * r * r * h;
            let ball = 4.0 / 3.0 * PI * r.powi(3);
            let along = cylinder * r * r / 2.0 + ball * 0.4 * r * r;
            // The two half spheres about the middle of the capsule.
            let across = cylinder * (h * h / 12.0 + r * r / 4.0) + ball * (0.4 * r * r + 0.375 * r * h + h * h / 4.0);
            Some(Inertia {
                mass: cylinder + ball,
                com: Point3::origin(),
                about_com: Matrix3::from_diagonal(&Vector3::new(across, across, along)),
            })
        }
        Shape::Mesh(mesh) => mesh.triangles.as_ref().and_then(|triangles| solid_mesh(triangles)),
    }
}

/// Volume integrals of a closed triangle mesh: a sum of tetrahedra with the apex at the origin.
fn solid_mesh(triangles: &[[Point3<f64>; 3]]) -> Option<Inertia> {
    let mut volume = 0.0;
    let mut first = Vector3::zeros();
    let mut second = Matrix3::zeros();
    for triangle in triangles {
        let [a, b, c] = triangle.map(|vertex| vertex.coords);
        let signed = a.dot(&b.cross(&c)) / 6.0;
        let sum = a + b + c;
        volume += signed;
        first += sum * (signed / 4.0);
        let squares = a * a.transpose() + b * b.transpose() + c * c.transpose();
        second += (squares + sum * sum.transpose()) * (signed / 20.0);
    }
    // A mesh wound inside out has the same mass.
    let (volume, first, second) = if volume < 0.0 {
        (-volume, -first, -second)
    } else {
        (volume, first, second)
    };
    if volume < 1e-15 {
        return None;
    }
    let com = first / volume;
    let about_origin = Matrix3::identity() * second.trace() - second;
    let offset = Matrix3::identity() * com.norm_squared() - com * com.transpose();
    Some(Inertia {
        mass: volume,
        com: com.into(),
        about_com: about_origin - offset * volume,
    })
}

//! Soft shadows on the ground: what stands above it darkens it as a few balls would.

use nalgebra::{Isometry3, Vector3};
use sinew_robot::camera::Intrinsics;

use super::ground::VisiblePlane;
use super::light::Light;
use super::mesh::Mesh;
use super::raster::FrameBuffer;
use super::shading::FIRST_PLANE;

/// Most balls that stand for a mesh.
const MOST_BALLS: usize = 6;
/// A light lower than this (the sine of its height) casts no shadow.
const LOWEST_LIGHT: f64 = 0.1;

/// Balls that cast shadows, and how much light they leave.
#[derive(Debug, Default)]
pub(super) struct Shadows {
    /// Middle in the optical frame, and radius.
    balls: Vec<(Vector3<f32>, f32)>,
    /// How much of the light reaches each pixel of the ground, 0 to 1.
    pub(super) lit: Vec<f32>,
}

impl Shadows {
    pub(super) fn clear(&mut self, pixels: usize) {
        self.balls.clear();
        self.lit.clear();
        self.lit.resize(pixels, 1.0);
    }

    /// Lines up balls along the longest side of a mesh's bounding box.
    pub(super) fn add(&mut self, mesh: &Mesh, optical_from_mesh: &Isometry3<f64>, scale: &Vector3<f64>) {
        let half = mesh.half.map(f64::from).component_mul(scale);
        let centre = mesh.centre.map(f64::from).component_mul(scale);
        let longest = half.imax();
        let radius = (0..3).filter(|k| *k != longest).map(|k| half[k]).fold(1e-4, f64::max);
        let count = ((half[longest] / radius).ceil() as usize).clamp(1, MOST_BALLS);
        let reach = (half[longest] - radius).max(0.0);
        for k in 0..count {
            let mut middle = centre;
            if count > 1 {
                middle[longest] += reach * (2.0 * k as f64 / (count - 1) as f64 - 1.0);
            }
            let seen = optical_from_mesh * nalgebra::Point3::from(middle);
            self.balls.push((seen.coords.map(|x| x as f32), radius as f32));
        }
    }

    /// Casts the shadows on a plane.
    pub(super) fn cast(
        &mut self,
        buffer: &FrameBuffer,
        lens: &Intrinsics,
        light: &Light,
        plane: (&VisiblePlane, u16),
        optical_from_world: &Isometry3<f64>,
        strength: f32,
    ) {
        let towards = optical_from_world.rotation * light.towards;
        let (plane, part) = plane;
        let sine = towards.dot(&plane.normal);
        if sine < LOWEST_LIGHT || strength <= 0.0 {
            return;
        }
        debug_assert!(part >= FIRST_PLANE);
        let caster = ShadowCaster {
            towards: towards.map(|x| x as f32),
            normal: plane.normal.map(|x| x as f32),
            height: plane.height as f32,
            sine: sine as f32,
            focal: [lens.fx as f32, lens.fy as f32],
            middle: [lens.cx as f32, lens.cy as f32],
            size: [buffer.width, buffer.height],
        };
        for (centre, radius) in &self.balls {
            let Some([left, top, right, bottom]) = caster.rectangle(centre, *radius) else {
                continue;
            };
            for row in top..bottom {
                for column in left..right {
                    let index = row * buffer.width + column;
                    if buffer.part[index] == part {
                        let z = 1.0 / buffer.inverse_depth[index];
                        let dark = caster.darkness(centre, *radius, column as f32, row as f32, z);
                        self.lit[index] = self.lit[index].min(1.0 - strength * dark);
                    }
                }
            }
        }
    }
}

/// The light, the plane and the camera, all in the optical frame.
struct ShadowCaster {
    towards: Vector3<f32>,
    normal: Vector3<f32>,
    /// Height of the camera above the plane, m.
    height: f32,
    /// Sine of the light's angle with the plane.
    sine: f32,
    focal: [f32; 2],
    middle: [f32; 2],
    size: [usize; 2],
}

impl ShadowCaster {
    /// Left, top, right and bottom of the pixels that a ball's shadow may reach.
    fn rectangle(&self, centre: &Vector3<f32>, radius: f32) -> Option<[usize; 4]> {
        let above = self.normal.dot(centre) + self.height;
        let on_plane = centre - self.towards * (above / self.sine);
        let reach = 1.2 * radius / self.sine;
        let (near, far) = (on_plane.z - reach, on_plane.z + reach);
        // A ball below the plane casts no shadow on it; not the one that only dips into it.
        if above < -radius || far <= 0.0 || !reach.is_finite() {
            return None;
        }
        let mut bounds = [0, 0, self.size[0], self.size[1]];
        if near > 1e-3 {
            for axis in 0..2 {
                let pixel = |x: f32, z: f32| self.focal[axis] * x / z + self.middle[axis];
                let (low, high) = (on_plane[axis] - reach, on_plane[axis] + reach);
                let first = pixel(low, near).min(pixel(low, far)).max(0.0) as usize;
                let last = pixel(high, near).max(pixel(high, far)) + 1.0;
                bounds[axis] = first.min(self.size[axis]);
                bounds[axis + 2] = (last.max(0.0) as usize).min(self.size[axis]);
            }
        }
        Some(bounds)
    }

    /// 1 in the middle of a ball's shadow, 0 outside.
    fn darkness(&self, centre: &Vector3<f32>, radius: f32, column: f32, row: f32, z: f32) -> f32 {
        let ray = [column, row];
        let across = |axis: usize| (ray[axis] - self.middle[axis]) / self.focal[axis] * z;
        let from_centre = Vector3::new(across(0), across(1), z) - centre;
        let along = from_centre.dot(&self.towards);
        let distance = from_centre.norm_squared() - along * along;
        let share = ((1.3 - distance / (radius * radius)) / 0.9).clamp(0.0, 1.0);
        if along < radius { share } else { 0.0 }
    }
}

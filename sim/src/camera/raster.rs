//! The rasteriser: triangles into a buffer of depth, light and part.
//!
//! What is kept for each pixel is linear on the screen for a flat face (one over the depth, and the light
//! over the depth), so that interpolation is exact in perspective.

use nalgebra::Vector3;
use sinew_robot::camera::Intrinsics;

use super::light::PlacedMesh;
use super::mesh::Mesh;

/// The part of pixels where nothing was drawn.
pub(super) const NOTHING: u16 = u16::MAX;
/// Slack in pixels against cracks where two faces meet.
const SLACK: f32 = 1e-3;

/// What has been drawn, pixel by pixel, row by row.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    pub(super) width: usize,
    pub(super) height: usize,
    /// One over the depth, 1/m; zero where nothing is.
    pub(super) inverse_depth: Vec<f32>,
    /// Brightness over the depth.
    pub(super) light: Vec<f32>,
    /// What is seen.
    pub(super) part: Vec<u16>,
    /// Which prop last covered the pixel, seen or not.
    covered_by: Vec<u16>,
    scratch: Vec<Corner>,
    lens: Lens,
}

/// The pinhole as the rasteriser needs it.
#[derive(Debug, Clone, Copy)]
struct Lens {
    focal: Vector3<f32>,
    middle: Vector3<f32>,
    near: f32,
}

/// A corner on the screen.
#[derive(Debug, Clone, Copy)]
struct Corner {
    x: f32,
    y: f32,
    /// One over the depth; zero when it is nearer than the near plane.
    inverse_depth: f32,
    /// Brightness, not yet over the depth.
    light: f32,
}

/// What a prop would cover if it stood alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coverage {
    prop: u16,
    /// Pixels of the image.
    pub(super) pixels: u32,
    /// Left, top, right and bottom edge, also beyond the image.
    pub(super) bounds: [f32; 4],
    /// Corners in front of the camera, and all.
    pub(super) corners: [u32; 2],
}

impl Coverage {
    pub(super) fn new(prop: u16) -> Self {
        Self {
            prop,
            pixels: 0,
            bounds: [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY],
            corners: [0, 0],
        }
    }

    fn add(&mut self, corner: &Corner) {
        self.corners[1] += 1;
        if corner.inverse_depth > 0.0 {
            self.corners[0] += 1;
            let [left, top, right, bottom] = &mut self.bounds;
            *left = left.min(corner.x - 0.5);
            *top = top.min(corner.y - 0.5);
            *right = right.max(corner.x + 0.5);
            *bottom = bottom.max(corner.y + 0.5);
        }
    }
}

impl FrameBuffer {
    pub(super) fn new(lens: &Intrinsics, near: f64) -> Self {
        let (width, height) = (lens.width as usize, lens.height as usize);
        let pixels = width * height;
        Self {
            width,
            height,
            inverse_depth: vec![0.0; pixels],
            light: vec![0.0; pixels],
            part: vec![NOTHING; pixels],
            covered_by: vec![NOTHING; pixels],
            scratch: Vec::new(),
            lens: Lens {
                focal: Vector3::new(lens.fx as f32, lens.fy as f32, 0.0),
                middle: Vector3::new(lens.cx as f32, lens.cy as f32, 0.0),
                near: near as f32,
            },
        }
    }

    pub(super) fn clear(&mut self) {
        self.inverse_depth.fill(0.0);
        self.part.fill(NOTHING);
        self.covered_by.fill(NOTHING);
    }

    /// Draws a mesh, counting what it covers where `coverage` is given.
    pub(super) fn draw(&mut self, mesh: &Mesh, placed: &PlacedMesh, mut coverage: Option<&mut Coverage>) {
        if self.out_of_sight(mesh, placed) {
            if let Some(coverage) = coverage {
                coverage.corners[1] += mesh.vertices.len() as u32;
            }
            return;
        }
        let lens = self.lens;
        let mut corners = std::mem::take(&mut self.scratch);
        corners.clear();
        corners.extend(mesh.vertices.iter().map(|(point, normal)| {
            let point = placed.into_optical(point);
            lens.corner(&point, placed.light(normal))
        }));
        if let Some(coverage) = coverage.as_deref_mut() {
            corners.iter().for_each(|corner| coverage.add(corner));
        }
        for face in &mesh.faces {
            let face_corners = face.map(|index| corners[index as usize]);
            let seen = face_corners.iter().filter(|corner| corner.inverse_depth > 0.0).count();
            match seen {
                3 => self.triangle(&face_corners, placed.part, coverage.as_deref_mut()),
                0 => {}
                _ => {
                    let points = face.map(|index| placed.into_optical(&mesh.vertices[index as usize].0));
                    let lights = face_corners.map(|corner| corner.light);
                    let (polygon, count) = lens.clipped(&points, &lights);
                    for k in 2..count {
                        let fan = [polygon[0], polygon[k - 1], polygon[k]];
                        self.triangle(&fan, placed.part, coverage.as_deref_mut());
                    }
                }
            }
        }
        self.scratch = corners;
    }

    /// Whether a mesh's bounding sphere lies outside of what the camera sees.
    fn out_of_sight(&self, mesh: &Mesh, placed: &PlacedMesh) -> bool {
        let centre = placed.into_optical(&mesh.centre);
        let axes = [0, 1, 2].map(|k| placed.turn.column(k).norm() * mesh.half[k]);
        let radius = Vector3::from(axes).norm();
        if centre.z + radius < self.lens.near {
            return true;
        }
        // Distance from the planes through the eye and the image's edges.
        let sizes = [self.width as f32, self.height as f32];
        (0..2).any(|axis| {
            let (focal, middle) = (self.lens.focal[axis], self.lens.middle[axis]);
            let low = (middle + 1.0) / focal;
            let high = (sizes[axis] - middle) / focal;
            centre[axis] + radius * low.hypot(1.0) < -low * centre.z
                || centre[axis] - radius * high.hypot(1.0) > high * centre.z
        })
    }

    fn triangle(&mut self, corners: &[Corner; 3], part: u16, coverage: Option<&mut Coverage>) {
        let [a, b, c] = corners;
        let (low, high) = (a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y));
        let first_row = low.ceil().max(0.0) as usize;
        let last_row = high.floor().min(self.height as f32 - 1.0);
        if last_row < first_row as f32 {
            return;
        }
        // Seen from outside, a face goes round anticlockwise; rows count downwards.
        let area = (c.x - a.x) * (b.y - a.y) - (b.x - a.x) * (c.y - a.y);
        if !(area > 0.0 && area.is_finite()) {
            return;
        }
        let edges = [Edge::new(a, c), Edge::new(c, b), Edge::new(b, a)];
        let depth = Slope::new(corners, area, |corner| corner.inverse_depth);
        let light = Slope::new(corners, area, |corner| corner.light * corner.inverse_depth);
        let mut count = 0;
        for row in first_row..=last_row as usize {
            let y = row as f32;
            let (mut left, mut right) = (0.0_f32, self.width as f32 - 1.0);
            for edge in &edges {
                let x = edge.x + edge.slope * (y - edge.y);
                left = if edge.is_left { left.max(x - SLACK) } else { left };
                right = if edge.is_right { right.min(x + SLACK) } else { right };
            }
            let (left, right) = (left.ceil(), right.floor());
            if left > right {
                continue;
            }
            let span = row * self.width + left as usize..row * self.width + right as usize + 1;
            if let Some(coverage) = &coverage {
                for slot in &mut self.covered_by[span.clone()] {
                    count += u32::from(*slot != coverage.prop);
                    *slot = coverage.prop;
                }
            }
            let (start_depth, start_light) = (depth.at(left, y), light.at(left, y));
            let pixels = self.inverse_depth[span.clone()]
                .iter_mut()
                .zip(&mut self.light[span.clone()])
                .zip(&mut self.part[span]);
            for (step, ((seen_depth, seen_light), seen_part)) in pixels.enumerate() {
                let step = step as f32;
                let inverse_depth = start_depth + step * depth.along_row;
                if inverse_depth > *seen_depth {
                    // Rounding must not bring a steep face nearer than the near plane.
                    *seen_depth = inverse_depth.min(1.0 / self.lens.near);
                    *seen_light = start_light + step * light.along_row;
                    *seen_part = part;
                }
            }
        }
        if let Some(coverage) = coverage {
            coverage.pixels += count;
        }
    }
}

impl Lens {
    fn corner(&self, point: &Vector3<f32>, light: f32) -> Corner {
        if point.z < self.near {
            return Corner {
                x: 0.0,
                y: 0.0,
                inverse_depth: 0.0,
                light,
            };
        }
        let inverse_depth = 1.0 / point.z;
        Corner {
            x: self.focal.x * point.x * inverse_depth + self.middle.x,
            y: self.focal.y * point.y * inverse_depth + self.middle.y,
            inverse_depth,
            light,
        }
    }

    /// The part of a triangle beyond the near plane: up to four corners.
    fn clipped(&self, points: &[Vector3<f32>; 3], lights: &[f32; 3]) -> ([Corner; 4], usize) {
        let mut polygon = [self.corner(&Vector3::zeros(), 0.0); 4];
        let mut count = 0;
        for k in 0..3 {
            let (here, next) = (k, (k + 1) % 3);
            let (inside, next_inside) = (points[here].z >= self.near, points[next].z >= self.near);
            if inside {
                polygon[count] = self.corner(&points[here], lights[here]);
                count += 1;
            }
            if inside != next_inside {
                let share = (self.near - points[here].z) / (points[next].z - points[here].z);
                let mut point = points[here] + (points[next] - points[here]) * share;
                point.z = self.near;
                polygon[count] = self.corner(&point, lights[here] + (lights[next] - lights[here]) * share);
                count += 1;
            }
        }
        (polygon, count)
    }
}

/// Where an edge of a triangle crosses a row.
struct Edge {
    x: f32,
    y: f32,
    /// Change of x from one row to the next.
    slope: f32,
    /// Whether the triangle lies to its right, or left; neither for an edge along a row.
    is_left: bool,
    is_right: bool,
}

impl Edge {
    /// For a triangle that lies on the right of the way from `a` to `b` on a screen with rows downwards.
    fn new(a: &Corner, b: &Corner) -> Self {
        let rise = b.y - a.y;
        Self {
            x: a.x,
            y: a.y,
            slope: (b.x - a.x) / rise,
            is_left: rise < 0.0,
            is_right: rise > 0.0,
        }
    }
}

/// A quantity that changes evenly over the screen.
struct Slope {
    origin: Corner,
    value: f32,
    along_row: f32,
    along_column: f32,
}

impl Slope {
    fn new(corners: &[Corner; 3], area: f32, quantity: impl Fn(&Corner) -> f32) -> Self {
        let [a, b, c] = corners;
        let value = quantity(a);
        let (to_b, to_c) = (quantity(b) - value, quantity(c) - value);
        Self {
            origin: *a,
            value,
            along_row: (to_c * (b.y - a.y) - to_b * (c.y - a.y)) / area,
            along_column: (to_b * (c.x - a.x) - to_c * (b.x - a.x)) / area,
        }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        self.value + self.along_row * (x - self.origin.x) + self.along_column * (y - self.origin.y)
    }
}

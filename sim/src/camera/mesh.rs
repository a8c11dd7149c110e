//! Triangles ready to be drawn: shared corners, smooth normals, and few enough of them.

use std::collections::HashMap;

use nalgebra::{Point3, Vector3};

/// Faces that meet at less than this angle look like one smooth surface.
const CREASE_COS: f32 = 0.7;
/// A mesh with more triangles than this loses the finest ones: a robot's part is a few dozen pixels.
const MAX_FACES: usize = 4000;

/// A surface, seen from the side from which its faces go round anticlockwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Mesh {
    /// Corners in m, and the surface's unit normal there.
    pub(super) vertices: Vec<(Vector3<f32>, Vector3<f32>)>,
    pub(super) faces: Vec<[u32; 3]>,
    /// Middle of its bounding box.
    pub(super) centre: Vector3<f32>,
    /// Half the size of its bounding box.
    pub(super) half: Vector3<f32>,
}

impl Mesh {
    /// Builds a surface from triangles in whatever order, turned inside out if they enclose a negative
    /// volume (a mirrored mesh).
    pub(super) fn new(triangles: &[[Point3<f64>; 3]]) -> Self {
        let mut faces: Vec<[Vector3<f32>; 3]> = triangles
            .iter()
            .map(|triangle| triangle.map(|p| p.coords.map(|x| x as f32)))
            .collect();
        let (low, high) = bounds(&faces);
        let mut cell = (high - low).max() / 256.0;
        while faces.len() > MAX_FACES && cell > 0.0 {
            faces = coarser(&faces, cell);
            cell *= 1.5;
        }
        let middle = (low + high) / 2.0;
        // Six times the volume, from tetrahedra about the middle.
        let volume: f32 = faces
            .iter()
            .map(|[a, b, c]| (a - middle).dot(&(b - middle).cross(&(c - middle))))
            .sum();
        // An open sheet encloses next to nothing, on either side.
        if volume < -0.01 * 6.0 * (high - low).product() {
            faces.iter_mut().for_each(|face| face.swap(1, 2));
        }
        let mut mesh = welded(&faces);
        mesh.centre = middle;
        mesh.half = (high - low) / 2.0;
        mesh
    }
}

fn bounds(faces: &[[Vector3<f32>; 3]]) -> (Vector3<f32>, Vector3<f32>) {
    let mut corners = faces.iter().flatten();
    let first = corners.next().copied().unwrap_or_default();
    corners.fold((first, first), |(low, high), p| (low.inf(p), high.sup(p)))
}

/// Moves corners onto a grid, where the finest triangles vanish.
fn coarser(faces: &[[Vector3<f32>; 3]], cell: f32) -> Vec<[Vector3<f32>; 3]> {
    let on_grid = |p: Vector3<f32>| p.map(|x| (x / cell).round() * cell);
    faces
        .iter()
        .map(|face| face.map(on_grid))
        .filter(|[a, b, c]| a != b && b != c && c != a)
        .collect()
}

/// Shares corners at the same place whose faces belong to one smooth surface.
fn welded(faces: &[[Vector3<f32>; 3]]) -> Mesh {
    let mut mesh = Mesh::default();
    let mut at_place: HashMap<[u32; 3], Vec<u32>> = HashMap::new();
    for corners in faces {
        let [a, b, c] = corners;
        // Its length is twice the area: large faces count for more in the mean normal.
        let normal = (b - a).cross(&(c - a));
        let Some(direction) = normal.try_normalize(0.0) else {
            continue;
        };
        let face = corners.map(|corner| {
            let key = [corner.x, corner.y, corner.z].map(|x| (x + 0.0).to_bits());
            let here = at_place.entry(key).or_default();
            let smooth = here.iter().copied().find(|&index| {
                let sum = mesh.vertices[index as usize].1;
                sum.dot(&direction) >= CREASE_COS * sum.norm()
            });
            match smooth {
                Some(index) => {
                    mesh.vertices[index as usize].1 += normal;
                    index
                }
                None => {
                    let index = mesh.vertices.len() as u32;
                    mesh.vertices.push((corner, normal));
                    here.push(index);
                    index
                }
            }
        });
        mesh.faces.push(face);
    }
    for (_, normal) in &mut mesh.vertices {
        *normal = normal.try_normalize(0.0).unwrap_or_else(Vector3::z);
    }
    mesh
}

//! Triangle meshes from STL (binary and text) and OBJ files.

use std::path::Path;

use nalgebra::Point3;

use super::error::DescriptionError;

/// Largest mesh file in bytes.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// Most triangles of one mesh.
const MAX_TRIANGLES: usize = 1 << 20;
/// Most triangles of all shapes of a robot that are read from meshes, each as often as it is used.
const MAX_ALL_TRIANGLES: usize = 1 << 23;
/// Largest coordinate in a mesh file, in its own unit.
const MAX_COORDINATE: f64 = 1e7;

/// One triangle, by its corners.
pub(super) type Triangle = [Point3<f64>; 3];

/// Reads the triangles of an STL or OBJ file; the name's ending says which.
pub(super) fn read(file: &Path) -> Result<Vec<Triangle>, DescriptionError> {
    let read_error = |source| DescriptionError::Read {
        file: file.to_owned(),
        source,
    };
    let bytes = sinew_files::read(file, MAX_FILE_BYTES).map_err(read_error)?;
    let ending = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let triangles = match ending.as_deref() {
        Some("stl") => parse_stl(&bytes),
        Some("obj") => parse_obj(&bytes),
        _ => Err("only .stl and .obj meshes can be read".to_owned()),
    };
    if triangles
        .as_ref()
        .is_ok_and(|triangles| triangles.len() > MAX_TRIANGLES)
    {
        return Err(limit(file, "triangles", MAX_TRIANGLES));
    }
    let problem = match triangles {
        Ok(triangles) if triangles.is_empty() => "it has no triangle".to_owned(),
        Ok(triangles) => {
            let good = |x: &f64| x.is_finite() && x.abs() <= MAX_COORDINATE;
            if triangles.iter().flatten().all(|p| p.iter().all(good)) {
                return Ok(triangles);
            }
            format!("a coordinate is not a finite number of at most {MAX_COORDINATE:e}")
        }
        Err(problem) => problem,
    };
    Err(DescriptionError::Mesh {
        file: file.to_owned(),
        problem,
    })
}

fn limit(file: &Path, what: &'static str, limit: usize) -> DescriptionError {
    DescriptionError::Limit {
        file: file.to_owned(),
        what,
        limit,
    }
}

/// Refuses more triangles in all than shapes can be made of in a short time.
pub(super) fn check_all(triangles: usize, description: &Path) -> Result<(), DescriptionError> {
    if triangles > MAX_ALL_TRIANGLES {
        return Err(limit(description, "triangles of all its meshes", MAX_ALL_TRIANGLES));
    }
    Ok(())
}

/// Parses either kind of STL. A binary file is known by its length, because some begin with
/// `solid` as text files do.
pub(super) fn parse_stl(bytes: &[u8]) -> Result<Vec<Triangle>, String> {
    const HEADER: usize = 84;
    const FACET: usize = 50;
    if let Some(count) = bytes.get(80..HEADER) {
        let count = u32::from_le_bytes([count[0], count[1], count[2], count[3]]) as usize;
        let expected = count.checked_mul(FACET).and_then(|size| size.checked_add(HEADER));
        if expected.is_some_and(|size| size <= bytes.len()) && !is_text_stl(bytes, count) {
            return Ok(bytes[HEADER..]
                .chunks_exact(FACET)
                .take(count.min(MAX_TRIANGLES + 1))
                .map(|facet| {
                    [12, 24, 36].map(|at| {
                        let coordinate = |k: usize| {
                            let at = at + 4 * k;
                            let raw = [facet[at], facet[at + 1], facet[at + 2], facet[at + 3]];
                            f64::from(f32::from_le_bytes(raw))
                        };
                        Point3::new(coordinate(0), coordinate(1), coordinate(2))
                    })
                })
                .collect());
        }
    }
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.trim_start().starts_with("solid"))
        .ok_or("neither a binary STL of the length its header says nor a text STL")?;
    let mut corners = Vec::new();
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        if corners.len() > 3 * MAX_TRIANGLES + 3 {
            break;
        }
        if word == "vertex" {
            corners.push(three_numbers(&mut words).ok_or("a `vertex` without three numbers")?);
        }
    }
    Ok(corners.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect())
}

/// A text file whose bytes 80..84 happen to spell a small number of facets.
fn is_text_stl(bytes: &[u8], count: usize) -> bool {
    count == 0 && bytes.starts_with(b"solid") && bytes.is_ascii()
}

/// Parses an OBJ; faces with more than three corners become fans.
pub(super) fn parse_obj(bytes: &[u8]) -> Result<Vec<Triangle>, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut vertices: Vec<Point3<f64>> = Vec::new();
    let mut triangles = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("v") => vertices.push(
                three_numbers(&mut words).ok_or_else(|| format!("line {}: `v` without three numbers", number + 1))?,
            ),
            Some("f") => {
                let corners: Vec<Point3<f64>> = words
                    .take(MAX_TRIANGLES + 3)
                    .map(|word| corner(word, &vertices))
                    .collect::<Option<_>>()
                    .ok_or_else(|| format!("line {}: no such vertex", number + 1))?;
                for k in 2..corners.len() {
                    triangles.push([corners[0], corners[k - 1], corners[k]]);
                }
                if triangles.len() > MAX_TRIANGLES {
                    break;
                }
            }
            _ => {}
        }
        if vertices.len() > 3 * MAX_TRIANGLES {
            return Err(format!("it has more than {} vertices", 3 * MAX_TRIANGLES));
        }
    }
    Ok(triangles)
}

/// `7`, `7/1`, `7//3` or `-1` as the vertex it means.
fn corner(word: &str, vertices: &[Point3<f64>]) -> Option<Point3<f64>> {
    let index: i64 = word.split('/').next()?.parse().ok()?;
    let index = if index < 0 {
        vertices
            .len()
            .checked_sub(usize::try_from(index.checked_neg()?).ok()?)?
    } else {
        usize::try_from(index).ok()?.checked_sub(1)?
    };
    vertices.get(index).copied()
}

fn three_numbers<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Point3<f64>> {
    let mut next = || words.next()?.parse::<f64>().ok();
    Some(Point3::new(next()?, next()?, next()?))
}

//! What a camera sees of which direction: the matrices of `CameraInfo`, read from a file or made up.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sinew_messages::sensor_msgs::msg::CameraInfo;
use sinew_messages::std_msgs::msg::Header;
use sinew_perception::image::MAX_SIDE;
use thiserror::Error;

use sinew_node::topics::pinhole_camera_info;

/// Larger than any calibration.
const MAX_BYTES: u64 = 1 << 20;
/// How far a printed rotation may be from a rotation: files have six digits and more.
const ROUNDING: f64 = 1e-3;
/// Distortion models, and how many coefficients they may have. `equidistant` is what OpenCV calls fisheye.
const MODELS: [(&str, &[usize]); 3] = [
    ("plumb_bob", &[4, 5]),
    ("rational_polynomial", &[8, 12, 14]),
    ("equidistant", &[4]),
];

/// Why a calibration cannot be used.
#[derive(Debug, Error)]
pub(super) enum CalibrationError {
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read { file: PathBuf, cause: std::io::Error },
    #[error("{}: expected a calibration as ROS's camera_calibration writes it: {message}", .file.display())]
    Yaml { file: PathBuf, message: String },
    #[error("{}: `{key}`: expected {expected}, found {found}", .file.display())]
    Value {
        file: PathBuf,
        key: &'static str,
        expected: String,
        found: String,
    },
}

/// Images and calibration are not of the same size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: calibrated for images of {}×{}, found {}×{}", .file.display(), .expected[0], .expected[1], .found[0], .found[1])]
pub(super) struct OtherSize {
    file: PathBuf,
    expected: [u32; 2],
    pub(super) found: [u32; 2],
}

/// What is known of a camera's lens.
#[derive(Debug, Clone)]
pub(super) enum Lens {
    /// Nothing.
    Unknown,
    /// A pinhole in front of the middle of the image.
    Ideal { fovy_rad: f64 },
    /// What somebody has measured, and where it was read.
    Measured { file: PathBuf, info: Box<CameraInfo> },
}

impl Lens {
    /// Reads a calibration file.
    pub(super) fn load(file: &Path) -> Result<Self, CalibrationError> {
        let read = |cause| CalibrationError::Read {
            file: file.to_owned(),
            cause,
        };
        let info = parse(file, &sinew_files::read_text(file, MAX_BYTES).map_err(read)?)?;
        Ok(Self::Measured {
            file: file.to_owned(),
            info: Box::new(info),
        })
    }

    /// The message that goes with an image. Unknown optics give zeros, as ROS has it.
    pub(super) fn info(&self, [width, height]: [u32; 2], header: Header) -> Result<CameraInfo, OtherSize> {
        let info = match self {
            Self::Unknown => CameraInfo::default(),
            Self::Ideal { fovy_rad } => {
                let focal = 0.5 * f64::from(height) / (0.5 * fovy_rad).tan();
                let centre = [width, height].map(|side| 0.5 * (f64::from(side) - 1.0));
                pinhole_camera_info(&header, [width, height], [focal; 2], centre)
            }
            Self::Measured { file, info } if [info.width, info.height] != [width, height] => {
                return Err(OtherSize {
                    file: file.clone(),
                    expected: [info.width, info.height],
                    found: [width, height],
                });
            }
            Self::Measured { info, .. } => CameraInfo::clone(info),
        };
        Ok(CameraInfo {
            header,
            width,
            height,
            ..info
        })
    }

    /// In one word, for people.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "none",
            Self::Ideal { .. } => "ideal",
            Self::Measured { .. } => "measured",
        }
    }
}

/// The file as camera_calibration and camera_info_manager write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalibrationFile {
    image_width: u32,
    image_height: u32,
    /// Which camera it is; not looked at, for here a parameter names the camera.
    #[serde(rename = "camera_name")]
    _camera_name: String,
    camera_matrix: Matrix,
    distortion_model: String,
    distortion_coefficients: Matrix,
    rectification_matrix: Matrix,
    projection_matrix: Matrix,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f64>,
}

fn parse(file: &Path, text: &str) -> Result<CameraInfo, CalibrationError> {
    let yaml = |message| CalibrationError::Yaml {
        file: file.to_owned(),
        message,
    };
    let value = sinew_files::yaml(text).map_err(yaml)?;
    let written: CalibrationFile = serde_path_to_error::deserialize(value).map_err(|error| {
        yaml(match error.path().to_string().as_str() {
            "." => error.inner().to_string(),
            key => format!("`{key}`: {}", error.inner()),
        })
    })?;
    checked(&written).map_err(|UnfitField { key, expected, found }| CalibrationError::Value {
        file: file.to_owned(),
        key,
        expected,
        found,
    })
}

struct UnfitField {
    key: &'static str,
    expected: String,
    found: String,
}

fn unfit<T>(key: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Result<T, UnfitField> {
    Err(UnfitField {
        key,
        expected: expected.into(),
        found: found.into(),
    })
}

fn checked(written: &CalibrationFile) -> Result<CameraInfo, UnfitField> {
    for (key, side) in [
        ("image_width", written.image_width),
        ("image_height", written.image_height),
    ] {
        if !(1..=MAX_SIDE).contains(&(side as usize)) {
            return unfit(key, format!("1 to {MAX_SIDE}"), side.to_string());
        }
    }
    let k: [f64; 9] = matrix("camera_matrix", &written.camera_matrix, [3, 3])?;
    let r: [f64; 9] = matrix("rectification_matrix", &written.rectification_matrix, [3, 3])?;
    let p: [f64; 12] = matrix("projection_matrix", &written.projection_matrix, [3, 4])?;
    if !(k[0] > 0.0 && k[4] > 0.0) || k[6..] != [0.0, 0.0, 1.0] {
        return unfit(
            "camera_matrix",
            "focal lengths above 0 and a last row of 0, 0, 1",
            format!("{k:?}"),
        );
    }
    if !(p[0] > 0.0 && p[5] > 0.0) || p[8..] != [0.0, 0.0, 1.0, 0.0] {
        return unfit(
            "projection_matrix",
            "focal lengths above 0 and a last row of 0, 0, 1, 0",
            format!("{p:?}"),
        );
    }
    if !is_rotation(&r) {
        return unfit("rectification_matrix", "a rotation", format!("{r:?}"));
    }
    Ok(CameraInfo {
        width: written.image_width,
        height: written.image_height,
        distortion_model: written.distortion_model.clone(),
        d: distortion(written)?,
        k,
        r,
        p,
        ..CameraInfo::default()
    })
}

fn matrix<const N: usize>(
    key: &'static str,
    matrix: &Matrix,
    [rows, cols]: [usize; 2],
) -> Result<[f64; N], UnfitField> {
    let data: Option<[f64; N]> = matrix.data.as_slice().try_into().ok();
    match data {
        Some(data) if [matrix.rows, matrix.cols] == [rows, cols] && data.iter().all(|x| x.is_finite()) => Ok(data),
        _ => unfit(key, format!("{rows}×{cols} finite numbers"), shown(matrix)),
    }
}

fn shown(matrix: &Matrix) -> String {
    let numbers = matrix.data.len();
    match matrix.data.iter().find(|x| !x.is_finite()) {
        Some(odd) => format!("{odd}"),
        None => format!("{}×{} with {numbers} numbers", matrix.rows, matrix.cols),
    }
}

fn distortion(written: &CalibrationFile) -> Result<Vec<f64>, UnfitField> {
    let model = &written.distortion_model;
    let Some((_, counts)) = MODELS.iter().find(|(name, _)| name == model) else {
        let names = MODELS.map(|(name, _)| name).join(", ");
        return unfit("distortion_model", format!("one of {names}"), format!("`{model}`"));
    };
    let matrix = &written.distortion_coefficients;
    let is_whole = matrix.rows.checked_mul(matrix.cols) == Some(matrix.data.len());
    if !is_whole || !counts.contains(&matrix.data.len()) || !matrix.data.iter().all(|x| x.is_finite()) {
        let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
        let expected = format!("{} finite numbers for {model}", counts.join(" or "));
        return unfit("distortion_coefficients", expected, shown(matrix));
    }
    Ok(matrix.data.clone())
}

/// Whether rows are of length 1, at right angles, and right-handed.
fn is_rotation(r: &[f64; 9]) -> bool {
    let r = nalgebra::Matrix3::from_row_slice(r);
    let off = (r * r.transpose() - nalgebra::Matrix3::identity()).abs().max();
    off <= ROUNDING && r.determinant() > 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As camera_calibration writes it.
    const MONO: &str = "\
image_width: 640
image_height: 480
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [520.5, 0.0, 319.5, 0.0, 521.25, 239.75, 0.0, 0.0, 1.0]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [0.1, -0.2, 0.001, 0.002, 0.0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
projection_matrix:
  rows: 3
  cols: 4
  data: [510.0, 0.0, 318.0, 0.0, 0.0, 511.0, 238.0, 0.0, 0.0, 0.0, 1.0, 0.0]
";

    fn read(text: &str) -> Result<CameraInfo, CalibrationError> {
        parse(Path::new("left.yaml"), text)
    }

    #[test]
    fn a_calibration_arrives_number_by_number() {
        let info = read(MONO).unwrap();
        assert_eq!([info.width, info.height], [640, 480]);
        assert_eq!(info.distortion_model, "plumb_bob");
        assert_eq!(info.d, [0.1, -0.2, 0.001, 0.002, 0.0]);
        assert_eq!(info.k, [520.5, 0.0, 319.5, 0.0, 521.25, 239.75, 0.0, 0.0, 1.0]);
        assert_eq!(info.r, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(
            info.p,
            [510.0, 0.0, 318.0, 0.0, 0.0, 511.0, 238.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        );
    }

    #[test]
    fn the_flow_form_of_camera_info_manager_is_the_same() {
        let flow = MONO
            .replace(":\n  rows: ", ": {rows: ")
            .replace("\n  cols: ", ", cols: ")
            .replace("\n  data: ", ", data: ")
            .replace("]\n", "]}\n");
        assert!(flow.contains("camera_matrix: {rows: 3, cols: 3, data: ["), "{flow}");
        assert_eq!(read(&flow).unwrap(), read(MONO).unwrap());
    }

    #[test]
    fn what_does_not_fit_is_refused_with_file_key_and_expectation() {
        for (from, to, named) in [
            (
                "image_width: 640",
                "image_width: 0",
                "`image_width`: expected 1 to 16384, found 0",
            ),
            ("image_width: 640", "image_width: wide", "image_width"),
            ("image_height: 480\n", "", "image_height"),
            ("camera_name", "camera_nam", "camera_nam"),
            (
                "cols: 3\n  data: [520.5",
                "cols: 4\n  data: [520.5",
                "`camera_matrix`: expected 3×3",
            ),
            ("[520.5, ", "[", "3×3 with 8 numbers"),
            (
                "520.5",
                ".nan",
                "`camera_matrix`: expected 3×3 finite numbers, found NaN",
            ),
            ("520.5", "-1.0", "`camera_matrix`: expected focal lengths above 0"),
            ("plumb_bob", "plum_bob", "`distortion_model`: expected one of plumb_bob"),
            (
                "cols: 5",
                "cols: 6",
                "`distortion_coefficients`: expected 4 or 5 finite numbers",
            ),
            ("plumb_bob", "rational_polynomial", "8 or 12 or 14"),
            (
                "data: [1.0, 0.0, 0.0, 0.0, 1.0",
                "data: [2.0, 0.0, 0.0, 0.0, 1.0",
                "a rotation",
            ),
            (
                "data: [1.0, 0.0, 0.0, 0.0, 1.0",
                "data: [-1.0, 0.0, 0.0, 0.0, 1.0",
                "a rotation",
            ),
            ("[510.0", "[0.0", "`projection_matrix`"),
            (MONO, "", "left.yaml"),
            (MONO, "- 1", "left.yaml"),
        ] {
            assert!(MONO.contains(from), "{from}");
            let error = read(&MONO.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(named) && error.contains("left.yaml"), "{to}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Lens::load(Path::new("nowhere.yaml")).unwrap_err().to_string();
        assert!(error.contains("nowhere.yaml: cannot be read"), "{error}");
    }

    #[test]
    fn what_is_no_file_or_too_large_is_refused_and_a_byte_order_mark_is_none_of_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large.yaml");
        std::fs::write(&large, " ".repeat(MAX_BYTES as usize + 1)).unwrap();
        for (file, named) in [
            (Path::new("/dev/zero"), "expected a plain file"),
            (folder.path(), "expected a plain file"),
            (&large, "more than 1048576 bytes"),
        ] {
            let error = Lens::load(file).unwrap_err().to_string();
            assert!(
                error.contains(named) && error.contains(&file.display().to_string()),
                "{error}"
            );
        }
        let marked = folder.path().join("marked.yaml");
        std::fs::write(&marked, format!("\u{feff}{MONO}")).unwrap();
        assert!(Lens::load(&marked).is_ok());
    }

    #[test]
    fn a_calibration_for_another_size_is_refused_with_both() {
        let optics = Lens::Measured {
            file: "left.yaml".into(),
            info: Box::new(read(MONO).unwrap()),
        };
        let error = optics.info([320, 240], Header::default()).unwrap_err().to_string();
        assert_eq!(error, "left.yaml: calibrated for images of 640×480, found 320×240");
        assert!(optics.info([640, 480], Header::default()).is_ok());
    }

    #[test]
    fn an_ideal_camera_sees_its_field_of_view_and_an_unknown_one_is_all_zeros() {
        let info = Lens::Ideal { fovy_rad: 1.2 }.info([64, 48], Header::default()).unwrap();
        let [fy, cy] = [info.k[4], info.k[5]];
        // The outer edges of the first and the last row.
        let upwards = ((cy + 0.5) / fy).atan();
        let downwards = ((47.5 - cy) / fy).atan();
        assert!((upwards - 0.6).abs() < 1e-12 && (downwards - 0.6).abs() < 1e-12);
        assert_eq!(info.p[..3], info.k[..3]);
        let unknown = Lens::Unknown.info([64, 48], Header::default()).unwrap();
        let zeros = CameraInfo {
            width: 64,
            height: 48,
            ..CameraInfo::default()
        };
        assert_eq!(unknown, zeros);
    }

    proptest! {
        #[test]
        fn random_text_is_refused_or_read_but_never_panics(text in ".{0,400}") {
            let _ = read(&text);
        }

        #[test]
        fn a_damaged_file_is_refused_or_holds_what_a_camera_can_have(
            at in 0..MONO.len(),
            length in 0_usize..40,
            replacement in "[ -~\\n]{0,12}",
        ) {
            let end = (at + length).min(MONO.len());
            let text = format!("{}{replacement}{}", &MONO[..at], &MONO[end..]);
            if let Ok(info) = read(&text) {
                prop_assert!(info.width > 0 && info.height > 0 && info.k[0] > 0.0 && info.p[0] > 0.0);
                prop_assert!(info.k.iter().chain(&info.r).chain(&info.p).chain(&info.d).all(|x| x.is_finite()));
            }
        }

        #[test]
        fn any_calibration_of_the_right_form_is_read_as_it_was_written(
            width in 1..=16_384_u32,
            height in 1..=16_384_u32,
            focal in proptest::array::uniform2(1.0..1e5_f64),
            centre in proptest::array::uniform2(-1e4..1e4_f64),
            d in proptest::array::uniform5(-10.0..10.0_f64),
            axis in proptest::array::uniform3(-3.0..3.0_f64),
        ) {
            let rotation = nalgebra::Rotation3::from_euler_angles(axis[0], axis[1], axis[2]);
            let r: Vec<f64> = rotation.matrix().transpose().iter().copied().collect();
            let k = vec![focal[0], 0.0, centre[0], 0.0, focal[1], centre[1], 0.0, 0.0, 1.0];
            let p = vec![focal[0], 0.0, centre[0], 1.5, 0.0, focal[1], centre[1], 0.0, 0.0, 0.0, 1.0, 0.0];
            let text = format!(
                "image_width: {width}\nimage_height: {height}\ncamera_name: c\ndistortion_model: plumb_bob\n\
                 camera_matrix: {{rows: 3, cols: 3, data: {k:?}}}\n\
                 distortion_coefficients: {{rows: 1, cols: 5, data: {d:?}}}\n\
                 rectification_matrix: {{rows: 3, cols: 3, data: {r:?}}}\n\
                 projection_matrix: {{rows: 3, cols: 4, data: {p:?}}}\n"
            );
            let info = read(&text).unwrap();
            prop_assert_eq!([info.width, info.height], [width, height]);
            prop_assert_eq!((info.k.to_vec(), info.r.to_vec(), info.p.to_vec(), info.d), (k, r, p, d.to_vec()));
        }
    }
}

//! Which direction each pixel of an image looks in, by its `CameraInfo`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_messages::sensor_msgs::msg::CameraInfo;
use thiserror::Error;

use super::distortion::Distortion;

/// How far a rotation in a message may be from one.
const ROUNDING: f64 = 1e-3;
/// How far, as a share, the proportions of a resized image may be from those of the image that it was made of: a
/// pixel more or less.
const SAME_SHAPE: f64 = 0.02;

/// Which images detections are from: `CameraInfo` tells of both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// As the lens makes them (`image_raw`): `k` and the distortion `d`.
    #[default]
    Raw,
    /// Undistorted (`image_rect`): the projection `p`.
    Rectified,
}

/// Something in a `CameraInfo` cannot be used, or nothing is there.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("CameraInfo: `{key}`: expected {expected}, found {found}")]
pub struct NotCalibrated {
    /// The field.
    pub key: &'static str,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// A camera: from pixels of its images to directions.
///
/// `CameraInfo` is of the whole sensor; images are the part of it that `roi` says, with `binning_x` × `binning_y`
/// of its pixels in each of theirs, as the message's definition has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraModel {
    /// Width and height of its images, pixels.
    size: [usize; 2],
    /// Pixels of the whole sensor for one of an image.
    scale: [f64; 2],
    /// Where images begin on the whole sensor, pixels.
    offset: [f64; 2],
    /// Focal lengths in x and y, pixels of the whole sensor.
    focal: [f64; 2],
    /// Where the optical axis meets the whole sensor, pixels.
    centre: [f64; 2],
    distortion: Distortion,
    /// Row by row: from the camera as it is to the one that stereo pairs make of it, whose frame ROS means.
    rectified_from_camera: Option<[f64; 9]>,
}

fn unfit<T>(key: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Result<T, NotCalibrated> {
    Err(NotCalibrated {
        key,
        expected: expected.into(),
        found: found.into(),
    })
}

impl CameraModel {
    /// By what a message says of images of this kind.
    ///
    /// # Errors
    /// Where the camera is not calibrated, or in a way that is not known.
    pub fn of(info: &CameraInfo, kind: ImageKind) -> Result<Self, NotCalibrated> {
        let (size, offset) = window(info)?;
        let scale = [info.binning_x, info.binning_y].map(|binning| binning.max(1));
        let images = [size[0] / scale[0], size[1] / scale[1]];
        if images.contains(&0) {
            return unfit(
                "binning_x, binning_y",
                format!("at most {}, {}", size[0], size[1]),
                format!("{}, {}", scale[0], scale[1]),
            );
        }
        let distortion = Distortion::named(&info.distortion_model, &info.d)
            .or_else(|(key, expected, found)| unfit(key, expected, found));
        let rotation = rotation(&info.r)?;
        let from_k = || {
            pinhole(
                "k",
                [info.k[0], info.k[4]],
                [info.k[2], info.k[5]],
                [info.k[1], info.k[3]],
            )
        };
        let from_p = || {
            pinhole(
                "p",
                [info.p[0], info.p[5]],
                [info.p[2], info.p[6]],
                [info.p[1], info.p[4]],
            )
        };
        let (focal, centre, distortion, rectified_from_camera) = match kind {
            ImageKind::Raw => {
                let distortion = distortion?;
                let [focal, centre] = from_k().map_err(|error| hinted(error, info))?;
                (focal, centre, distortion, rotation)
            }
            // Nothing to rectify: both kinds are one.
            ImageKind::Rectified if info.p == [0.0; 12] && distortion == Ok(Distortion::None) && rotation.is_none() => {
                let [focal, centre] = from_k()?;
                (focal, centre, Distortion::None, None)
            }
            ImageKind::Rectified if info.roi.do_rectify && (offset != [0, 0] || size != [info.width, info.height]) => {
                return unfit(
                    "roi.do_rectify",
                    "false where images are of a part of the sensor",
                    "true: where a part that was rectified by itself begins is not said; take raw images, or the whole sensor",
                );
            }
            ImageKind::Rectified => {
                let [focal, centre] = from_p()?;
                (focal, centre, Distortion::None, None)
            }
        };
        Ok(Self {
            size: images.map(|side| side as usize),
            scale: scale.map(f64::from),
            offset: offset.map(f64::from),
            focal,
            centre,
            distortion,
            rectified_from_camera,
        })
    }

    /// The same for images that were resized to this width and height, pixels, before anybody looked at them.
    ///
    /// # Errors
    /// Where their proportions are others: then they were cut, nobody says where.
    pub fn resized(self, size: [usize; 2]) -> Result<Self, NotCalibrated> {
        let ratio = |i: usize| self.size[i] as f64 / size[i] as f64;
        let (x, y) = (ratio(0), ratio(1));
        if !((x / y - 1.0).abs() <= SAME_SHAPE) {
            return unfit(
                "width, height",
                format!("the proportions of images of {}×{}", size[0], size[1]),
                format!("images of {}×{}", self.size[0], self.size[1]),
            );
        }
        Ok(Self {
            size,
            scale: [self.scale[0] * x, self.scale[1] * y],
            ..self
        })
    }

    /// Width and height of its images, pixels.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Whether a point lies in its images.
    pub fn contains(&self, point: [f32; 2]) -> bool {
        let inside = |i: usize| (0.0..=self.size[i] as f32).contains(&point[i]);
        inside(0) && inside(1)
    }

    /// The direction of a point of the image, of length 1. `None` where the lens shows nothing.
    pub fn ray(&self, point: [f32; 2]) -> Option<[f64; 3]> {
        // Calibration counts from the middle of the first pixel, boxes from its corner.
        let axis = |i: usize| {
            let on_sensor = f64::from(point[i]) * self.scale[i] + self.offset[i];
            (on_sensor - 0.5 - self.centre[i]) / self.focal[i]
        };
        let direction = self.distortion.undo([axis(0), axis(1)])?;
        let direction = match &self.rectified_from_camera {
            None => direction,
            Some(rows) => std::array::from_fn(|i| {
                let row = rows[3 * i..3 * i + 3].iter();
                row.zip(direction).map(|(a, b)| a * b).sum()
            }),
        };
        let length = direction.iter().map(|axis| axis * axis).sum::<f64>().sqrt();
        (length > 0.0 && length.is_finite()).then(|| direction.map(|axis| axis / length))
    }
}

/// Size and beginning of the part of the sensor that images show, pixels of the sensor.
fn window(info: &CameraInfo) -> Result<([u32; 2], [u32; 2]), NotCalibrated> {
    let whole = [info.width, info.height];
    if whole.contains(&0) {
        return unfit("width, height", "the size of the whole sensor", format!("{whole:?}"));
    }
    let roi = &info.roi;
    let (size, offset) = ([roi.width, roi.height], [roi.x_offset, roi.y_offset]);
    if size == [0, 0] && offset == [0, 0] {
        return Ok((whole, offset));
    }
    let fits = |i: usize| size[i] > 0 && u64::from(offset[i]) + u64::from(size[i]) <= u64::from(whole[i]);
    if !fits(0) || !fits(1) {
        return unfit(
            "roi",
            format!("a part of {}×{}, or all 0 for the whole", whole[0], whole[1]),
            format!("{}×{} from {}, {} on", size[0], size[1], offset[0], offset[1]),
        );
    }
    Ok((size, offset))
}

/// The rotation of a stereo camera, where there is one: zeros and the identity are none.
fn rotation(r: &[f64; 9]) -> Result<Option<[f64; 9]>, NotCalibrated> {
    const NONE: [f64; 9] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    if *r == [0.0; 9] || *r == NONE {
        return Ok(None);
    }
    let dot = |a: usize, b: usize| (0..3).map(|i| r[3 * a + i] * r[3 * b + i]).sum::<f64>();
    let is_off = |a: usize, b: usize| !((dot(a, b) - f64::from(a == b)).abs() <= ROUNDING);
    let turns =
        r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
    if (0..3).any(|a| (a..3).any(|b| is_off(a, b))) || !(turns > 0.0) {
        return unfit("r", "a rotation", format!("{r:?}"));
    }
    Ok(Some(*r))
}

fn pinhole(
    key: &'static str,
    focal: [f64; 2],
    centre: [f64; 2],
    skew: [f64; 2],
) -> Result<[[f64; 2]; 2], NotCalibrated> {
    let all = [focal, centre, skew];
    if !focal.iter().all(|f| f.is_finite() && *f > 0.0) {
        return unfit(key, "focal lengths above 0", format!("{focal:?}"));
    }
    if !all.as_flattened().iter().all(|x| x.is_finite()) {
        return unfit(key, "finite numbers", format!("{all:?}"));
    }
    if skew != [0.0; 2] {
        return unfit(key, "no skew", format!("{skew:?}"));
    }
    Ok([focal, centre])
}

/// Says what is there instead of `k`.
fn hinted(mut error: NotCalibrated, info: &CameraInfo) -> NotCalibrated {
    if info.k == [0.0; 9] && info.p[0] > 0.0 {
        error.found += "; there is only `p`, which is of rectified images: for those set `image: rectified`";
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> CameraInfo {
        let mut info = CameraInfo {
            width: 640,
            height: 480,
            distortion_model: "plumb_bob".to_owned(),
            ..CameraInfo::default()
        };
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (500.0, 500.0, 319.5, 239.5);
        info
    }

    fn raw(info: &CameraInfo) -> CameraModel {
        CameraModel::of(info, ImageKind::Raw).unwrap()
    }

    /// Where a point lies in the plane 1 m before the camera.
    fn seen(camera: &CameraModel, point: [f32; 2]) -> [f64; 2] {
        let [x, y, z] = camera.ray(point).unwrap();
        [x / z, y / z]
    }

    fn assert_near(found: [f64; 2], expected: [f64; 2]) {
        let off = (found[0] - expected[0]).hypot(found[1] - expected[1]);
        assert!(off < 1e-7, "{found:?}, expected {expected:?}");
    }

    #[test]
    fn binning_and_the_part_of_the_sensor_move_pixels_not_directions() {
        let whole = seen(&raw(&info()), [480.0, 240.0]);
        assert_near(whole, [0.32, 0.0]);
        let mut binned = info();
        (binned.binning_x, binned.binning_y) = (2, 2);
        assert_eq!(raw(&binned).size(), [320, 240]);
        assert_near(seen(&raw(&binned), [240.0, 120.0]), whole);
        let mut part = info();
        (part.roi.x_offset, part.roi.y_offset, part.roi.width, part.roi.height) = (160, 120, 320, 240);
        assert_eq!(raw(&part).size(), [320, 240]);
        assert_near(seen(&raw(&part), [320.0, 120.0]), whole);
        // Both: the part is given in pixels of the sensor.
        (part.binning_x, part.binning_y) = (2, 4);
        assert_eq!(raw(&part).size(), [160, 60]);
        assert_near(seen(&raw(&part), [160.0, 30.0]), whole);
        // The same image, resized by whoever looks at it.
        let small = raw(&info()).resized([320, 240]).unwrap();
        assert_near(seen(&small, [240.0, 120.0]), whole);
    }

    #[test]
    fn raw_images_are_of_k_and_distortion_and_rectified_ones_of_p() {
        let mut both = info();
        both.d = vec![-0.3, 0.1, 0.0, 0.0, 0.0];
        (both.p[0], both.p[5], both.p[2], both.p[6], both.p[10]) = (350.0, 350.0, 319.5, 239.5, 1.0);
        // r (1 - 0.3 r² + 0.1 r⁴) = 0.32
        assert!((seen(&raw(&both), [480.0, 240.0])[0] - 0.3305).abs() < 1e-4);
        let rectified = CameraModel::of(&both, ImageKind::Rectified).unwrap();
        assert_near(seen(&rectified, [480.0, 240.0]), [160.0 / 350.0, 0.0]);
        let plain = CameraModel::of(&info(), ImageKind::Rectified).unwrap();
        assert_near(seen(&plain, [480.0, 240.0]), [0.32, 0.0]);
    }

    /// OpenCV 5.0: `cv2.undistortPoints(pixels, k, d, R=cv2.Rodrigues((0.02, -0.05, 0.01)))`.
    #[test]
    fn a_camera_of_a_stereo_pair_looks_as_opencv_turns_it() {
        let mut turned = info();
        (turned.k[0], turned.k[4]) = (400.0, 410.0);
        turned.d = vec![-0.3, 0.1, 0.001, -0.002, -0.01];
        turned.r = [
            0.9987003249675017,
            -0.010494875762445767,
            -0.049875028747232285,
            0.009495125737447093,
            0.9997500624937503,
            -0.02023993900614253,
            0.050074978752232026,
            0.01974006399364319,
            0.998550362463752,
        ];
        assert_near(
            seen(&raw(&turned), [600.5, 240.5]),
            [0.7652958144578351, -0.011130628807660907],
        );
        assert_near(
            seen(&raw(&turned), [500.75, 101.25]),
            [0.4533597342410175, -0.3886819107642445],
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_its_name() {
        let change = |change: &dyn Fn(&mut CameraInfo)| {
            let mut info = info();
            change(&mut info);
            info
        };
        let of_raw: [(CameraInfo, &str); 13] = [
            (CameraInfo::default(), "`width, height`"),
            (change(&|info| info.k = [0.0; 9]), "`k`: expected focal lengths above 0"),
            (change(&|info| info.k[0] = f64::NAN), "`k`: expected focal lengths"),
            (change(&|info| info.k[4] = -500.0), "`k`: expected focal lengths"),
            (change(&|info| info.k[2] = f64::INFINITY), "`k`: expected finite"),
            (change(&|info| info.k[1] = 3.0), "`k`: expected no skew"),
            (change(&|info| info.width = 0), "`width, height`"),
            (change(&|info| info.binning_x = 1000), "`binning_x, binning_y`"),
            (change(&|info| info.roi.x_offset = 10), "`roi`"),
            (
                change(&|info| (info.roi.width, info.roi.height, info.roi.y_offset) = (640, 480, u32::MAX)),
                "`roi`",
            ),
            (change(&|info| info.r[0] = 2.0), "`r`: expected a rotation"),
            (
                change(&|info| info.distortion_model = "fov".to_owned()),
                "`distortion_model`",
            ),
            (
                change(&|info| (info.k, info.p[0], info.p[5]) = ([0.0; 9], 500.0, 500.0)),
                "`image: rectified`",
            ),
        ];
        for (info, named) in &of_raw {
            let error = CameraModel::of(info, ImageKind::Raw).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
        let part = change(&|info| {
            (info.roi.width, info.roi.height, info.roi.do_rectify) = (320, 240, true);
            (info.p[0], info.p[5]) = (500.0, 500.0);
        });
        let distorted = change(&|info| info.d = vec![0.1; 5]);
        for (info, named) in [(part, "`roi.do_rectify`"), (distorted, "`p`: expected focal lengths")] {
            let error = CameraModel::of(&info, ImageKind::Rectified).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
        let error = raw(&info()).resized([640, 360]).unwrap_err().to_string();
        assert!(error.contains("640×360") && error.contains("640×480"), "{error}");
    }
}

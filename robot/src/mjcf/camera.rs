//! `<camera>`: cameras that are fixed to the robot or to its world.

use nalgebra::{Isometry3, Matrix3, Rotation3, Translation3, UnitQuaternion};

use super::Reader;
use crate::error::DescriptionError;
use crate::model::CameraMount;
use crate::xml::Element;

/// Field of view of a camera that names none, in degrees (MuJoCo's).
const DEFAULT_FOVY_DEG: f64 = 45.0;

impl Reader<'_> {
    /// Reads a camera, in the frame of the element that it is in; `None` for one that is not fixed there
    /// (`mode="trackcom"` and the like), which is the viewer's and not the robot's.
    pub(super) fn camera(
        &self,
        element: &Element,
        childclass: Option<&str>,
    ) -> Result<Option<CameraMount>, DescriptionError> {
        let resolved = self.defaults.resolve(element, childclass, &["camera"])?;
        if resolved.text("mode").is_some_and(|mode| mode != "fixed") {
            return Ok(None);
        }
        if resolved.text("sensorsize").is_some() {
            tracing::warn!(file = %element.file.display(), "{}: `sensorsize` is ignored, `fovy` counts", element.label());
        }
        let degrees = resolved.number("fovy")?.unwrap_or(DEFAULT_FOVY_DEG);
        if !(degrees > 0.0 && degrees < 180.0) {
            let expected = "an angle between 0 and 180 degrees";
            return Err(element.attribute_error("fovy", expected, resolved.text("fovy")));
        }
        Ok(Some(CameraMount {
            name: element.attribute("name").unwrap_or_default().to_owned(),
            body: None,
            pose: self.compiler.pose(&resolved)? * looking_along_x(),
            fovy_rad: degrees.to_radians(),
        }))
    }
}

/// MuJoCo's cameras look along −z with y up; ours, like every link of a robot, along x with z up.
fn looking_along_x() -> Isometry3<f64> {
    let axes = Matrix3::new(
        0.0, -1.0, 0.0, //
        0.0, 0.0, 1.0, //
        -1.0, 0.0, 0.0,
    );
    let rotation = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(axes));
    Isometry3::from_parts(Translation3::identity(), rotation)
}

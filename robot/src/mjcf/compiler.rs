//! `<compiler>`: how the rest of the description is to be read.

use nalgebra::{Isometry3, Rotation3, Translation3, UnitQuaternion, Vector3};

use crate::error::DescriptionError;
use crate::xml::{Element, Resolved, numbers, vector};

/// Attributes that say how something is rotated; an element may have one of them.
const ORIENTATIONS: [&str; 5] = ["quat", "axisangle", "euler", "xyaxes", "zaxis"];

/// Whether inertia comes from shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InertiaFromGeom {
    Never,
    Always,
    WhereMissing,
}

/// The settings of all `<compiler>` elements together.
#[derive(Debug, Clone)]
pub(super) struct Compiler {
    pub(super) degrees: bool,
    pub(super) autolimits: bool,
    pub(super) euler_sequence: [char; 3],
    pub(super) mesh_folder: String,
    pub(super) strip_path: bool,
    pub(super) inertia_from_geom: InertiaFromGeom,
    pub(super) inertia_groups: [i32; 2],
    pub(super) balance_inertia: bool,
    pub(super) least_mass: f64,
    pub(super) least_inertia: f64,
    pub(super) total_mass: Option<f64>,
}

impl Compiler {
    /// Gathers the settings from every `<compiler>` below the root.
    pub(super) fn read(root: &Element) -> Result<Self, DescriptionError> {
        let mut this = Self {
            degrees: true,
            autolimits: true,
            euler_sequence: ['x', 'y', 'z'],
            mesh_folder: String::new(),
            strip_path: false,
            inertia_from_geom: InertiaFromGeom::WhereMissing,
            inertia_groups: [0, 5],
            balance_inertia: false,
            least_mass: 0.0,
            least_inertia: 0.0,
            total_mass: None,
        };
        for element in root.children_named("compiler") {
            this.apply(element)?;
        }
        Ok(this)
    }

    fn apply(&mut self, element: &Element) -> Result<(), DescriptionError> {
        let own = element.own();
        match own.text("angle") {
            None => {}
            Some("degree") => self.degrees = true,
            Some("radian") => self.degrees = false,
            found => {
                return Err(element.attribute_error("angle", "\"degree\" or \"radian\"", found));
            }
        }
        if let Some("global") = own.text("coordinate") {
            return Err(element.attribute_error("coordinate", "\"local\"", Some("global")));
        }
        if let Some(text) = own.text("eulerseq") {
            let letters: Vec<char> = text.chars().collect();
            match letters[..] {
                [a, b, c] if letters.iter().all(|l| "xyzXYZ".contains(*l)) => {
                    self.euler_sequence = [a, b, c];
                }
                _ => {
                    return Err(element.attribute_error("eulerseq", "three letters out of xyzXYZ", Some(text)));
                }
            }
        }
        match own.text("inertiafromgeom") {
            None => {}
            Some("auto") => self.inertia_from_geom = InertiaFromGeom::WhereMissing,
            Some("true") => self.inertia_from_geom = InertiaFromGeom::Always,
            Some("false") => self.inertia_from_geom = InertiaFromGeom::Never,
            found => {
                let expected = "\"true\", \"false\" or \"auto\"";
                return Err(element.attribute_error("inertiafromgeom", expected, found));
            }
        }
        if let Some([low, high]) = own.range("inertiagrouprange")? {
            self.inertia_groups = [low as i32, high as i32];
        }
        if let Some(folder) = own.text("meshdir").or(own.text("assetdir")) {
            self.mesh_folder = folder.to_owned();
        }
        self.strip_path = own.boolean("strippath")?.unwrap_or(self.strip_path);
        self.autolimits = own.boolean("autolimits")?.unwrap_or(self.autolimits);
        self.balance_inertia = own.boolean("balanceinertia")?.unwrap_or(self.balance_inertia);
        self.least_mass = own.not_negative("boundmass")?.unwrap_or(self.least_mass);
        self.least_inertia = own.not_negative("boundinertia")?.unwrap_or(self.least_inertia);
        self.total_mass = own
            .number("settotalmass")?
            .filter(|mass| *mass > 0.0)
            .or(self.total_mass);
        Ok(())
    }

    /// An angle of the description in rad.
    pub(super) fn radians(&self, angle: f64) -> f64 {
        if self.degrees { angle.to_radians() } else { angle }
    }

    /// Whether a limit counts: as its flag says, else (with `autolimits`) when a range is given.
    pub(super) fn limited(&self, resolved: &Resolved<'_>, flag: &str, range: &str) -> Result<bool, DescriptionError> {
        Ok(resolved
            .boolean(flag)?
            .unwrap_or(self.autolimits && resolved.text(range).is_some()))
    }

    /// Position and orientation of an element.
    pub(super) fn pose(&self, resolved: &Resolved<'_>) -> Result<Isometry3<f64>, DescriptionError> {
        let position = resolved.vector("pos")?.unwrap_or_default();
        Ok(Isometry3::from_parts(
            Translation3::from(position),
            self.orientation(resolved)?,
        ))
    }

    /// Orientation of an element, whichever of the five ways it is written in. One given by the
    /// element itself replaces one given by a default class, even when written in another way.
    fn orientation(&self, resolved: &Resolved<'_>) -> Result<UnitQuaternion<f64>, DescriptionError> {
        let element = resolved.element;
        let Some((name, text)) = resolved.innermost(&ORIENTATIONS) else {
            return Ok(UnitQuaternion::identity());
        };
        let degenerate = || element.attribute_error(name, "axes that are not zero", Some(text));
        let unit = |v: Vector3<f64>| v.try_normalize(1e-9).ok_or_else(degenerate);
        match name {
            "quat" => quaternion(&numbers(element, name, text, 4..=4)?).ok_or_else(degenerate),
            "axisangle" => {
                let list = numbers(element, name, text, 4..=4)?;
                let axis = unit(Vector3::new(list[0], list[1], list[2]))?;
                Ok(UnitQuaternion::new(axis * self.radians(list[3])))
            }
            "euler" => Ok(self.euler(vector(element, name, text)?)),
            "xyaxes" => {
                let list = numbers(element, name, text, 6..=6)?;
                let x = unit(Vector3::new(list[0], list[1], list[2]))?;
                let y = Vector3::new(list[3], list[4], list[5]);
                let y = unit(y - x * x.dot(&y))?;
                let matrix = nalgebra::Matrix3::from_columns(&[x, y, x.cross(&y)]);
                Ok(UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(
                    matrix,
                )))
            }
            _ => Ok(from_z_to(unit(vector(element, name, text)?)?)),
        }
    }

    /// Three rotations in a row; lower case about the moving axes, upper case about the fixed.
    fn euler(&self, angles: Vector3<f64>) -> UnitQuaternion<f64> {
        let mut total = UnitQuaternion::identity();
        for (letter, angle) in self.euler_sequence.iter().zip(angles.iter()) {
            let axis = match letter.to_ascii_lowercase() {
                'x' => Vector3::x_axis(),
                'y' => Vector3::y_axis(),
                _ => Vector3::z_axis(),
            };
            let step = UnitQuaternion::from_axis_angle(&axis, self.radians(*angle));
            total = if letter.is_lowercase() {
                total * step
            } else {
                step * total
            };
        }
        total
    }
}

/// A quaternion written `w x y z`; `None` when it is zero.
pub(super) fn quaternion(list: &[f64]) -> Option<UnitQuaternion<f64>> {
    let raw = nalgebra::Quaternion::new(list[0], list[1], list[2], list[3]);
    UnitQuaternion::try_new(raw, 1e-9)
}

/// The shortest rotation that turns z towards `direction`.
pub(super) fn from_z_to(direction: Vector3<f64>) -> UnitQuaternion<f64> {
    UnitQuaternion::rotation_between(&Vector3::z(), &direction)
        .unwrap_or_else(|| UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::PI))
}

//! What a lens does to directions, as `CameraInfo` says it, and how that is undone.
//!
//! The models are OpenCV's: `plumb_bob` and `rational_polynomial` (its camera model, with thin prisms but without a
//! tilted sensor) and `equidistant` (its fisheye). Points are in the plane 1 m before the camera.

/// Steps from the middle of the image to a point: each starts where the last has ended.
const STEPS: usize = 16;
/// Newton's steps within one of those.
const REFINEMENTS: usize = 12;
/// So near to its point, in the plane 1 m before the camera, a direction is found: far below a pixel.
const NEAR: f64 = 1e-9;
/// Points between the middle and a direction where the model must still go outwards.
const CHECKS: usize = 32;
/// Angles at which a fisheye is looked at, from the axis to straight backwards.
const ANGLES: usize = 256;

/// The names that are known.
const NAMES: &str = "plumb_bob, rational_polynomial or equidistant";

/// A model and its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Distortion {
    /// A pinhole.
    None,
    /// `k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4`
    Polynomial([f64; 12]),
    /// `k1, k2, k3, k4` of the angle to the axis.
    Equidistant([f64; 4]),
}

/// A field of `CameraInfo` that does not fit: its name, what was expected, what was found.
pub(super) type Unfit = (&'static str, String, String);

impl Distortion {
    /// By its name and numbers in a `CameraInfo`.
    pub(super) fn named(model: &str, numbers: &[f64]) -> Result<Self, Unfit> {
        let unfit = |key, expected: &str, found: String| Err((key, expected.to_owned(), found));
        let shown = || format!("{numbers:?}");
        if !numbers.iter().all(|number| number.is_finite()) {
            return unfit("d", "finite numbers", shown());
        }
        let is_zero = numbers.iter().all(|number| *number == 0.0);
        match (model, numbers.len()) {
            ("plumb_bob" | "rational_polynomial" | "", _) if is_zero => Ok(Self::None),
            ("plumb_bob", 4 | 5) | ("rational_polynomial", 4 | 5 | 8 | 12) => Ok(Self::polynomial(numbers)),
            ("rational_polynomial", 14) if numbers[12..] == [0.0, 0.0] => Ok(Self::polynomial(&numbers[..12])),
            ("rational_polynomial", 14) => unfit("d", "no tilted sensor (the 13th and 14th number 0)", shown()),
            ("equidistant", 0) => Ok(Self::Equidistant([0.0; 4])),
            ("equidistant", 4) => Ok(Self::Equidistant(std::array::from_fn(|i| numbers[i]))),
            ("plumb_bob", _) => unfit("d", "4 or 5 numbers for plumb_bob", shown()),
            ("rational_polynomial", _) => unfit("d", "8, 12 or 14 numbers for rational_polynomial", shown()),
            ("equidistant", _) => unfit("d", "4 numbers for equidistant", shown()),
            _ => {
                let found: String = model.escape_debug().take(40).collect();
                unfit("distortion_model", NAMES, format!("`{found}`"))
            }
        }
    }

    fn polynomial(numbers: &[f64]) -> Self {
        Self::Polynomial(std::array::from_fn(|i| numbers.get(i).copied().unwrap_or(0.0)))
    }

    /// The direction, of any length, of what is seen at a distorted point. `None` where the model leads nowhere: so
    /// far out that it folds back on itself.
    pub(super) fn undo(&self, point: [f64; 2]) -> Option<[f64; 3]> {
        match self {
            Self::None => Some([point[0], point[1], 1.0]),
            Self::Polynomial(numbers) => undo_polynomial(numbers, point).map(|[x, y]| [x, y, 1.0]),
            Self::Equidistant(numbers) => undo_equidistant(numbers, point),
        }
    }
}

/// A distorted point, and how it moves with the undistorted one: `[[dx/dx, dx/dy], [dy/dx, dy/dy]]`.
fn distorted(numbers: &[f64; 12], [x, y]: [f64; 2]) -> ([f64; 2], [[f64; 2]; 2]) {
    let [k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4] = *numbers;
    let r2 = x * x + y * y;
    let above = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
    let below = 1.0 + r2 * (k4 + r2 * (k5 + r2 * k6));
    let slope_above = k1 + r2 * (2.0 * k2 + 3.0 * r2 * k3);
    let slope_below = k4 + r2 * (2.0 * k5 + 3.0 * r2 * k6);
    // A fraction whose lower side has gone through 0 is beyond any lens.
    let radial = if below > 0.0 { above / below } else { f64::NAN };
    let slope = (slope_above - radial * slope_below) / below;
    let point = [
        x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x) + r2 * (s1 + r2 * s2),
        y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y + r2 * (s3 + r2 * s4),
    ];
    let across = 2.0 * (x * y * slope + p1 * x + p2 * y);
    let prism = [2.0 * (s1 + 2.0 * s2 * r2), 2.0 * (s3 + 2.0 * s4 * r2)];
    let moves = [
        [
            radial + 2.0 * x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x + x * prism[0],
            across + y * prism[0],
        ],
        [
            across + x * prism[1],
            radial + 2.0 * y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x + y * prism[1],
        ],
    ];
    (point, moves)
}

fn determinant([[a, b], [c, d]]: [[f64; 2]; 2]) -> f64 {
    a * d - b * c
}

fn undo_polynomial(numbers: &[f64; 12], wanted: [f64; 2]) -> Option<[f64; 2]> {
    let mut at = [0.0; 2];
    for step in 1..=STEPS {
        let share = step as f64 / STEPS as f64;
        let wanted = wanted.map(|axis| axis * share);
        for _ in 0..REFINEMENTS {
            let (point, moves) = distorted(numbers, at);
            let off = [wanted[0] - point[0], wanted[1] - point[1]];
            let [[a, b], [c, d]] = moves;
            let size = determinant(moves);
            at[0] += (d * off[0] - b * off[1]) / size;
            at[1] += (a * off[1] - c * off[0]) / size;
        }
    }
    let (point, _) = distorted(numbers, at);
    let is_found = (point[0] - wanted[0]).hypot(point[1] - wanted[1]) <= NEAR;
    // Farther out the polynomial may come back to the same point, with a direction that nothing comes from.
    let goes_outwards = |check: usize| {
        let share = check as f64 / CHECKS as f64;
        determinant(distorted(numbers, at.map(|axis| axis * share)).1) > 0.0
    };
    (is_found && (0..=CHECKS).all(goes_outwards)).then_some(at)
}

fn undo_equidistant(numbers: &[f64; 4], [x, y]: [f64; 2]) -> Option<[f64; 3]> {
    let [k1, k2, k3, k4] = *numbers;
    let radius = |angle: f64| {
        let a2 = angle * angle;
        angle * (1.0 + a2 * (k1 + a2 * (k2 + a2 * (k3 + a2 * k4))))
    };
    let wanted = x.hypot(y);
    if wanted == 0.0 {
        return Some([0.0, 0.0, 1.0]);
    }
    let mut below = 0.0;
    for step in 1..=ANGLES {
        let above = std::f64::consts::PI * step as f64 / ANGLES as f64;
        if !(radius(above) > radius(below)) {
            return None;
        }
        if radius(above) >= wanted {
            let angle = bisect(&radius, wanted, [below, above]);
            let (sin, cos) = angle.sin_cos();
            return Some([sin * x / wanted, sin * y / wanted, cos]);
        }
        below = above;
    }
    None
}

fn bisect(radius: &impl Fn(f64) -> f64, wanted: f64, [mut below, mut above]: [f64; 2]) -> f64 {
    for _ in 0..60 {
        let middle = (below + above) / 2.0;
        if radius(middle) < wanted {
            below = middle;
        } else {
            above = middle;
        }
    }
    (below + above) / 2.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pixels of 640×480, and `fx, fy, cx, cy` of the two cameras below.
    const PIXELS: [[f64; 2]; 4] = [[600.0, 240.0], [40.0, 30.0], [320.0, 460.0], [500.25, 100.75]];
    const CAMERA: [f64; 4] = [400.0, 410.0, 319.5, 239.5];
    const FISHEYE: [f64; 4] = [300.0, 305.0, 319.5, 239.5];

    fn undone(model: &str, numbers: &[f64], [fx, fy, cx, cy]: [f64; 4]) -> [[f64; 2]; 4] {
        let distortion = Distortion::named(model, numbers).unwrap();
        PIXELS.map(|[u, v]| {
            let [x, y, z] = distortion.undo([(u - cx) / fx, (v - cy) / fy]).unwrap();
            [x / z, y / z]
        })
    }

    fn assert_near(found: [[f64; 2]; 4], expected: [[f64; 2]; 4]) {
        let pairs = found.as_flattened().iter().zip(expected.as_flattened());
        let off = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 2e-9, "{found:?}, expected {expected:?}");
    }

    /// The numbers are those of OpenCV 5.0: `cv2.undistortPoints(pixels, k, d, criteria=(3, 500, 1e-14))`, and
    /// `cv2.fisheye.undistortPoints` with the same. Both led back to the pixels within 1e-12.
    #[test]
    fn directions_are_those_that_opencv_finds() {
        assert_near(
            undone("plumb_bob", &[-0.3, 0.1, 0.001, -0.002, -0.01], CAMERA),
            [
                [0.847662883, 0.00060434],
                [-0.916094031, -0.674105065],
                [0.002148812, 0.591980181],
                [0.507371315, -0.379752391],
            ],
        );
        let rational = [0.512, -2.73, 0.00064, -0.00023, 1.58, 0.39, -2.55, 1.51];
        assert_near(
            undone("rational_polynomial", &rational, CAMERA),
            [
                [0.680026443, 0.000895465],
                [-0.672530838, -0.492342804],
                [0.001283514, 0.525361901],
                [0.441515478, -0.330795343],
            ],
        );
        let prism = [&rational[..], &[0.001, -0.002, 0.0015, 0.0004, 0.0, 0.0]].concat();
        assert_near(
            undone("rational_polynomial", &prism, CAMERA),
            [
                [0.679994532, 0.000140076],
                [-0.672259473, -0.493527014],
                [0.001162573, 0.524941747],
                [0.441394574, -0.331274546],
            ],
        );
        assert_near(
            undone("equidistant", &[0.0; 4], FISHEYE),
            [
                [1.354960078, 0.002375664],
                [-1.835343588, -1.353134631],
                [0.002034032, 0.882303266],
                [0.750891108, -0.566960839],
            ],
        );
        assert_near(
            undone("equidistant", &[-0.02, 0.008, -0.003, 0.0005], FISHEYE),
            [
                [1.391484455, 0.002439703],
                [-1.950211719, -1.437822887],
                [0.002060459, 0.893766244],
                [0.761800955, -0.575198327],
            ],
        );
    }

    #[test]
    fn a_fisheye_sees_beyond_its_sides_and_a_folded_polynomial_nowhere() {
        let fisheye = Distortion::named("equidistant", &[]).unwrap();
        let [x, y, z] = fisheye.undo([2.0, 0.0]).unwrap();
        assert!((x.atan2(z) - 2.0).abs() < 1e-12 && y == 0.0 && z < 0.0);
        assert_eq!(fisheye.undo([3.2, 0.0]), None);
        // r (1 - 0.3 r²) is never more than 0.703, which it is at 1.05.
        let barrel = Distortion::named("plumb_bob", &[-0.3, 0.0, 0.0, 0.0]).unwrap();
        assert!(barrel.undo([0.7, 0.0]).unwrap()[0] < 1.06);
        assert_eq!(barrel.undo([0.71, 0.0]), None);
        assert_eq!(barrel.undo([-3.0, 2.0]), None);
    }

    #[test]
    fn what_no_model_says_is_refused_by_name() {
        for (model, numbers, named) in [
            ("fisheye", &[0.0; 4][..], "distortion_model"),
            ("", &[0.1], "distortion_model"),
            ("plumb_bob", &[0.1; 3], "4 or 5"),
            ("plumb_bob", &[f64::NAN; 5], "finite"),
            ("equidistant", &[0.1; 5], "4 numbers"),
            ("rational_polynomial", &[0.1; 14], "tilted"),
        ] {
            let (key, expected, found) = Distortion::named(model, numbers).unwrap_err();
            assert!(format!("{key} {expected} {found}").contains(named), "{model}");
        }
        for (model, numbers) in [("", &[][..]), ("", &[0.0; 5]), ("plumb_bob", &[])] {
            assert_eq!(Distortion::named(model, numbers), Ok(Distortion::None));
        }
    }

    proptest! {
        #[test]
        fn a_direction_is_one_that_the_lens_bends_to_its_point(
            numbers in proptest::array::uniform12(-0.5f64..0.5),
            point in proptest::array::uniform2(-3f64..3.0),
        ) {
            if let Some([x, y, _]) = Distortion::Polynomial(numbers).undo(point) {
                let (back, _) = distorted(&numbers, [x, y]);
                prop_assert!((back[0] - point[0]).hypot(back[1] - point[1]) <= NEAR);
            }
        }

        #[test]
        fn no_numbers_make_a_direction_that_is_none(
            numbers in any::<[f64; 12]>(),
            point in any::<[f64; 2]>(),
        ) {
            let fisheye = Distortion::Equidistant(std::array::from_fn(|i| numbers[i]));
            for direction in [Distortion::Polynomial(numbers).undo(point), fisheye.undo(point)].into_iter().flatten() {
                prop_assert!(direction.iter().all(|axis| axis.is_finite()));
            }
        }
    }
}

//! The props of a random scene.

use std::f64::consts::PI;

use nalgebra::{Isometry3, Point3};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use sinew_robot::camera::Placement;

use super::path::PropPath;
use super::prop::{Prop, PropShape};

/// The classes of the things in random scenes, in the order in which a detector numbers them.
pub const SCENE_CLASSES: [&str; 3] = ["ball", "box", "person"];

/// The most props with a class, and the most without one, in a scene.
const MOST_CLASSIFIED: usize = 5;
const MOST_DISTRACTORS: usize = 3;
/// Share of scenes that have nothing of a class.
const EMPTY_SHARE: f64 = 0.06;
/// Nearest and farthest things, m in front of the viewer.
const NEAREST_M: f64 = 0.3;
const FARTHEST_M: f64 = 6.5;
/// How far to the side they are, rad: further than cameras see, so that some are cut by the edge.
const BEARING_RAD: f64 = 0.95;
/// Share of balls that are in the air.
const AIRBORNE_SHARE: f64 = 0.1;
/// How often a place is sought for a thing before it is left out.
const ATTEMPTS: usize = 10;

/// Draws what there is in front of a viewer, on the floor and not through each other.
pub(super) fn random_props(world_from_viewer: &Isometry3<f64>, source: &mut Pcg64Mcg) -> Vec<Prop> {
    let classified = if source.random_bool(EMPTY_SHARE) {
        0
    } else {
        source.random_range(1..=MOST_CLASSIFIED)
    };
    let distractors = source.random_range(0..=MOST_DISTRACTORS);
    let mut placed: Vec<(Prop, Point3<f64>, f64)> = Vec::new();
    for index in 0..classified + distractors {
        let (prop, reach) = if index < classified {
            classified_prop(source)
        } else {
            distractor(source)
        };
        let place = (0..ATTEMPTS).map(|_| place(reach, &prop, source)).find(|place| {
            let apart =
                |(_, other, others_reach): &(Prop, Point3<f64>, f64)| (place - other).norm() > reach + others_reach;
            placed.iter().all(apart)
        });
        if let Some(place) = place {
            placed.push((prop, place, reach));
        }
    }
    placed
        .into_iter()
        .map(|(mut prop, place, _)| {
            let [x, y, _] = (world_from_viewer * place).coords.into();
            prop.pose.position_m[0] = x;
            prop.pose.position_m[1] = y;
            prop
        })
        .collect()
}

/// Where on the floor a thing stands, as the viewer sees it. As many are from 1 to 2 m away as from 2 to 4 m.
fn place(reach: f64, prop: &Prop, source: &mut Pcg64Mcg) -> Point3<f64> {
    let is_tall = matches!(prop.shape, PropShape::Person { .. });
    let nearest = if is_tall { 2.0 * NEAREST_M } else { NEAREST_M } + reach;
    let distance = nearest * (FARTHEST_M / nearest).powf(source.random_range(0.0..=1.0));
    let bearing: f64 = source.random_range(-BEARING_RAD..BEARING_RAD);
    Point3::new(distance * bearing.cos(), distance * bearing.sin(), 0.0)
}

/// Something of a class, and how far it reaches to its sides.
fn classified_prop(source: &mut Pcg64Mcg) -> (Prop, f64) {
    let colour = colour(source);
    let yaw = source.random_range(-PI..PI);
    match source.random_range(0..SCENE_CLASSES.len()) {
        0 => {
            let radius = source.random_range(0.08..0.2);
            let mut ball = Prop::ball(radius, 0.0, 0.0, colour);
            if source.random_bool(AIRBORNE_SHARE) {
                ball.pose.position_m[2] += source.random_range(0.0..1.2);
            }
            (ball, radius)
        }
        1 => {
            let size: f64 = source.random_range(0.08..0.4);
            let half = [0; 3].map(|_| size * source.random_range(0.5..1.1));
            let mut cuboid = Prop::cuboid(half, 0.0, 0.0, colour);
            cuboid.pose = cuboid.pose.turned(yaw);
            (cuboid, half[0].hypot(half[1]))
        }
        _ => {
            let height = source.random_range(1.2..2.0);
            let mut person = Prop::person(height, 0.0, 0.0, colour);
            person.pose = person.pose.turned(yaw);
            let is_walking = source.random_bool(0.6);
            person.shape = PropShape::Person {
                height_m: height,
                stride_rad: if is_walking {
                    source.random_range(-0.6..0.6)
                } else {
                    0.0
                },
                trousers: self::colour(source),
                skin: skin(source),
            };
            (person, 0.2 * height)
        }
    }
}

/// Something of no class: posts, barrels, tins, slabs and walls.
fn distractor(source: &mut Pcg64Mcg) -> (Prop, f64) {
    let yaw = source.random_range(-PI..PI);
    let (shape, height, reach) = match source.random_range(0..5) {
        0 => cylinder(source.random_range(0.03..0.08), source.random_range(0.4..1.2)),
        1 => cylinder(source.random_range(0.15..0.35), source.random_range(0.25..0.6)),
        2 => cylinder(source.random_range(0.04..0.1), source.random_range(0.06..0.15)),
        3 => slab([source.random_range(0.2..0.6), source.random_range(0.2..0.6), 0.02]),
        _ => slab([source.random_range(0.8..2.5), 0.05, source.random_range(0.6..1.4)]),
    };
    let prop = Prop {
        shape,
        pose: Placement::at([0.0, 0.0, height]).turned(yaw),
        colour: colour(source),
        path: PropPath::Still,
        class: String::new(),
    };
    (prop, reach)
}

/// With half its height, and its reach.
fn cylinder(radius_m: f64, half_length_m: f64) -> (PropShape, f64, f64) {
    let shape = PropShape::Cylinder {
        radius_m,
        half_length_m,
    };
    (shape, half_length_m, radius_m)
}

fn slab(half_size_m: [f64; 3]) -> (PropShape, f64, f64) {
    let [x, y, z] = half_size_m;
    (PropShape::Box { half_size_m }, z, x.hypot(y))
}

/// Any colour, or a strong one: toys have those.
fn colour(source: &mut Pcg64Mcg) -> [f32; 3] {
    let any = [0; 3].map(|_| source.random_range(0.03_f32..1.0));
    if source.random_bool(0.5) {
        return any;
    }
    let (lowest, highest) = any
        .iter()
        .fold((1.0_f32, 0.0_f32), |(low, high), x| (low.min(*x), high.max(*x)));
    let spread = (highest - lowest).max(0.05);
    let brightness = source.random_range(0.6..1.0);
    any.map(|x| brightness * (0.08 + 0.92 * (x - lowest) / spread))
}

/// From dark to light.
fn skin(source: &mut Pcg64Mcg) -> [f32; 3] {
    let lightness = source.random_range(0.3..1.0);
    [0.95, 0.76, 0.63].map(|channel: f32| channel * lightness)
}

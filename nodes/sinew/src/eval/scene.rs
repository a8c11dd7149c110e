//! What a robot that follows its target sees in an episode.

use std::f64::consts::PI;
use std::ops::Range;

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use sinew_robot::camera::Placement;
use sinew_sim::camera::{SceneParams, SceneVariation};

use crate::params::Params;

/// How far away a target is, m.
const TARGET_M: Range<f64> = 1.2..4.0;
/// How far away other things are, m.
const OTHERS_M: Range<f64> = 1.5..5.0;
/// Other things are at least so far to the side of a target, rad.
const CLEAR_RAD: f64 = 0.4;

/// The file's props elsewhere, its target in a random direction, all in a random light.
pub(super) fn random_scene(rng: &mut Pcg64Mcg, params: &Params) -> SceneParams {
    let scene = &params.sim.scene;
    let target = params.follow.as_ref().map_or("", |follow| follow.target.as_str());
    let bearing = rng.random_range(-PI..PI);
    let mut props = scene.props.clone();
    for prop in &mut props {
        let is_target = prop.class == target;
        let (at, distance) = if is_target {
            (bearing, rng.random_range(TARGET_M))
        } else {
            // Not before the target: what hides it is another test.
            (
                bearing + rng.random_range(CLEAR_RAD..2.0 * PI - CLEAR_RAD),
                rng.random_range(OTHERS_M),
            )
        };
        let height = prop.pose.position_m[2];
        prop.pose = Placement::at([distance * at.cos(), distance * at.sin(), height]);
        prop.pose = prop.pose.turned(rng.random_range(-PI..PI));
        if is_target {
            // Any bright colour.
            let strong = rng.random_range(0..3);
            prop.colour = [0, 1, 2].map(|channel| {
                if channel == strong {
                    rng.random_range(0.7..1.0)
                } else {
                    rng.random_range(0.05..0.6)
                }
            });
        }
    }
    SceneParams {
        props,
        // As the scenes on which the detector is judged: from the usual look to all that a camera may meet.
        look: SceneVariation::random(rng.random(), rng.random()),
        ..scene.clone()
    }
}

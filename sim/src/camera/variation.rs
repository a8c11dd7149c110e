//! How a scene looks: light, colours, ground, and the camera's own faults.

use std::f64::consts::TAU;

use nalgebra::{Isometry3, Vector3};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_robot::camera::Placement;

use super::light::Light;

/// Everything about a picture that is not where things are. The default is a bright day on a checkered
/// floor, seen by a perfect camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SceneVariation {
    /// Seed of the ground's pattern and of the tints.
    pub seed: u64,
    /// Direction to the light in the world; its length does not matter.
    pub light_direction: [f64; 3],
    /// Brightness of what faces the light.
    pub light: f64,
    /// Brightness of what the light does not reach.
    pub ambient: f64,
    /// How much darker the ground is in a shadow, 0 to 1.
    pub shadow: f32,
    /// Colour of the sky at the horizon.
    pub horizon: [f32; 3],
    /// Colour of the sky above.
    pub zenith: [f32; 3],
    /// Pattern of the ground.
    pub ground: GroundPattern,
    /// The two colours of the ground.
    pub ground_colours: [[f32; 3]; 2],
    /// Size of the ground's squares or spots in m.
    pub ground_scale_m: f64,
    /// How far the colours of the robot and its world go towards random ones, 0 to 1.
    pub tint: f32,
    /// How far the camera is from where it should be, in the frame of its mount.
    pub camera_offset: Placement,
    /// Factor on all brightness.
    pub exposure: f32,
    /// Standard deviation of the noise of each colour of each pixel, in 1/255 of full brightness.
    pub noise: f32,
    /// Seed of the noise; to be changed from frame to frame.
    pub noise_seed: u64,
}

/// What the ground looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroundPattern {
    /// One colour.
    Plain,
    /// Squares, like tiles.
    Checker,
    /// Spots of many sizes, like earth or grass.
    Noise,
    /// Stripes with a grain, like planks.
    Planks,
}

impl Default for SceneVariation {
    fn default() -> Self {
        Self {
            seed: 0,
            light_direction: [-0.35, 0.45, 0.82],
            light: 0.58,
            ambient: 0.56,
            shadow: 0.5,
            horizon: [0.80, 0.86, 0.92],
            zenith: [0.40, 0.58, 0.82],
            ground: GroundPattern::Checker,
            ground_colours: [[0.78, 0.79, 0.80], [0.60, 0.62, 0.65]],
            ground_scale_m: 0.5,
            tint: 0.0,
            camera_offset: Placement::default(),
            exposure: 1.0,
            noise: 0.0,
            noise_seed: 0,
        }
    }
}

impl SceneVariation {
    /// A look drawn from a seed; `strength` goes from 0 (the default look on a random ground) to 1 (all
    /// that a camera outdoors and indoors may meet).
    pub fn random(seed: u64, strength: f64) -> Self {
        let usual = Self::default();
        let mut draw = LookSampler {
            source: Pcg64Mcg::seed_from_u64(seed),
            strength: strength.clamp(0.0, 1.0),
        };
        let heading = draw.even(0.0, TAU) * draw.strength + 2.0;
        let height = draw.around(0.35, 0.9, 1.4);
        let patterns = [
            GroundPattern::Plain,
            GroundPattern::Checker,
            GroundPattern::Noise,
            GroundPattern::Planks,
        ];
        Self {
            seed,
            light_direction: [heading.cos() * height.cos(), heading.sin() * height.cos(), height.sin()],
            light: draw.around(0.15, usual.light, 0.95),
            ambient: draw.around(0.25, usual.ambient, 0.75),
            shadow: draw.around(0.0, 0.5, 0.75) as f32,
            horizon: draw.colour(usual.horizon, 0.3, 0.95),
            zenith: draw.colour(usual.zenith, 0.15, 0.85),
            ground: patterns[draw.source.random_range(0..patterns.len())],
            ground_colours: [
                draw.colour(usual.ground_colours[0], 0.2, 0.85),
                draw.colour(usual.ground_colours[1], 0.1, 0.7),
            ],
            ground_scale_m: draw.around(0.08, 0.5, 1.2),
            tint: draw.around(0.0, 0.0, 0.6) as f32,
            camera_offset: Placement {
                position_m: [0; 3].map(|_| draw.around(-0.03, 0.0, 0.03)),
                rpy_rad: [0; 3].map(|_| draw.around(-0.06, 0.0, 0.06)),
            },
            exposure: draw.around(0.65, 1.0, 1.35) as f32,
            noise: draw.around(0.0, 0.0, 9.0) as f32,
            noise_seed: seed,
        }
    }

    /// The light for the rasteriser; from straight above where its direction is none.
    pub(super) fn sun(&self) -> Light {
        let towards = Vector3::from(self.light_direction);
        Light {
            towards: towards.try_normalize(1e-9).unwrap_or_else(Vector3::z),
            strength: self.light,
            ambient: self.ambient,
        }
    }

    /// Where the camera really is on its mount.
    pub(super) fn offset(&self) -> Isometry3<f64> {
        self.camera_offset.isometry()
    }

    /// A colour with the tint of the thing that bears this number.
    pub(super) fn tinted(&self, colour: [f32; 3], number: u64) -> [f32; 3] {
        let mut source = Pcg64Mcg::seed_from_u64(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        colour.map(|channel| channel + (source.random::<f32>() - channel) * self.tint)
    }
}

/// Samples the look of a scene.
struct LookSampler {
    source: Pcg64Mcg,
    strength: f64,
}

impl LookSampler {
    fn even(&mut self, low: f64, high: f64) -> f64 {
        low + self.source.random::<f64>() * (high - low)
    }

    /// From the usual value as far towards a random one as the strength says.
    fn around(&mut self, low: f64, usual: f64, high: f64) -> f64 {
        usual + (self.even(low, high) - usual) * self.strength
    }

    /// A grey with some colour in it, as far from the usual one as the strength says.
    fn colour(&mut self, usual: [f32; 3], low: f64, high: f64) -> [f32; 3] {
        let grey = self.even(low, high);
        usual.map(|channel| {
            let drawn = (grey + self.even(-0.18, 0.18)).clamp(0.0, 1.0);
            channel + (drawn as f32 - channel) * self.strength as f32
        })
    }
}

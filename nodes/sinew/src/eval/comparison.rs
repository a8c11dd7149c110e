//! What evaluations in several engines say together.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Evaluation;

/// The same episodes in both engines; `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Name of the robot.
    pub robot: String,
    /// Number of episodes.
    pub episodes: usize,
    /// Share of episodes that were lost in neither engine, 0 to 1.
    pub survival: f64,
    /// Each engine's.
    pub engines: Vec<Evaluation>,
}

impl Comparison {
    /// What evaluations of the same episodes say together; `None` without any.
    pub fn of(engines: Vec<Evaluation>) -> Option<Self> {
        let first = engines.first()?;
        let lost = engines.iter().flat_map(|evaluation| &evaluation.lost);
        let lost: BTreeSet<usize> = lost.map(|episode| episode.episode).collect();
        let (robot, episodes) = (first.robot.clone(), first.episodes);
        Some(Self {
            robot,
            episodes,
            survival: 1.0 - lost.len() as f64 / episodes.max(1) as f64,
            engines,
        })
    }
}

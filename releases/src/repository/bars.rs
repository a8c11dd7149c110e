//! The channels of a repository, and how good a policy has to be for each.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::RepositoryError;
use crate::Digest;

/// The target that has them.
pub(super) const CHANNELS_FILE: &str = "channels.json";
pub(super) const MAX_CHANNELS_BYTES: u64 = 256 << 10;
const MAX_REPORT_BYTES: usize = 64 << 20;

/// What the report of `sinew eval` must say of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// Fewest episodes.
    pub min_episodes: u64,
    /// Smallest share of episodes that were survived, 0 to 1.
    pub min_survival: f64,
    /// Largest mean error of the velocity, m/s.
    pub max_velocity_error_mps: f64,
    /// Shortest length of an episode, s.
    #[serde(default = "long_enough")]
    pub min_seconds: f64,
    /// Whether episodes without pushes, without variation or with one command for all the time count, too.
    #[serde(default)]
    pub nominal: bool,
}

/// Long enough to be pushed, and for commands to change.
fn long_enough() -> f64 {
    10.0
}

/// All channels by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// What a policy must reach for each.
    pub channels: BTreeMap<String, Bar>,
}

impl Default for Channels {
    /// `stable` for all robots, `testing` for those that try what is new.
    fn default() -> Self {
        let bar = |min_episodes, min_survival, max_velocity_error_mps| Bar {
            min_episodes,
            min_survival,
            max_velocity_error_mps,
            min_seconds: long_enough(),
            nominal: false,
        };
        let channels = [("stable", bar(100, 0.95, 0.3)), ("testing", bar(20, 0.8, 0.5))];
        Self {
            channels: channels.map(|(name, bar)| (name.to_owned(), bar)).into(),
        }
    }
}

impl Channels {
    /// Reads them out of YAML, or JSON.
    ///
    /// # Errors
    /// Where it is none of them, with the key.
    pub fn parse(text: &str) -> Result<Self, RepositoryError> {
        let value = sinew_files::yaml(text).map_err(RepositoryError::Channels)?;
        let channels: Self =
            serde_yaml_ng::from_value(value).map_err(|error| RepositoryError::Channels(error.to_string()))?;
        for (name, bar) in &channels.channels {
            if !crate::bundle::is_name(name) {
                let found = format!("expected names of letters, digits, `_` and `-`, found {name:?}");
                return Err(RepositoryError::Channels(found));
            }
            let not_negative = bar.max_velocity_error_mps >= 0.0 && bar.min_seconds >= 0.0;
            if !(0.0..=1.0).contains(&bar.min_survival) || !not_negative {
                let expected = "expected min_survival from 0 to 1, max_velocity_error_mps and min_seconds from 0 on";
                return Err(RepositoryError::Channels(format!("{name}: {expected}")));
            }
        }
        Ok(channels)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, RepositoryError> {
        serde_json::to_vec_pretty(self).map_err(|error| RepositoryError::Channels(error.to_string()))
    }

    /// The bar of a channel.
    pub(super) fn bar(&self, channel: &str) -> Result<&Bar, RepositoryError> {
        self.channels.get(channel).ok_or_else(|| RepositoryError::NoChannel {
            channel: channel.to_owned(),
            known: self.channels.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }
}

/// What a release is judged by of a report of `sinew eval --json`; the rest of it is passed over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EvalReport {
    /// The policy that was evaluated.
    pub policy: EvaluatedPolicy,
    /// How many episodes there were.
    pub episodes: u64,
    /// How long each was, s.
    pub seconds: f64,
    /// Whether the robot was pushed.
    pub pushes: bool,
    /// Whether masses, friction, strength of motors and delay varied.
    pub randomised: bool,
    /// The one command of all the time; `None` where commands changed.
    pub command: Option<[f64; 3]>,
    /// Which share of them was survived, 0 to 1.
    pub survival: f64,
    /// Mean error of the velocity, m/s; `None` where no episode was long enough for it.
    pub velocity_error_mps: Option<f64>,
    /// The episodes that were not survived, and those in which a target was not reached.
    pub lost: Vec<IgnoredAny>,
}

/// The policy of a report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EvaluatedPolicy {
    /// The SHA-256 of its file.
    pub sha256: Digest,
    /// The SHA-256 of the files beside it that have its weights.
    #[serde(default)]
    pub weights_sha256: BTreeMap<String, Digest>,
}

impl EvalReport {
    /// Reads a report.
    ///
    /// # Errors
    /// Where it is none, in words.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_REPORT_BYTES {
            return Err(format!("expected at most {MAX_REPORT_BYTES} bytes"));
        }
        let report: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("expected what this version's `sinew eval --json` writes: {error}"))?;
        report.check()?;
        Ok(report)
    }

    /// Whether it can be: what contradicts itself is no report.
    fn check(&self) -> Result<(), String> {
        let ranges = [
            ("survival", self.survival, 1.0),
            ("seconds", self.seconds, f64::MAX),
            ("velocity_error_mps", self.velocity_error_mps.unwrap_or(0.0), f64::MAX),
        ];
        for (key, value, most) in ranges {
            if !(0.0..=most).contains(&value) {
                return Err(format!("{key}: expected from 0 to {most:?}, found {value}"));
            }
        }
        let lost = self.lost.len() as f64;
        let not_survived = self.episodes as f64 * (1.0 - self.survival);
        if lost > self.episodes as f64 || not_survived > lost + 0.5 {
            return Err(format!(
                "lost: expected from {not_survived:.0} to all {} episodes, for `survival` is {}, found {lost}",
                self.episodes, self.survival
            ));
        }
        Ok(())
    }

    /// Whether this model reached a bar.
    ///
    /// # Errors
    /// Says what was expected and found.
    pub fn expect(&self, model: Digest, bar: &Bar) -> Result<(), String> {
        if self.policy.sha256 != model {
            let found = self.policy.sha256;
            return Err(format!(
                "expected the report of this model ({model}), found that of another ({found})"
            ));
        }
        if let Some(beside) = self.policy.weights_sha256.keys().next() {
            return Err(format!(
                "expected a model with its weights inside, for a release is one file; found {beside} beside it"
            ));
        }
        if self.episodes < bar.min_episodes {
            return Err(format!(
                "expected at least {} episodes, found {}",
                bar.min_episodes, self.episodes
            ));
        }
        if !(self.seconds >= bar.min_seconds) {
            let (least, found) = (bar.min_seconds, self.seconds);
            return Err(format!("expected episodes of at least {least} s, found {found} s"));
        }
        let easier = [
            (!self.pushes, "without pushes"),
            (!self.randomised, "without variation (`--nominal`)"),
            (self.command.is_some(), "with one command for all the time (`--cmd`)"),
        ];
        if let Some((_, how)) = easier.iter().find(|(is_so, _)| *is_so && !bar.nominal) {
            return Err(format!(
                "expected episodes with pushes, variation and changing commands, found them {how}"
            ));
        }
        let (least, found) = (100.0 * bar.min_survival, 100.0 * self.survival);
        if !(self.survival >= bar.min_survival) {
            return Err(format!(
                "expected at least {least:.1} % of episodes survived, found {found:.1} %"
            ));
        }
        let most = bar.max_velocity_error_mps;
        let Some(found) = self.velocity_error_mps else {
            return Err(format!(
                "expected a mean velocity error of at most {most} m/s, found none: no episode was long enough to measure it"
            ));
        };
        if !(found <= most) {
            return Err(format!(
                "expected a mean velocity error of at most {most} m/s, found {found:.3}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str) -> EvalReport {
        EvalReport::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_report_must_be_of_this_model_and_reach_the_bar() {
        let model = Digest::of(b"model");
        let good = format!(
            r#"{{"robot": "strider", "policy": {{"path": "walk.onnx", "sha256": "{model}"}}, "episodes": 200,
                "seconds": 20.0, "pushes": true, "randomised": true, "command": null, "survival": 0.98,
                "velocity_error_mps": 0.12, "lost": [{{}}, {{}}, {{}}, {{}}]}}"#
        );
        let channels = Channels::default();
        let bar = channels.bar("stable").unwrap();
        assert!(report(&good).expect(model, bar).is_ok());
        for (from, to, said) in [
            ("200", "50", "at least 100 episodes, found 50"),
            ("0.98", "0.99", ""),
            ("20.0", "0.1", "at least 10 s, found 0.1 s"),
            ("\"pushes\": true", "\"pushes\": false", "without pushes"),
            ("\"randomised\": true", "\"randomised\": false", "without variation"),
            ("\"command\": null", "\"command\": [0, 0, 0]", "with one command"),
            ("0.12", "0.9", "at most 0.3 m/s, found 0.900"),
            ("0.12", "null", "at most 0.3 m/s, found none"),
            ("\"velocity_error_mps\": 0.12,", "", "at most 0.3 m/s, found none"),
        ] {
            let judged = report(&good.replace(from, to)).expect(model, bar);
            assert_eq!(judged.is_ok(), said.is_empty(), "{judged:?}");
            assert!(judged.err().unwrap_or_default().contains(said), "{from} → {to}");
        }
        let lost = good
            .replace("[{}, {}, {}, {}]", &format!("{:?}", [0; 100]))
            .replace("0.98", "0.5");
        let error = report(&lost).expect(model, bar).unwrap_err();
        assert!(
            error.contains("at least 95.0 % of episodes survived, found 50.0 %"),
            "{error}"
        );
        let easy = Bar {
            nominal: true,
            min_seconds: 0.0,
            ..*bar
        };
        let walked = good
            .replace("\"pushes\": true", "\"pushes\": false")
            .replace("20.0", "1.0");
        assert!(report(&walked).expect(model, &easy).is_ok());
        for (from, to, said) in [
            ("0.98", "2.0", "survival: expected from 0"),
            ("0.12", "-1", "velocity_error_mps: expected from 0"),
            ("20.0", "-1.0", "seconds: expected from 0"),
            ("0.98", "0.5", "lost: expected from 100 to all 200"),
            ("200", "3", "lost: expected from 0 to all 3"),
        ] {
            let error = EvalReport::parse(good.replace(from, to).as_bytes()).unwrap_err();
            assert!(error.contains(said), "{from} → {to}: {error}");
        }
        let beside = good.replace(
            "\"sha256\"",
            &format!("\"weights_sha256\": {{\"a.data\": \"{model}\"}}, \"sha256\""),
        );
        let error = report(&beside).expect(model, bar).unwrap_err();
        assert!(error.contains("found a.data beside it"), "{error}");
        let other = report(&good).expect(Digest::of(b"other"), bar).unwrap_err();
        assert!(other.contains("that of another"), "{other}");
        assert!(EvalReport::parse(b"{}").unwrap_err().contains("sinew eval --json"));
        let unknown = channels.bar("nightly").unwrap_err().to_string();
        assert!(unknown.contains("it has stable, testing"), "{unknown}");
    }

    #[test]
    fn channels_are_read_within_their_ranges() {
        let bar = "{min_episodes: 10, min_survival: 0.9, max_velocity_error_mps: 0.4}";
        let read = |text: &str| Channels::parse(text).map_err(|error| error.to_string());
        assert_eq!(
            read(&format!("channels: {{lab: {bar}}}")).unwrap().channels["lab"].min_episodes,
            10
        );
        assert!(
            read(&format!("channels: {{lab: {}}}", bar.replace("0.9", "9")))
                .unwrap_err()
                .contains("from 0 to 1")
        );
        assert!(read(&format!("channels: {{a/b: {bar}}}")).unwrap_err().contains("a/b"));
        assert!(
            read("channels: {lab: {min_survival: 1}}")
                .unwrap_err()
                .contains("min_episodes")
        );
        let written = Channels::default().to_bytes().unwrap();
        assert_eq!(
            Channels::parse(&String::from_utf8(written).unwrap()).unwrap(),
            Channels::default()
        );
    }
}

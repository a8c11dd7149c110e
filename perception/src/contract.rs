//! What a vision model is expected to see: class names, and images with what it sees in them where it runs as it should.
//! Models say the rest of themselves.
//!
//! ```yaml
//! sinew_perception_contract: 1
//! names: [ball, box]
//! golden:
//!   - image: /9j/4AAQSkZJRg…        # a JPEG or PNG, in base64
//!     threshold: 0.25               # what scores less was not looked at
//!     things:
//!       - {class: ball, box: [28.0, 20.0, 36.0, 28.0], score: 0.93}
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Model;
use crate::agreement::{Agreement, ClassMap};
use crate::heads::{BoundingBox, Detection, Prediction};
use crate::image::Picture;

/// Of this form.
const FORM: u32 = 1;
/// Most golden images of a contract.
const MOST_IMAGES: usize = 16;
/// A score that is as close to a threshold may be on either side of it: what reduced precision moves scores by.
const SCORE_TOLERANCE: f32 = 0.05;
/// How much the boxes have to overlap on the mean, likewise.
const LEAST_OVERLAP: f64 = 0.9;

/// A contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerceptionContract {
    /// The form of this file: 1.
    pub sinew_perception_contract: u32,
    /// Name of each class, by number; empty where they are not known.
    #[serde(default)]
    pub names: Vec<String>,
    /// Images with what is to be seen in them.
    #[serde(default)]
    pub golden: Vec<GoldenImage>,
}

/// An image, and what is to be seen in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenImage {
    /// A JPEG or PNG, in base64.
    pub image: String,
    /// What scores less was not looked at.
    pub threshold: f32,
    /// What scores more.
    pub things: Vec<GoldenThing>,
}

/// A thing that is to be seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenThing {
    /// Its class, by name; its number where classes have no names.
    pub class: String,
    /// Left, upper, right and lower edge, pixels.
    #[serde(rename = "box")]
    pub bbox: [f32; 4],
    /// How sure the model is.
    pub score: f32,
}

/// Why a contract is none, or a model does not keep it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContractError {
    /// The file is no such contract.
    #[error("expected `sinew_perception_contract: {FORM}`, found {found}")]
    Form {
        /// What there is.
        found: String,
    },
    /// The model has other classes.
    #[error("`names`: expected {}, found {}", .expected.join(", "), .found.join(", "))]
    Names {
        /// As the contract says.
        expected: Vec<String>,
        /// As the model says.
        found: Vec<String>,
    },
    /// An image cannot be used, or something else is seen in it.
    #[error("`golden[{number}]`: {reason}")]
    Golden {
        /// Which one.
        number: usize,
        /// Why.
        reason: String,
    },
}

impl PerceptionContract {
    /// A contract for a model with these classes, without golden images yet.
    pub fn new(names: &[String]) -> Self {
        Self {
            sinew_perception_contract: FORM,
            names: names.to_vec(),
            golden: Vec::new(),
        }
    }

    /// Reads a contract.
    ///
    /// # Errors
    /// Where it is none, or has too many images.
    pub fn parse(bytes: &[u8]) -> Result<Self, ContractError> {
        let form = |found: String| ContractError::Form { found };
        let text = std::str::from_utf8(bytes).map_err(|error| form(error.to_string()))?;
        sinew_files::check_yaml(text).map_err(|error| form(error.to_string()))?;
        let contract: Self = serde_yaml_ng::from_str(text).map_err(|error| form(error.to_string()))?;
        if contract.sinew_perception_contract != FORM {
            return Err(form(contract.sinew_perception_contract.to_string()));
        }
        if contract.golden.len() > MOST_IMAGES {
            return Err(form(format!(
                "{} golden images, more than {MOST_IMAGES}",
                contract.golden.len()
            )));
        }
        Ok(contract)
    }

    /// Adds an image and what a model with this threshold sees in it; false where there are enough, or the model gives
    /// something else than things.
    pub fn add(&mut self, image: &[u8], threshold: f32, seen: &Prediction) -> bool {
        let Prediction::Things(things) = seen else {
            return false;
        };
        if self.golden.len() == MOST_IMAGES {
            return false;
        }
        let named = |thing: &Detection| GoldenThing {
            class: class_of(&self.names, thing.class),
            bbox: [thing.bbox.left, thing.bbox.top, thing.bbox.right, thing.bbox.bottom],
            score: thing.score,
        };
        self.golden.push(GoldenImage {
            image: STANDARD.encode(image),
            threshold,
            things: things.iter().map(named).collect(),
        });
        true
    }

    /// Runs a model that looks at what scores more than `threshold` on the golden images, on the provider that it was
    /// loaded on.
    ///
    /// # Errors
    /// Says what it does not see, or sees besides.
    pub fn expect_of(&self, model: &mut Model, threshold: f32) -> Result<(), ContractError> {
        if !self.names.is_empty() && self.names != model.names() {
            return Err(ContractError::Names {
                expected: self.names.clone(),
                found: model.names().to_vec(),
            });
        }
        let names = model.names().to_vec();
        for (number, golden) in self.golden.iter().enumerate() {
            let seen = golden
                .seen_by(model)
                .and_then(|seen| golden.expect(&seen, &names, threshold));
            seen.map_err(|reason| ContractError::Golden { number, reason })?;
        }
        Ok(())
    }
}

impl GoldenImage {
    fn seen_by(&self, model: &mut Model) -> Result<Vec<Detection>, String> {
        let image = STANDARD
            .decode(&self.image)
            .map_err(|error| format!("image: {error}"))?;
        let picture = Picture::decode(&image).map_err(|error| format!("image: {error}"))?;
        let mut seen = vec![Prediction::default()];
        let dropped = model.perceive_batch(&[picture.view()], &mut seen);
        if dropped.map_err(|error| error.to_string())? > 0 {
            return Err("expected results that are numbers, found some that are not".to_owned());
        }
        match seen.pop() {
            Some(Prediction::Things(things)) => Ok(things),
            _ => Err("expected things, found results of another kind".to_owned()),
        }
    }

    /// What is certainly above both thresholds has to be there on both sides; what may be on either side of one is compared
    /// where the other has it.
    fn expect(&self, seen: &[Detection], names: &[String], threshold: f32) -> Result<(), String> {
        let number = |thing: &GoldenThing| {
            (0..)
                .take(names.len())
                .find(|class| class_of(names, *class) == thing.class)
        };
        let mut expected = Vec::new();
        for thing in &self.things {
            let class = number(thing).or_else(|| thing.class.parse().ok());
            let [left, top, right, bottom] = thing.bbox;
            expected.push(Detection {
                bbox: BoundingBox {
                    left,
                    top,
                    right,
                    bottom,
                },
                score: thing.score,
                class: class.ok_or_else(|| format!("class `{}` is none of the model's", thing.class))?,
            });
        }
        let least = threshold.max(self.threshold) + SCORE_TOLERANCE;
        let sure = |things: &[Detection]| {
            let sure = things.iter().filter(|thing| thing.score >= least);
            Prediction::Things(sure.copied().collect())
        };
        let all = |things: &[Detection]| Prediction::Things(things.to_vec());
        let same = ClassMap::by_name(&[], &[]);
        let missed = Agreement::of(&sure(&expected), &all(seen), &same);
        let more = Agreement::of(&all(&expected), &sure(seen), &same);
        if missed.only_reference + more.only_other > 0.0 {
            return Err(format!(
                "expected {} things that score {least:.2} or more, of which {} were not seen; {} were seen besides",
                missed.both + missed.only_reference,
                missed.only_reference,
                more.only_other
            ));
        }
        let [overlap, scores] = [missed.overlap(), missed.score_difference()];
        if overlap.is_some_and(|overlap| overlap < LEAST_OVERLAP)
            || scores.is_some_and(|apart| apart > f64::from(SCORE_TOLERANCE))
        {
            return Err(format!(
                "expected boxes that overlap by {LEAST_OVERLAP} and scores at most {SCORE_TOLERANCE} apart, found {:.3} and {:.3}",
                overlap.unwrap_or(1.0),
                scores.unwrap_or(0.0)
            ));
        }
        Ok(())
    }
}

fn class_of(names: &[String], class: usize) -> String {
    let name = names.get(class).filter(|name| !name.is_empty());
    name.cloned().unwrap_or_else(|| class.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn thing(left: f32, score: f32, class: usize) -> Detection {
        Detection {
            bbox: BoundingBox {
                left,
                top: 10.0,
                right: left + 20.0,
                bottom: 30.0,
            },
            score,
            class,
        }
    }

    #[test]
    fn a_model_sees_what_it_saw_but_for_what_scores_too_little_to_be_sure() {
        let names = ["ball".to_owned(), "box".to_owned()];
        let mut contract = PerceptionContract::new(&names);
        let seen = [thing(10.0, 0.9, 0), thing(100.0, 0.27, 1)];
        assert!(contract.add(b"image", 0.25, &Prediction::Things(seen.to_vec())));
        let read = PerceptionContract::parse(serde_yaml_ng::to_string(&contract).unwrap().as_bytes()).unwrap();
        assert_eq!(read, contract);
        let golden = &read.golden[0];
        assert_eq!(golden.expect(&seen, &names, 0.25), Ok(()));
        // The weak one is on the other side of the threshold here, and another weak one on this.
        assert_eq!(
            golden.expect(&[thing(10.5, 0.88, 0), thing(200.0, 0.28, 0)], &names, 0.25),
            Ok(())
        );
        // A robot that looks at what is surer only.
        assert_eq!(golden.expect(&[thing(10.0, 0.9, 0)], &names, 0.8), Ok(()));
        for (seen, reason) in [
            (vec![], "1 were not seen"),
            (vec![thing(10.0, 0.9, 1)], "1 were not seen; 1 were seen besides"),
            (vec![thing(10.0, 0.9, 0), thing(200.0, 0.5, 0)], "1 were seen besides"),
            (vec![thing(10.0, 0.7, 0)], "scores at most 0.05 apart"),
            (vec![thing(14.0, 0.9, 0)], "boxes that overlap by 0.9"),
        ] {
            let error = golden.expect(&seen, &names, 0.25).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn what_is_no_contract_is_refused() {
        for text in [
            "",
            "names: [ball]",
            "sinew_perception_contract: 2",
            "sinew_perception_contract: 1\nnamen: []",
            "\u{0}",
        ] {
            let error = PerceptionContract::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("expected `sinew_perception_contract: 1`"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "sinew_perception_contract: 1\ngolden: \\[.{0,60}\\]") {
            let _ = PerceptionContract::parse(&bytes);
            let _ = PerceptionContract::parse(text.as_bytes());
        }
    }
}

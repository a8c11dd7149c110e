//! `sinew replay`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;
use serde_yaml_ng::Mapping;
use sinew::control::Control;
use sinew::declared::ParameterFiles;
use sinew::node::{Node, RosArgs, parameters_of};
use sinew::picture::DivergencePicture;
use sinew::replay::{Change, Extent, OtherPolicy, Replayed, WhatIf, replay, what_if};
use sinew_control::gate::SafetyParams;
use sinew_control::observation::TermRegistry;
use sinew_models::{ContractGiven, ContractSource, ModelFile, load_contract};
use sinew_node_recorder::RecordedLoop;

use super::NOT_AS_RECORDED;
use super::output::{expect_apart, expect_place, write_json};

/// Runs a recorded control loop again, and shows that it does the same to the bit.
///
/// The readings, the times and the operator's requests of the recording go through the same code, with the policy that
/// is in the recording. With `--policy` or `--gate` it shows instead what another policy, or other limits, would have
/// done with what was read; how the robot would have moved under other commands, nobody knows.
///
/// A recording that does not begin with its loop (such as one of the black box), or lacks ticks, is compared by its
/// policy alone from there on: from each observation to its action.
#[derive(Debug, Args)]
#[command(after_help = "Exit code 4: a tick is not the same.\n\n\
    Examples:\n  \
    sinew run launch/robots/strider.yaml --seconds 10 --record walk.mcap\n  \
    sinew replay walk.mcap\n  \
    sinew replay walk.mcap --policy other.onnx --picture divergence.png\n  \
    sinew replay walk.mcap --gate tighter.yaml")]
pub(crate) struct ReplayArgs {
    /// Files of one recording, in their order.
    #[arg(value_name = "RUN.mcap", required = true)]
    files: Vec<PathBuf>,
    /// What this policy would have done: an ONNX file with its contract, or a kinfer archive.
    #[arg(long, value_name = "OTHER.onnx", conflicts_with = "gate")]
    policy: Option<PathBuf>,
    /// The contract of that policy, where it does not carry one.
    #[arg(long, value_name = "FILE.yaml", requires = "policy")]
    contract: Option<PathBuf>,
    /// What these limits would have done: a ROS 2 parameter file with `safety` of the node `control`.
    #[arg(long, value_name = "PARAMS.yaml")]
    gate: Option<PathBuf>,
    /// Draw how far the two went apart, with `--policy` or `--gate`.
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
    /// Write the result as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

impl ReplayArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut files: Vec<(&str, &Path)> = self.files.iter().map(|file| ("RUN.mcap", file.as_path())).collect();
        expect_apart(&files)?;
        files.extend(self.picture.as_deref().map(|file| ("--picture", file)));
        files.extend(self.json.as_deref().map(|to| ("--json", Path::new(to))));
        expect_apart(&files)?;
        if let Some(file) = &self.picture {
            expect_place("--picture", file)?;
        }
        if let Some(to) = &self.json {
            expect_place("--json", Path::new(to))?;
        }
        let recording = self.files[0].display();
        let _span = tracing::info_span!("replay", %recording).entered();
        let recorded = RecordedLoop::open(&self.files)?;
        let terms = TermRegistry::builtin();
        match self.change(&recorded)? {
            None => {
                ensure!(
                    self.picture.is_none(),
                    "--picture: expected together with `--policy` or `--gate`: a run that is the same to the bit has nothing to \
                     draw; `sinew inspect` draws the run itself"
                );
                let replayed = replay(&recorded, &terms)?;
                if self.tells_people() {
                    self.show(&recorded, &replayed);
                }
                if let Some(to) = &self.json {
                    write_json(to, &ReplayJson::of(&replayed))?;
                }
                Ok(if replayed.difference.is_some() {
                    ExitCode::from(NOT_AS_RECORDED)
                } else {
                    ExitCode::SUCCESS
                })
            }
            Some(change) => {
                let what_if = what_if(&recorded, change, &terms)?;
                if self.tells_people() {
                    self.show_what_if(&what_if);
                }
                if let Some(file) = &self.picture {
                    self.draw(&recorded, &what_if, file)?;
                }
                if let Some(to) = &self.json {
                    write_json(to, &what_if)?;
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    fn change(&self, recorded: &RecordedLoop) -> anyhow::Result<Option<Change>> {
        if let Some(path) = &self.policy {
            let file = ModelFile::read(path)?;
            let given = (self.contract.clone()).map_or(ContractGiven::Nothing, ContractGiven::File);
            let source = ContractSource {
                given,
                overrides: None,
                parameter_file: None,
            };
            let contract = load_contract(&file, &source, &recorded.setup.robot)?;
            return Ok(Some(Change::Policy(Box::new(OtherPolicy { file, contract }))));
        }
        let Some(path) = &self.gate else { return Ok(None) };
        Ok(Some(Change::Limits(Box::new(limits(path, recorded)?))))
    }

    /// Whether standard output is for people, and not for the JSON.
    fn tells_people(&self) -> bool {
        self.json.as_deref() != Some("-")
    }

    fn show(&self, recorded: &RecordedLoop, replayed: &Replayed) {
        let fact = |key: &str| recorded.facts.get(key).map_or("unknown", String::as_str);
        println!(
            "{}: {} ticks of {} in {:.1} s, policy {}, recorded by sinew {} on {}, ONNX Runtime {}",
            self.files[0].display(),
            replayed.ticks,
            fact("robot"),
            replayed.recorded_secs,
            fact("policy"),
            fact("sinew_version"),
            fact("architecture"),
            fact("onnxruntime_version"),
        );
        if let Some(first) = replayed.first_missing {
            println!(
                "{} ticks of the loop are not in the recording, the first is {first}: from there on the policy alone is compared",
                replayed.missing
            );
        }
        let times = replayed.recorded_secs / replayed.wall_secs.max(1e-9);
        println!("replayed in {:.2} s, {times:.0} times real time", replayed.wall_secs);
        let what = match replayed.extent {
            Extent::WholeLoop => "every observation, action, verdict and command of",
            Extent::PolicyAlone => "every action of",
        };
        match &replayed.difference {
            None => println!("{what} {} ticks is the same to the bit", replayed.same),
            Some(difference) => {
                let index = difference.index.map_or(String::new(), |index| format!("[{index}]"));
                let joint = replayed
                    .joint
                    .as_ref()
                    .map_or(String::new(), |joint| format!(" ({joint})"));
                println!(
                    "the first difference is in tick {}, after {} ticks that are the same to the bit: {}{index}{joint}",
                    difference.tick, replayed.same, difference.field,
                );
                println!("  recorded {}", difference.recorded);
                println!("  replayed {}", difference.replayed);
            }
        }
    }

    fn show_what_if(&self, what_if: &WhatIf) {
        let WhatIf { divergence, .. } = what_if;
        println!(
            "{}: {} ticks with what was read then",
            self.files[0].display(),
            what_if.ticks
        );
        match (divergence.first_tick, divergence.first_secs) {
            (Some(tick), Some(secs)) => println!(
                "the commands differ from tick {tick} on, {secs:.2} s after the loop's start; over all joints {:.3} N·m (rms)",
                divergence.rms_nm
            ),
            _ => println!("every command is the same to the bit"),
        }
        let width = divergence
            .joints
            .iter()
            .map(|joint| joint.joint.chars().count())
            .max()
            .unwrap_or(0);
        println!("\ntorques that the commands ask for at what was measured");
        println!(
            "{:<width$}  {:>10}  {:>10}  {:>8}  {:>12}",
            "joint", "rms N·m", "max N·m", "at s", "target, rad"
        );
        for joint in &divergence.joints {
            println!(
                "{:<width$}  {:>10.3}  {:>10.3}  {:>8.2}  {:>12.4}",
                joint.joint, joint.rms_nm, joint.max_nm, joint.max_at_secs, joint.max_rad
            );
        }
        if !what_if.verdicts.is_empty() {
            println!("\n{:<24}  {:>10}  {:>10}", "verdicts", "recorded", "replayed");
            for (check, [was, would_be]) in &what_if.verdicts {
                println!("{check:<24}  {was:>10}  {would_be:>10}");
            }
        }
        let stop = |stop: &Option<String>| stop.clone().unwrap_or_else(|| "none".to_owned());
        println!("\nstop as recorded: {}", stop(&what_if.recorded_stop));
        println!("stop as replayed: {}", stop(&what_if.replayed_stop));
    }

    fn draw(&self, recorded: &RecordedLoop, what_if: &WhatIf, file: &Path) -> anyhow::Result<()> {
        let WhatIf { divergence, .. } = what_if;
        let picture = DivergencePicture {
            title: format!("{}: commands that would have been", recorded.setup.robot.name),
            course: divergence.course.clone(),
            joints: (divergence.joints.iter())
                .map(|joint| (joint.joint.clone(), joint.rms_nm, joint.max_nm))
                .collect(),
        };
        let written = picture.write_png(file);
        written.with_context(|| format!("{}: cannot be written", file.display()))?;
        eprintln!("picture: {}", file.display());
        Ok(())
    }
}

/// The safety parameters of the node `control`: those of the recording, and on top those of a parameter file.
fn limits(path: &Path, recorded: &RecordedLoop) -> anyhow::Result<SafetyParams> {
    let mut files = ParameterFiles::read([path])?;
    ensure!(
        files.said(Control::NAME, "safety", "/").is_some(),
        "{}: expected `safety` of the node `control`, found none: only its limits are looked at",
        path.display()
    );
    let policy = Mapping::from_iter([("path".into(), "recorded".into())]);
    files.derive(Control::NAME, "policy", policy);
    files.derive(
        Control::NAME,
        "safety",
        serde_yaml_ng::to_value(&recorded.setup.params.safety)?,
    );
    let control = parameters_of::<Control>(&files, &RosArgs::default())?;
    Ok(control.value().safety.clone())
}

/// The result of a replay; `--json` prints it.
#[derive(Debug, Serialize)]
struct ReplayJson {
    /// `whole_loop`, or `policy_alone`.
    extent: Extent,
    ticks: u64,
    same: u64,
    inferences: u64,
    missing: u64,
    recorded_secs: f64,
    times_real_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<DifferenceJson>,
}

#[derive(Debug, Serialize)]
struct DifferenceJson {
    tick: u64,
    field: &'static str,
    index: Option<usize>,
    joint: Option<String>,
    recorded: String,
    replayed: String,
}

impl ReplayJson {
    fn of(replayed: &Replayed) -> Self {
        Self {
            extent: replayed.extent,
            ticks: replayed.ticks,
            same: replayed.same,
            inferences: replayed.inferences,
            missing: replayed.missing,
            recorded_secs: replayed.recorded_secs,
            times_real_time: replayed.recorded_secs / replayed.wall_secs.max(1e-9),
            difference: replayed.difference.as_ref().map(|difference| DifferenceJson {
                tick: difference.tick,
                field: difference.field,
                index: difference.index,
                joint: replayed.joint.clone(),
                recorded: difference.recorded.to_string(),
                replayed: difference.replayed.to_string(),
            }),
        }
    }
}

//! `sinew robot export`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgAction, Args, ValueEnum};
use sinew::plan::{Plan, Robot};
use sinew_robot::RobotModel;
use sinew_robot::export::{JointDrive, Options, Target, export};

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum For {
    /// URDF with friction, IMU, ros2_control and its plugin; controllers and a world beside it.
    Gazebo,
    /// URDF alone.
    Urdf,
    /// MJCF, and a scene with a floor.
    Mujoco,
}

/// Writes any robot that Sinew reads as a model that another simulator integrates rightly, and says what its format has
/// no room for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew robot export --for gazebo launch/robots/strider.yaml --out /tmp/strider   with the gains of its policy\n  \
    sinew robot export --for urdf robot.xml --out robot                             MJCF as URDF\n  \
    sinew robot export --for mujoco robot.urdf --out robot                          URDF as MJCF")]
pub(crate) struct ExportArgs {
    /// For whom it is written.
    #[arg(long = "for", value_enum)]
    target: For,
    /// A description (MJCF or URDF), or the robot's parameter files (.yaml), whose policy then gives the drives' gains.
    #[arg(value_name = "ROBOT", required = true)]
    robot: Vec<PathBuf>,
    /// The folder that it is written into.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Keyframe of the pose in which it begins; as the parameter files say, else `home`, else the first.
    #[arg(long)]
    keyframe: Option<String>,
    /// Whether the joints carry the damping (kd) of their drives, for `control: drive_damping: true`; by default for
    /// Gazebo, and where the parameter files have it so.
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    drive_damping: Option<bool>,
    /// How often ros2_control's controllers run, Hz.
    #[arg(long, value_name = "HZ", default_value_t = Options::default().controller_rate_hz)]
    #[arg(value_parser = clap::value_parser!(u32).range(10..=10_000))]
    controller_rate: u32,
}

impl ExportArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let (model, mut options) = self.read()?;
        options.controller_rate_hz = self.controller_rate;
        let target = match self.target {
            For::Gazebo => Target::Gazebo,
            For::Urdf => Target::Urdf,
            For::Mujoco => Target::Mujoco,
        };
        options.drive_damping = self
            .drive_damping
            .unwrap_or(options.drive_damping || target == Target::Gazebo);
        if let Some(keyframe) = self.keyframe {
            options.keyframe = Some(keyframe);
        }
        let exported = export(&model, target, &self.out, &options)?;
        exported.write(&self.out)?;
        for file in &exported.files {
            println!("{}", self.out.join(&file.name).display());
        }
        for note in &exported.notes {
            tracing::warn!("{note}");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The robot, and what its parameter files add to it.
    fn read(&self) -> anyhow::Result<(RobotModel, Options)> {
        let files = self.robot.iter().filter(|file| is_parameter_file(file)).count();
        anyhow::ensure!(
            files == self.robot.len() || self.robot.len() == 1,
            "expected one description, or parameter files (.yaml), found {} of {} files that are none",
            self.robot.len() - files,
            self.robot.len()
        );
        let none = Options {
            drive_damping: false,
            ..Options::default()
        };
        if files == 0 {
            return Ok((sinew_robot::load(&self.robot[0])?, none));
        }
        let plan = Plan::of_files(&self.robot, Robot::OnTopics)?;
        let (loaded, control) = (plan.loaded(), &plan.source().control);
        let gains = loaded.drive_gains(control);
        let joints = loaded.robot.joints.iter().enumerate();
        let drives = joints.map(|(j, joint)| JointDrive {
            joint: joint.name.clone(),
            kp: gains.kp[j],
            kd: gains.kd[j],
        });
        let options = Options {
            keyframe: control.keyframe.clone(),
            drives: drives.collect(),
            drive_damping: control.drive_damping,
            ..none
        };
        Ok((loaded.model.clone(), options))
    }
}

fn is_parameter_file(file: &Path) -> bool {
    file.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

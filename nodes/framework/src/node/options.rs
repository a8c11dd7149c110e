//! What runs, and on what: the command line of a program of nodes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use lexopt::{Arg, Parser, ValueExt};

use super::args::positive_secs;
use crate::log::LogFormat;

/// What carries the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// This process alone; no ROS needed.
    Local,
    /// ROS 2.
    Ros2,
}

impl FromStr for Backend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "local" => Ok(Self::Local),
            "ros2" => Ok(Self::Ros2),
            _ => Err(format!("expected local or ros2, found `{text}`")),
        }
    }
}

/// Which nodes a process runs, with which parameters, and until when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodesOptions {
    /// ROS 2 parameter files, of which later ones win. Relative paths in them lie beside the first one.
    pub files: Vec<PathBuf>,
    /// The nodes that this process runs, where that is said.
    pub nodes: Option<Vec<String>>,
    /// What carries the messages; by default `ros2` for one node alone where the program was built with it, else
    /// `local`.
    pub bus: Option<Backend>,
    /// End after this time, s; by default on SIGINT, SIGTERM, SIGHUP or SIGQUIT alone.
    pub seconds: Option<f64>,
    /// In which form is logged; by default as the variable `SINEW_LOG_FORMAT` says, else text.
    pub log_format: Option<LogFormat>,
}

impl NodesOptions {
    /// What carries the messages of so many nodes.
    pub fn backend(&self, nodes: usize) -> Backend {
        let usual = if cfg!(feature = "ros2") && nodes == 1 {
            Backend::Ros2
        } else {
            Backend::Local
        };
        self.bus.unwrap_or(usual)
    }
}

/// What a command line of a program with one node of its own asks for.
#[derive(Debug, PartialEq)]
pub(super) enum CommandLine {
    /// Nodes.
    Run(NodesOptions),
    /// To be told what it takes.
    Help,
}

impl CommandLine {
    /// Reads the arguments, of which the first is the program.
    pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Self> {
        let mut parser = Parser::from_iter(args);
        let mut options = NodesOptions::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Value(file) => options.files.push(file.into()),
                Arg::Long("nodes") => {
                    let names = parser.value()?.string()?;
                    options.nodes = Some(names.split(',').map(str::to_owned).collect());
                }
                Arg::Long("bus") => {
                    let text = parser.value()?.string()?;
                    options.bus = Some(text.parse().map_err(anyhow::Error::msg).context("--bus")?);
                }
                Arg::Long("seconds") => {
                    let text = parser.value()?.string()?;
                    options.seconds = Some(positive_secs(&text).map_err(anyhow::Error::msg).context("--seconds")?);
                }
                Arg::Long("log-format") => {
                    let text = parser.value()?.string()?;
                    let format = text.parse().map_err(anyhow::Error::msg).context("--log-format")?;
                    options.log_format = Some(format);
                }
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::Help),
                other => bail!("{}; --help says what there is", other.unexpected()),
            }
        }
        Ok(Self::Run(options))
    }
}

/// What `--help` says of a program whose own node is `node`.
pub(super) fn help(node: &str, known: &str) -> String {
    format!(
        "Runs nodes until SIGINT, SIGTERM, SIGHUP or SIGQUIT.\n\n\
         Usage: {node} [OPTIONS] [FILE]... [--ros-args ...]\n\n\
         Each node gets its parameters from its section of FILE and from `/**`, then from those of the files after\n\
         --params-file, then from other ROS arguments; later ones win. Relative paths lie beside the first file.\n\n\
         Arguments:\n  \
         [FILE]...            ROS 2 parameter files\n\n\
         Options:\n  \
         --nodes NAME,NAME    the nodes that this process runs, of {known} [default: {node}]\n  \
         --bus local|ros2     what carries the messages [default: ros2 for one node alone where it was built with\n                       \
         that, else local]\n  \
         --seconds SECONDS    end after this time\n  \
         --log-format text|json  what is logged, in lines for people or in one JSON object a line\n                       \
         [default: as SINEW_LOG_FORMAT says, else text]\n  \
         -h, --help           print this\n\n\
         ROS arguments come last, as `ros2 run` and `ros2 launch` give them:\n  \
         --ros-args -r __ns:=/left -r cmd_vel:=nav/cmd_vel -p use_sim_time:=true --params-file more.yaml\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> anyhow::Result<CommandLine> {
        CommandLine::parse(format!("program {line}").split_whitespace().map(OsString::from))
    }

    #[test]
    fn files_and_options_come_in_any_order() {
        let expected = NodesOptions {
            files: vec!["a.yaml".into(), "b.yaml".into()],
            nodes: Some(vec!["control".into(), "sim".into()]),
            bus: Some(Backend::Local),
            seconds: Some(2.5),
            log_format: Some(LogFormat::Json),
        };
        for line in [
            "a.yaml b.yaml --nodes control,sim --bus local --seconds 2.5 --log-format json",
            "--seconds=2.5 a.yaml --log-format=json --bus=local --nodes=control,sim b.yaml",
        ] {
            assert_eq!(parse(line).unwrap(), CommandLine::Run(expected.clone()));
        }
        assert_eq!(parse("a.yaml --help").unwrap(), CommandLine::Help);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("--bus can", "expected local or ros2, found `can`"),
            ("--seconds -1", "expected seconds, more than 0"),
            ("--log-format xml", "--log-format: expected text or json, found `xml`"),
            ("--sekonds 3", "--sekonds"),
            ("--nodes", "nodes"),
        ] {
            let error = format!("{:#}", parse(line).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
    }
}

//! What `ros2 run` and `ros2 launch` put on a command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

/// A duration on the command line, s.
///
/// # Errors
/// What was expected, and what was found.
pub fn positive_secs(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(secs) if secs > 0.0 && secs <= 86_400.0 => Ok(secs),
        _ => Err(format!(
            "expected seconds, more than 0 and at most a day, found `{text}`"
        )),
    }
}

/// The arguments between `--ros-args` and `--`, as far as Sinew itself needs them. Remappings of
/// topics and log levels are read by ROS's own library.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RosArgs {
    /// `--params-file`, in the order given.
    pub params_files: Vec<PathBuf>,
    /// `-p name:=value` with its node, where one is given: (node, name, YAML).
    pub overrides: Vec<(Option<String>, String, String)>,
    /// `-r __ns:=…`
    pub namespace: Option<String>,
    /// `-r __node:=…`
    pub node_name: Option<String>,
}

impl RosArgs {
    /// Takes the ROS arguments out of a command line; gives the rest and them. Names of files need not be UTF-8.
    ///
    /// # Errors
    /// For a ROS argument that cannot be.
    pub fn split(args: impl IntoIterator<Item = impl Into<OsString>>) -> anyhow::Result<(Vec<OsString>, Self)> {
        let mut rest = Vec::new();
        let mut ros = Self::default();
        let mut args = args.into_iter().map(Into::into);
        while let Some(arg) = args.next() {
            if arg != "--ros-args" {
                rest.push(arg);
                continue;
            }
            while let Some(arg) = args.next() {
                if arg == "--" {
                    break;
                }
                ros.take(text(&arg)?, || args.next())?;
            }
        }
        Ok((rest, ros))
    }

    fn take(&mut self, flag: &str, mut next: impl FnMut() -> Option<OsString>) -> anyhow::Result<()> {
        let mut value = || next().with_context(|| format!("{flag}: expected a value after it"));
        match flag {
            "--params-file" => self.params_files.push(value()?.into()),
            "-p" | "--param" => {
                let value = value()?;
                let (name, yaml) = assignment(flag, text(&value)?)?;
                let (node, name) = match name.split_once(':') {
                    Some((node, name)) => (Some(node.to_owned()), name),
                    None => (None, name),
                };
                self.overrides.push((node, name.to_owned(), yaml.to_owned()));
            }
            "-r" | "--remap" => {
                let value = value()?;
                let text = text(&value)?;
                match assignment(flag, text)? {
                    ("__ns", namespace) => {
                        ensure!(
                            namespace.starts_with('/'),
                            "{flag} {text}: expected a namespace like /left"
                        );
                        self.namespace = Some(namespace.to_owned());
                    }
                    ("__node" | "__name", node) => self.node_name = Some(node.to_owned()),
                    _ => {}
                }
            }
            "--log-level" | "--log-config-file" | "-e" | "--enclave" | "--log-file-name" => {
                value()?;
            }
            // `ros2 launch` begins anew for each kind of argument.
            "--ros-args" => {}
            flag if flag.starts_with("--enable-") || flag.starts_with("--disable-") => {}
            other => bail!("{other}: no ROS argument; expected -r, -p, --params-file or --log-level"),
        }
        Ok(())
    }

    /// The parameters that are set for `node`, or for all: node, name and YAML of each.
    pub fn overrides_of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = (Option<&'a str>, &'a str, &'a str)> {
        let of_it = move |of: &Option<String>| of.as_ref().is_none_or(|of| of == node);
        let all = self.overrides.iter().filter(move |(of, ..)| of_it(of));
        all.map(|(of, name, yaml)| (of.as_deref(), name.as_str(), yaml.as_str()))
    }
}

fn text(argument: &OsStr) -> anyhow::Result<&str> {
    let lossy = || format!("{}: expected a ROS argument in UTF-8", argument.to_string_lossy());
    argument.to_str().with_context(lossy)
}

fn assignment<'a>(flag: &str, text: &'a str) -> anyhow::Result<(&'a str, &'a str)> {
    text.split_once(":=")
        .with_context(|| format!("{flag} {text}: expected NAME:=VALUE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> anyhow::Result<(Vec<OsString>, RosArgs)> {
        RosArgs::split(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn ros_arguments_are_taken_out_of_the_line() {
        let line = "strider.yaml --ros-args -r __ns:=/left -r cmd_vel:=nav/cmd_vel -p control:rate_hz:=400.0 \
                    --ros-args -p use_sim_time:=true --params-file a.yaml --log-level info -- --seconds 3";
        let (rest, ros) = split(line).unwrap();
        assert_eq!(rest, ["strider.yaml", "--seconds", "3"]);
        assert_eq!(ros.namespace.as_deref(), Some("/left"));
        assert_eq!(ros.params_files, [PathBuf::from("a.yaml")]);
        let of = |node: &'static str| ros.overrides_of(node).collect::<Vec<_>>();
        let all = (None, "use_sim_time", "true");
        assert_eq!(of("control"), [(Some("control"), "rate_hz", "400.0"), all]);
        assert_eq!(of("sim"), [all]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("--ros-args -p rate_hz", "-p rate_hz: expected NAME:=VALUE"),
            ("--ros-args -p", "-p: expected a value"),
            ("--ros-args -r __ns:=left", "expected a namespace like /left"),
            ("--ros-args --rate 3", "--rate: no ROS argument"),
        ] {
            let error = split(line).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn files_need_no_utf_8_and_ros_arguments_do() {
        use std::os::unix::ffi::OsStringExt;

        let odd = || OsString::from_vec(b"caf\xe9.yaml".to_vec());
        let line = [odd(), "--ros-args".into(), "--params-file".into(), odd()];
        let (rest, ros) = RosArgs::split(line).unwrap();
        assert_eq!(rest, [odd()]);
        assert_eq!(ros.params_files, [PathBuf::from(odd())]);
        for line in [
            vec!["--ros-args".into(), odd()],
            vec!["--ros-args".into(), "-p".into(), odd()],
            vec!["--ros-args".into(), "-r".into(), odd()],
        ] {
            let error = RosArgs::split(line).unwrap_err().to_string();
            assert!(error.contains("in UTF-8"), "{error}");
        }
    }
}

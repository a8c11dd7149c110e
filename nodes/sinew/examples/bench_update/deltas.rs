//! How large the difference between two releases is.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_releases::delta;

use crate::{Figures, made, network};

/// The robot's policy, beside itself with one weight in a hundred changed and with all of them changed, each by at most a
/// thousandth, as training that goes on does. Bytes of Sinew's delta, of bsdiff's where the machine has it, and of the
/// whole archive.
pub(crate) fn measure(params: &Path) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let folder = tempfile::tempdir()?;
    let before = made::archive(folder.path(), 1, loaded.policy_file.bytes())?;
    let old = fs::read(&before)?;
    let mut figures = Figures::from([("whole_bytes".to_owned(), old.len() as f64)]);
    for (version, every, name) in [(2, 100, "1_percent"), (3, 1, "100_percent")] {
        let output = folder.path().join("changed.onnx");
        network::changed(&loaded.policy_file, &loaded.contract, &output, |_, number, weight| {
            let random = (number as f32 * 78.233).sin() * 43_758.547;
            let change = if number % every == 0 {
                1e-3 * random.fract()
            } else {
                0.0
            };
            weight * (1.0 + change)
        });
        let after = made::archive(folder.path(), version, &fs::read(&output)?)?;
        let new = fs::read(&after)?;
        let ours = delta::diff(&old, &new)?;
        let mut again = Vec::new();
        delta::patch(&old, &ours[..])?.read_to_end(&mut again)?;
        ensure!(again == new, "the delta does not give the archive");
        figures.insert(format!("delta_{name}_bytes"), ours.len() as f64);
        if let Some(theirs) = bsdiff(&before, &after, folder.path())? {
            figures.insert(format!("bsdiff_{name}_bytes"), theirs as f64);
        }
    }
    Ok(figures)
}

/// The size of bsdiff's patch; `None` where there is no bsdiff.
fn bsdiff(before: &Path, after: &Path, folder: &Path) -> Result<Option<u64>> {
    let patch = folder.join("patch");
    match Command::new("bsdiff").args([before, after, &patch]).status() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
        Ok(status) => {
            ensure!(status.success(), "bsdiff: {status}");
            Ok(Some(fs::metadata(&patch)?.len()))
        }
    }
}

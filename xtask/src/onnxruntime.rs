//! `cargo xtask setup`: ONNX Runtime's shared library, out of its PyPI wheel.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::provision::{Provisioned, provision};
use crate::{process, project, python};

/// Relative to the project's root: the pinned version and the wheels' hashes.
const PIN: &str = "xtask/onnxruntime.txt";
/// The name under which `sinew` looks for the library.
const LINK: &str = "libonnxruntime.so";

/// Makes sure that `sinew` finds ONNX Runtime, and says in a line which one.
pub(crate) fn set_up() -> Result<String> {
    if let Some(path) = env::var_os("ORT_DYLIB_PATH").map(PathBuf::from) {
        let shown = path.display();
        if !path.is_file() {
            bail!("ORT_DYLIB_PATH names {shown}, which is not a file");
        }
        return Ok(format!("ONNX Runtime: {shown} (ORT_DYLIB_PATH is set)"));
    }
    let folder = own_folder();
    let Pin { version, recipe } = Pin::read(&project::root().join(PIN))?;
    let state = match provision(&folder, &recipe, LINK, || fetch(&folder, &version))? {
        Provisioned::Before => "already there",
        Provisioned::Now => "ready",
    };
    let library = folder.join(LINK);
    Ok(format!("ONNX Runtime {version}: {}, {state}", library.display()))
}

/// The folder with the library that [`set_up`] has fetched. None where ORT_DYLIB_PATH names another.
pub(crate) fn folder() -> Option<PathBuf> {
    env::var_os("ORT_DYLIB_PATH").is_none().then(own_folder)
}

fn own_folder() -> PathBuf {
    project::provisioned().join("onnxruntime")
}

/// What is to be fetched.
#[derive(Debug)]
struct Pin {
    version: String,
    recipe: String,
}

impl Pin {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let version = text
            .lines()
            .find_map(|line| line.strip_prefix("onnxruntime=="))
            .and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("{}: expected a line `onnxruntime==VERSION`", path.display()))?
            .to_owned();
        Ok(Self {
            version,
            recipe: format!("{}\n{text}", env::consts::ARCH),
        })
    }
}

/// Downloads the wheel, checks it, and moves its library into `folder`.
fn fetch(folder: &Path, version: &str) -> Result<()> {
    let scratch = folder.join("incoming");
    remove(&scratch)?;
    fs::create_dir_all(&scratch)?;
    let library = format!("{LINK}.{version}");
    let fetched = download(&scratch, version)
        .and_then(|()| unpack(&scratch, &library))
        .and_then(|()| check_loads(&scratch.join(&library)))
        .and_then(|()| install(&scratch, folder, &library));
    remove(&scratch)?;
    fetched
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Each file takes the place of a former one in one step, so that a program that starts now finds a
/// whole library.
fn install(scratch: &Path, folder: &Path, library: &str) -> Result<()> {
    std::os::unix::fs::symlink(library, scratch.join(LINK))?;
    for file in [library, LINK, "LICENSE", "ThirdPartyNotices.txt"] {
        fs::rename(scratch.join(file), folder.join(file))
            .with_context(|| format!("cannot move {file} to {}", folder.display()))?;
    }
    Ok(())
}

fn download(scratch: &Path, version: &str) -> Result<()> {
    let platform = match env::consts::ARCH {
        arch @ ("x86_64" | "aarch64") if cfg!(target_os = "linux") => {
            format!("manylinux_2_28_{arch}")
        }
        arch => bail!(
            "no ONNX Runtime is pinned for {arch} {}: set ORT_DYLIB_PATH to your own library",
            env::consts::OS
        ),
    };
    let mut pip = python::pip()?;
    // One Python version, whatever this machine's is: the library inside the wheel is the same.
    pip.args(["download", "--no-deps", "--require-hashes", "--only-binary=:all:"])
        .args(["--implementation", "cp", "--python-version", "3.12", "--abi", "cp312"])
        .args(["--platform", &platform, "--requirement", PIN, "--dest"])
        .arg(scratch);
    process::quietly(&format!("Fetching ONNX Runtime {version} from PyPI (24 MB)"), &mut pip)
        .context("cannot fetch ONNX Runtime (or set ORT_DYLIB_PATH to a library that you have)")
        .map(drop)
}

/// Takes the library and its licences out of the only wheel in `scratch`.
fn unpack(scratch: &Path, library: &str) -> Result<()> {
    const UNPACK: &str = "
import pathlib, shutil, sys, zipfile
scratch = pathlib.Path(sys.argv[1])
wheel, = scratch.glob('*.whl')
with zipfile.ZipFile(wheel) as wheel:
    for member in sys.argv[2:]:
        with wheel.open(member) as packed, open(scratch / pathlib.PurePath(member).name, 'wb') as out:
            shutil.copyfileobj(packed, out)
";
    let mut unpack = python::snippet(UNPACK);
    unpack.arg(scratch).args([
        &format!("onnxruntime/capi/{library}"),
        "onnxruntime/LICENSE",
        "onnxruntime/ThirdPartyNotices.txt",
    ]);
    process::quietly("Unpacking ONNX Runtime", &mut unpack).map(drop)
}

/// Whether this machine can load the library at all: its libc may be too old.
fn check_loads(library: &Path) -> Result<()> {
    let load = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).OrtGetApiBase";
    process::quietly("Checking that it loads", python::snippet(load).arg(library))
        .context("ONNX Runtime does not load on this machine: set ORT_DYLIB_PATH to one that does")
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_read_and_part_of_the_recipe() {
        let pin = Pin::read(&project::root().join(PIN)).unwrap();
        assert!(pin.version.starts_with("1."), "{}", pin.version);
        assert!(pin.recipe.contains(&pin.version));
    }

    #[test]
    fn a_pin_without_a_version_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin.txt");
        fs::write(&path, "onnxruntime\n").unwrap();
        let error = Pin::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("pin.txt") && error.contains("onnxruntime==VERSION"),
            "{error}"
        );
    }
}

//! A shared library that `sinew` loads at run time, out of its PyPI wheel.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::provision::{Provisioned, provision};
use crate::{process, project, python};

/// A library and the wheel that it comes in.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// What people call it.
    pub(crate) title: &'static str,
    /// Name of the package on PyPI.
    pub(crate) package: &'static str,
    /// Relative to the project's root: the pinned version and the wheels' hashes.
    pub(crate) pin: &'static str,
    /// Its folder in `.sinew/`.
    pub(crate) folder: &'static str,
    /// The name under which `sinew` looks for the library; in the wheel its version follows.
    pub(crate) library: &'static str,
    /// Where the library lies in the wheel.
    pub(crate) library_folder: &'static str,
    /// Texts in the wheel that have to go with it; `VERSION` stands for the version.
    pub(crate) licences: &'static [&'static str],
    /// Environment variable that names another library.
    pub(crate) variable: &'static str,
    /// Something that the library exports.
    pub(crate) symbol: &'static str,
    /// Size of the download, as people are told.
    pub(crate) size: &'static str,
}

impl Wheel {
    /// Makes sure that `sinew` finds the library, and says in a line which one.
    pub(crate) fn set_up(&self) -> Result<String> {
        let (title, variable) = (self.title, self.variable);
        if let Some(path) = env::var_os(variable).map(PathBuf::from) {
            let shown = path.display();
            if !path.is_file() {
                bail!("{variable} names {shown}, which is not a file");
            }
            return Ok(format!("{title}: {shown} ({variable} is set)"));
        }
        let folder = self.own_folder();
        let Pin { version, recipe } = Pin::read(&project::root().join(self.pin), self.package)?;
        let state = match provision(&folder, &recipe, self.library, || self.fetch(&folder, &version))? {
            Provisioned::Before => "already there",
            Provisioned::Now => "ready",
        };
        let library = folder.join(self.library);
        Ok(format!("{title} {version}: {}, {state}", library.display()))
    }

    /// The folder with the library that [`Self::set_up`] has fetched. None where the variable names another.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        env::var_os(self.variable).is_none().then(|| self.own_folder())
    }

    /// Names of the licences' files in that folder.
    pub(crate) fn licences(&self) -> impl Iterator<Item = &'static str> {
        self.licences.iter().map(|member| base_name(member))
    }

    fn own_folder(&self) -> PathBuf {
        project::provisioned().join(self.folder)
    }

    /// Downloads the wheel, checks it, and moves its library into `folder`.
    fn fetch(&self, folder: &Path, version: &str) -> Result<()> {
        let scratch = folder.join("incoming");
        remove(&scratch)?;
        fs::create_dir_all(&scratch)?;
        let library = format!("{}.{version}", self.library);
        let fetched = self
            .download(&scratch, version)
            .and_then(|()| self.unpack(&scratch, &library, version))
            .and_then(|()| self.check_loads(&scratch.join(&library)))
            .and_then(|()| self.install(&scratch, folder, &library));
        remove(&scratch)?;
        fetched
    }

    /// Each file takes the place of a former one in one step, so that a program that starts now finds a
    /// whole library.
    fn install(&self, scratch: &Path, folder: &Path, library: &str) -> Result<()> {
        std::os::unix::fs::symlink(library, scratch.join(self.library))?;
        let licences = self.licences().map(str::to_owned);
        for file in [library.to_owned(), self.library.to_owned()]
            .into_iter()
            .chain(licences)
        {
            fs::rename(scratch.join(&file), folder.join(&file))
                .with_context(|| format!("cannot move {file} to {}", folder.display()))?;
        }
        Ok(())
    }

    fn download(&self, scratch: &Path, version: &str) -> Result<()> {
        let (title, variable) = (self.title, self.variable);
        let platform = match env::consts::ARCH {
            arch @ ("x86_64" | "aarch64") if cfg!(target_os = "linux") => {
                format!("manylinux_2_28_{arch}")
            }
            arch => bail!(
                "no {title} is pinned for {arch} {}: set {variable} to your own library",
                env::consts::OS
            ),
        };
        let mut pip = python::pip()?;
        // One Python version, whatever this machine's is: the library inside the wheel is the same.
        pip.args(["download", "--no-deps", "--require-hashes", "--only-binary=:all:"])
            .args(["--implementation", "cp", "--python-version", "3.12", "--abi", "cp312"])
            .args(["--platform", &platform, "--requirement", self.pin, "--dest"])
            .arg(scratch);
        let doing = format!("Fetching {title} {version} from PyPI ({})", self.size);
        process::quietly(&doing, &mut pip)
            .with_context(|| format!("cannot fetch {title} (or set {variable} to a library that you have)"))
            .map(drop)
    }

    /// Takes the library and its licences out of the only wheel in `scratch`.
    fn unpack(&self, scratch: &Path, library: &str, version: &str) -> Result<()> {
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
        unpack
            .arg(scratch)
            .arg(format!("{}/{library}", self.library_folder))
            .args(self.licences.iter().map(|member| member.replace("VERSION", version)));
        process::quietly(&format!("Unpacking {}", self.title), &mut unpack).map(drop)
    }

    /// Whether this machine can load the library at all: its libc may be too old.
    fn check_loads(&self, library: &Path) -> Result<()> {
        let (title, variable) = (self.title, self.variable);
        let load = "import ctypes, sys; getattr(ctypes.CDLL(sys.argv[1]), sys.argv[2])";
        let mut load = python::snippet(load);
        process::quietly("Checking that it loads", load.arg(library).arg(self.symbol))
            .with_context(|| format!("{title} does not load on this machine: set {variable} to one that does"))
            .map(drop)
    }
}

fn base_name(member: &'static str) -> &'static str {
    member.rsplit('/').next().unwrap_or(member)
}

/// What is to be fetched.
#[derive(Debug)]
struct Pin {
    version: String,
    recipe: String,
}

impl Pin {
    fn read(path: &Path, package: &str) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let start = format!("{package}==");
        let version = text
            .lines()
            .find_map(|line| line.strip_prefix(&start))
            .and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("{}: expected a line `{package}==VERSION`", path.display()))?
            .to_owned();
        Ok(Self {
            version,
            recipe: format!("{}\n{text}", env::consts::ARCH),
        })
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mujoco, onnxruntime};

    #[test]
    fn the_pinned_version_is_read_and_part_of_the_recipe() {
        for (wheel, start) in [(onnxruntime::WHEEL, "1."), (mujoco::WHEEL, "3.")] {
            let pin = Pin::read(&project::root().join(wheel.pin), wheel.package).unwrap();
            assert!(pin.version.starts_with(start), "{}", pin.version);
            assert!(pin.recipe.contains(&pin.version));
        }
    }

    #[test]
    fn a_pin_without_a_version_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin.txt");
        fs::write(&path, "onnxruntime\n").unwrap();
        let error = Pin::read(&path, "onnxruntime").unwrap_err().to_string();
        assert!(
            error.contains("pin.txt") && error.contains("onnxruntime==VERSION"),
            "{error}"
        );
    }
}

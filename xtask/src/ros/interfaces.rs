//! Message packages of a user's own, compiled from their definitions into the wheels' environment.
//!
//! The wheels have ROS 2's generators; what the generators are driven with comes from Debian.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{overlay, wheels};
use crate::{apt, process, project};

/// Below the environment: the names of the packages that were added to it, a line each.
const ADDED: &str = "added-interfaces";
/// What marks a package of message definitions, in its package.xml.
const GROUP: &str = "<member_of_group>rosidl_interface_packages</member_of_group>";
/// Debian's packages, each with a file that tells whether it is there.
const DEBIAN: &[(&str, &str)] = &[
    ("cmake", "/usr/bin/cmake"),
    ("g++", "/usr/bin/g++"),
    ("ament-cmake", "/usr/share/ament_cmake"),
    ("ament-cmake-ros", "/usr/share/ament_cmake_ros"),
];

/// Packages that interface packages ask for and that have no wheel: a name, and what CMake is to do.
const STAND_INS: &[(&str, &str)] = &[
    (
        "rosidl_default_generators",
        "foreach(_package
  rosidl_cmake rosidl_generator_type_description rosidl_generator_c rosidl_typesupport_c
  rosidl_typesupport_introspection_c rosidl_typesupport_fastrtps_c rosidl_generator_cpp rosidl_typesupport_cpp
  rosidl_typesupport_introspection_cpp rosidl_typesupport_fastrtps_cpp rosidl_generator_py rosidl_default_runtime)
  find_package(${_package} REQUIRED)
endforeach()
",
    ),
    ("python_cmake_module", ""),
    ("PythonExtra", ""),
];

/// The packages that were added to the environment in `prefix`.
pub(super) fn added(prefix: &Path) -> Vec<String> {
    let text = fs::read_to_string(prefix.join(ADDED)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Compiles every interface package in `folder` and below into the environment in `prefix`.
pub(super) fn add(folder: &Path, prefix: &Path) -> Result<()> {
    let packages = in_order(find(folder)?)?;
    if packages.is_empty() {
        bail!(
            "{}: expected folders with a package.xml that says {GROUP}, found none",
            folder.display()
        );
    }
    for (package, file) in DEBIAN {
        if !Path::new(file).exists() {
            apt::install(package, "compiling message packages")?;
        }
    }
    let work = project::provisioned().join("interfaces");
    for (name, text) in STAND_INS {
        let folder = work.join("share").join(name).join("cmake");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(folder.join(format!("{name}Config.cmake")), text)?;
    }
    let python = Python::of(prefix)?;
    lead_to_our_headers(prefix, &python)?;
    for package in &packages {
        build(package, prefix, &work, &python)?;
        remember(&package.name, prefix)?;
    }
    overlay::complete(prefix)
}

/// A folder with message definitions.
#[derive(Debug, PartialEq)]
struct Package {
    name: String,
    folder: PathBuf,
    /// Its package.xml.
    text: String,
}

impl Package {
    fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join("package.xml")).ok()?;
        let (_, rest) = text.split_once("<name>")?;
        let name = rest.split_once("</name>")?.0.trim().to_owned();
        text.contains(GROUP).then_some(Self {
            name,
            folder: folder.to_owned(),
            text,
        })
    }

    fn needs(&self, other: &Self) -> bool {
        self.text.contains(&format!(">{}<", other.name)) && self.name != other.name
    }
}

fn find(folder: &Path) -> Result<Vec<Package>> {
    if let Some(package) = Package::read(folder) {
        return Ok(vec![package]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.append(&mut find(&entry.path())?);
        }
    }
    Ok(found)
}

/// Puts each package behind those that it needs.
fn in_order(mut open: Vec<Package>) -> Result<Vec<Package>> {
    open.sort_by(|one, other| other.name.cmp(&one.name));
    let mut ordered = Vec::new();
    while !open.is_empty() {
        let next = (0..open.len())
            .rev()
            .find(|&at| !open.iter().any(|other| open[at].needs(other)));
        let Some(next) = next else {
            let names: Vec<_> = open.iter().map(|package| package.name.as_str()).collect();
            bail!("the packages {} need each other in a circle", names.join(", "));
        };
        ordered.push(open.remove(next));
    }
    Ok(ordered)
}

/// What CMake has to know of the environment's Python.
#[derive(Debug)]
struct Python {
    /// Such as `3.11`.
    version: String,
    headers: String,
    numpy_headers: String,
}

impl Python {
    fn of(prefix: &Path) -> Result<Self> {
        const ASK: &str = "import sys, sysconfig, numpy
print('%d.%d' % sys.version_info[:2], sysconfig.get_path('include'), numpy.get_include(), sep='\\n')";
        let told = process::output(process::command(prefix.join("bin/python")).args(["-c", ASK]))?;
        let mut lines = told.lines().map(str::to_owned);
        let mut next = || lines.next().context("Python did not say where its headers are");
        let (version, headers, numpy_headers) = (next()?, next()?, next()?);
        if !Path::new(&headers).join("Python.h").is_file() {
            apt::install(&format!("python{version}-dev"), "compiling message packages")?;
        }
        Ok(Self {
            version,
            headers,
            numpy_headers,
        })
    }
}

/// The wheels' CMake files name the Python headers of the machine that built them.
fn lead_to_our_headers(prefix: &Path, python: &Python) -> Result<()> {
    let Python { version, .. } = python;
    let tag = format!("cp{}", version.replace('.', ""));
    let theirs = format!("/opt/python/{tag}-{tag}");
    let numpy = format!("{theirs}/lib/python{version}/site-packages/numpy/_core/include");
    let headers = format!("{theirs}/include/python{version}");
    for package in fs::read_dir(prefix.join("share"))?.flatten() {
        for file in fs::read_dir(package.path().join("cmake"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(text) = fs::read_to_string(file.path()) else {
                continue;
            };
            let ours = text
                .replace(&numpy, &python.numpy_headers)
                .replace(&headers, &python.headers);
            if ours != text {
                fs::write(file.path(), ours).with_context(|| format!("cannot write {}", file.path().display()))?;
            }
        }
    }
    Ok(())
}

fn build(package: &Package, prefix: &Path, work: &Path, python: &Python) -> Result<()> {
    let folder = work.join("build").join(&package.name);
    let prefixes = format!("{};{};/usr", work.display(), prefix.display());
    let site_packages = prefix.join(format!("lib/python{}/site-packages", python.version));
    // The wheels' own come first: Debian's are for ament's scripts alone.
    let modules = env::join_paths([site_packages.as_path(), Path::new("/usr/lib/python3/dist-packages")])?;
    let libraries = env::join_paths(&wheels::library_folders(prefix)?[1..])?;
    let cmake = || {
        let mut command = process::command("/usr/bin/cmake");
        command
            .env("AMENT_PREFIX_PATH", env::join_paths([work, prefix]).unwrap_or_default())
            .env("PYTHONPATH", &modules)
            .env("LD_LIBRARY_PATH", &libraries)
            // The wheels' Python would start itself anew to set the variable above.
            .env("_ROS_WHEELS_BOOTSTRAP_COMPLETE", "1");
        command
    };
    let mut configure = cmake();
    configure
        .arg("-S")
        .arg(&package.folder)
        .arg("-B")
        .arg(&folder)
        .args(["-DCMAKE_BUILD_TYPE=Release", "-DBUILD_TESTING=OFF"])
        .arg(format!("-DCMAKE_PREFIX_PATH={prefixes}"))
        .arg(format!("-DCMAKE_INSTALL_PREFIX={}", prefix.display()));
    for variable in ["Python3_EXECUTABLE", "PYTHON_EXECUTABLE"] {
        configure.arg(format!("-D{variable}={}", prefix.join("bin/python").display()));
    }
    let name = &package.name;
    process::quietly(&format!("Configuring {name}"), &mut configure)?;
    process::quietly(
        &format!("Compiling {name}"),
        cmake().arg("--build").arg(&folder).arg("--parallel"),
    )?;
    process::quietly(&format!("Installing {name}"), cmake().arg("--install").arg(&folder)).map(drop)
}

fn remember(name: &str, prefix: &Path) -> Result<()> {
    let mut names: BTreeSet<_> = added(prefix).into_iter().collect();
    names.insert(name.to_owned());
    let text = names.into_iter().map(|name| name + "\n").collect::<String>();
    fs::write(prefix.join(ADDED), text).context("cannot note what was added")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &Path, name: &str, needs: &str) {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        let text = format!("<package><name>{name}</name><depend>{needs}</depend>{GROUP}</package>");
        fs::write(folder.join("package.xml"), text).unwrap();
    }

    fn names(packages: &[Package]) -> Vec<&str> {
        packages.iter().map(|package| package.name.as_str()).collect()
    }

    #[test]
    fn packages_are_found_wherever_they_lie_and_come_behind_what_they_need() {
        let scratch = tempfile::tempdir().unwrap();
        package(scratch.path(), "arm_msgs", "hand_msgs");
        package(&scratch.path().join("deep/er"), "hand_msgs", "std_msgs");
        package(scratch.path(), "base_msgs", "std_msgs");
        fs::write(scratch.path().join("deep/package.xml"), "<name>no_messages</name>").unwrap();
        let found = in_order(find(scratch.path()).unwrap()).unwrap();
        assert_eq!(names(&found), ["base_msgs", "hand_msgs", "arm_msgs"]);
    }

    #[test]
    fn a_circle_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        package(scratch.path(), "hen_msgs", "egg_msgs");
        package(scratch.path(), "egg_msgs", "hen_msgs");
        let error = in_order(find(scratch.path()).unwrap()).unwrap_err().to_string();
        assert!(error.contains("egg_msgs") && error.contains("hen_msgs"), "{error}");
    }

    #[test]
    fn what_was_added_is_remembered_once() {
        let prefix = tempfile::tempdir().unwrap();
        for name in ["one", "two", "one"] {
            remember(name, prefix.path()).unwrap();
        }
        assert_eq!(added(prefix.path()), ["one", "two"]);
    }

    #[test]
    fn only_the_headers_of_the_building_machine_are_replaced() {
        let prefix = tempfile::tempdir().unwrap();
        let folder = prefix.path().join("share/std_msgs/cmake");
        fs::create_dir_all(&folder).unwrap();
        let theirs = "/opt/python/cp311-cp311/include/python3.11;/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include;/opt/ros";
        fs::write(folder.join("export.cmake"), theirs).unwrap();
        let python = Python {
            version: "3.11".into(),
            headers: "/ours".into(),
            numpy_headers: "/numpy".into(),
        };
        lead_to_our_headers(prefix.path(), &python).unwrap();
        assert_eq!(
            fs::read_to_string(folder.join("export.cmake")).unwrap(),
            "/ours;/numpy;/opt/ros"
        );
    }
}

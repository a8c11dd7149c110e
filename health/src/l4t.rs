//! Which release of NVIDIA's Linux for Tegra, and so which JetPack.

use std::fmt;

use serde::Serialize;

use crate::tree::Tree;

/// Debian's list of installed packages is no longer than this.
const MAX_PACKAGES: u64 = 64 << 20;

/// A release of Linux for Tegra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct L4t {
    /// The 36 of 36.4.3.
    pub major: u32,
    /// The 4 of 36.4.3.
    pub minor: u32,
    /// The 3 of 36.4.3.
    pub patch: u32,
}

impl fmt::Display for L4t {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The JetPack that a release of Linux for Tegra is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JetPack {
    /// Such as `6.2.1`; of a release that is not known here its first number, such as `6`.
    pub name: &'static str,
    /// The first number of the CUDA that comes with it.
    pub cuda: u32,
}

/// The releases that are known, with what JetPack calls them.
const RELEASES: &[([u32; 3], &str)] = &[
    ([35, 1, 0], "5.0.2"),
    ([35, 2, 1], "5.1"),
    ([35, 3, 1], "5.1.1"),
    ([35, 4, 1], "5.1.2"),
    ([35, 5, 0], "5.1.3"),
    ([35, 6, 0], "5.1.4"),
    ([36, 3, 0], "6.0"),
    ([36, 4, 0], "6.1"),
    ([36, 4, 3], "6.2"),
    ([36, 4, 4], "6.2.1"),
    ([36, 4, 7], "6.2.1"),
    ([36, 5, 0], "6.2.2"),
    ([38, 2, 0], "7.0"),
    ([38, 2, 1], "7.0"),
    ([38, 2, 2], "7.0"),
    ([38, 4, 0], "7.1"),
    ([39, 2, 0], "7.2"),
    ([39, 2, 1], "7.2.1"),
];

impl L4t {
    /// As `/etc/nv_tegra_release` says, or the package `nvidia-l4t-core` where that file is absent, as in a container.
    pub(crate) fn read(tree: &Tree) -> Option<Self> {
        let release = tree.text("/etc/nv_tegra_release");
        release.as_deref().and_then(of_release_file).or_else(|| {
            let packages = tree.long_text("/var/lib/dpkg/status", MAX_PACKAGES)?;
            of_packages(&packages)
        })
    }

    /// The JetPack that it is part of.
    pub fn jetpack(&self) -> JetPack {
        let known = RELEASES
            .iter()
            .find(|(release, _)| *release == [self.major, self.minor, self.patch]);
        let (family, cuda) = match self.major {
            0..34 => ("4", 10),
            34..36 => ("5", 11),
            36..38 => ("6", 12),
            _ => ("7", 13),
        };
        JetPack {
            name: known.map_or(family, |(_, name)| name),
            cuda,
        }
    }
}

/// Such as `# R36 (release), REVISION: 4.3, GCID: …`.
fn of_release_file(text: &str) -> Option<L4t> {
    let (_, after) = text.split_once('R')?;
    let (major, after) = after.split_once(' ')?;
    let (_, revision) = after.split_once("REVISION:")?;
    let revision = revision.split([',', '\n']).next()?.trim();
    let (minor, patch) = revision.split_once('.').unwrap_or((revision, "0"));
    Some(L4t {
        major: major.parse().ok()?,
        minor: minor.parse().ok()?,
        patch: patch.parse().ok()?,
    })
}

/// The version of `nvidia-l4t-core`, such as `36.4.3-20250107174145`.
fn of_packages(status: &str) -> Option<L4t> {
    let package = status.split("\n\n").find(|package| {
        let mut lines = package.lines();
        lines.any(|line| line == "Package: nvidia-l4t-core")
    })?;
    let version = package.lines().find_map(|line| line.strip_prefix("Version: "))?;
    let version = version.split('-').next()?;
    let mut numbers = version.split('.').map(str::parse::<u32>);
    Some(L4t {
        major: numbers.next()?.ok()?,
        minor: numbers.next()?.ok()?,
        patch: numbers.next().and_then(Result::ok).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Option<String> {
        of_release_file(text).map(|l4t| format!("{l4t} {}", l4t.jetpack().name))
    }

    #[test]
    fn a_release_file_tells_the_jetpack() {
        for (text, expected) in [
            (
                "# R36 (release), REVISION: 4.0, GCID: 37537400, BOARD: generic, EABI: aarch64",
                Some("36.4.0 6.1"),
            ),
            ("# R38 (release), REVISION: 2.2", Some("38.2.2 7.0")),
            ("# R39 (release), REVISION: 2.1, GCID: 46758480", Some("39.2.1 7.2.1")),
            ("# R36 (release), REVISION: 99.0", Some("36.99.0 6")),
            ("# R32 (release), REVISION: 7.1", Some("32.7.1 4")),
            ("R", None),
            ("# R36 (release), REVISION: four", None),
        ] {
            assert_eq!(release(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_container_tells_it_by_its_packages() {
        let status = "Package: nvidia-l4t-cuda\nVersion: 1.2.3-4\n\nPackage: nvidia-l4t-core\nStatus: install ok installed\n\
                      Version: 36.4.3-20250107174145\n\nPackage: zlib\n";
        assert_eq!(of_packages(status).unwrap().to_string(), "36.4.3");
        assert_eq!(of_packages("Package: zlib\nVersion: 1\n"), None);
    }
}

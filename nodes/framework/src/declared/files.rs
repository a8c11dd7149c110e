//! Several parameter files, which add up.

use std::path::{Path, PathBuf};

use serde_yaml_ng::{Mapping, Value as Yaml};

use super::file::{ParameterError, ParameterFile};
use super::initial::Layer;
use super::tree;

/// Under `/**`: the files that a file adds to, beside it.
const EXTENDS: &str = "extends";
/// More files than any robot's extend each other.
const MOST_FILES: usize = 32;

/// Parameter files in the order in which they count: later ones win. A file that `extends` others under `/**` comes
/// after those.
#[derive(Debug, Clone, Default)]
pub struct ParameterFiles {
    files: Vec<ParameterFile>,
    /// What follows from the files, and counts where none of them says it: node, parameter, value.
    derived: Vec<(String, String, Yaml)>,
}

impl ParameterFiles {
    /// Reads files, and those that they extend.
    ///
    /// # Errors
    /// Where one of them cannot be read, has another form than a ROS 2 parameter file, or extends itself.
    pub fn read<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, ParameterError> {
        let mut files = Self::default();
        for path in paths {
            files.add(path.as_ref(), &mut Vec::new())?;
        }
        Ok(files)
    }

    fn add(&mut self, path: &Path, below: &mut Vec<PathBuf>) -> Result<(), ParameterError> {
        let refused = |message: String| Err(ParameterError::value(path, "/**", message));
        if below.iter().any(|other| is_same(other, path)) {
            return refused(format!("`{EXTENDS}`: expected other files, found this file again"));
        }
        if self.files.len() + below.len() >= MOST_FILES {
            return refused(format!(
                "`{EXTENDS}`: expected at most {MOST_FILES} files in all, found more"
            ));
        }
        let mut file = ParameterFile::read(path)?;
        let bases = file.take_shared(EXTENDS)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        below.push(path.to_owned());
        for base in bases {
            self.add(&folder.join(base), below)?;
        }
        below.pop();
        self.files.push(file);
        Ok(())
    }

    /// The first file, beside which relative paths lie that no file gives.
    pub fn first(&self) -> Option<&Path> {
        self.files.first().map(ParameterFile::path)
    }

    /// The last file, which has the last word.
    pub fn last(&self) -> Option<&Path> {
        self.files.last().map(ParameterFile::path)
    }

    /// All files, in the order in which they count.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(ParameterFile::path)
    }

    /// A path that is not beside a file of its own: a relative one lies beside the first file.
    pub fn beside(&self, path: &Path) -> PathBuf {
        let folder = self.first().and_then(Path::parent);
        folder.unwrap_or(Path::new("")).join(path)
    }

    /// Whether one of them has a section for the node.
    pub fn has(&self, node: &str) -> bool {
        self.files.iter().any(|file| file.has(node))
    }

    /// The sections of single nodes, as they are written, with their files.
    pub fn sections(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files
            .iter()
            .flat_map(|file| file.sections().map(move |section| (file.path(), section)))
    }

    /// The names of parameters under `/**`, with their files.
    pub fn shared(&self) -> impl Iterator<Item = (&Path, String)> {
        self.files.iter().flat_map(|file| {
            let keys = file.shared("", "/").into_iter();
            keys.filter_map(|(key, _)| Some((file.path(), key.as_str()?.to_owned())))
        })
    }

    /// Adds what follows for a node from the parameters of others, and counts where no file says it.
    pub fn derive(&mut self, node: &str, parameter: &str, value: impl Into<Yaml>) {
        self.derived.push((node.to_owned(), parameter.to_owned(), value.into()));
    }

    /// What was derived for a node: parameters and values.
    pub fn derived_of(&self, node: &str) -> impl Iterator<Item = (&str, &Yaml)> {
        let of_it = self.derived.iter().filter(move |(of, ..)| of == node);
        of_it.map(|(_, parameter, value)| (parameter.as_str(), value))
    }

    /// The value that the files themselves have for a parameter of a node.
    pub fn said(&self, node: &str, parameter: &str, namespace: &str) -> Option<Yaml> {
        let sections = self
            .files
            .iter()
            .rev()
            .flat_map(|file| [file.section(node, node, namespace), file.shared(node, namespace)]);
        sections
            .into_iter()
            .find_map(|section| tree::at(&section, parameter).cloned())
    }

    /// What there is for a node, of which later ones win. `usual` is the name by which files know it, `called` what it
    /// is called now.
    pub fn layers(&self, usual: &str, called: &str, namespace: &str) -> Vec<Layer> {
        let derived = self.derived_of(usual);
        let derived: Mapping = derived
            .map(|(parameter, value)| (parameter.into(), value.clone()))
            .collect();
        let mut layers = Vec::new();
        // An error names where values come from, and so nothing where there are none.
        if !derived.is_empty() {
            layers.push(Layer::section("derived", called, derived));
        }
        for file in &self.files {
            let origin = file.path().display().to_string();
            let folder = self.other_folder(file.path());
            let shared = Layer::shared(&origin, "/**", file.shared(called, namespace));
            let own = Layer::section(&origin, called, file.section(usual, called, namespace));
            layers.push(shared.beside(folder.clone()));
            layers.push(own.beside(folder));
        }
        layers
    }

    /// The folder of a file that does not lie beside the first one.
    fn other_folder(&self, path: &Path) -> Option<PathBuf> {
        let first = self.first()?.parent();
        let folder = path.parent()?;
        if first == Some(folder) {
            return None;
        }
        std::path::absolute(folder.join(".")).ok()
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b
        || match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::super::{Declared, NoCommon, NodeParams};
    use super::*;

    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, default)]
    struct GaitParams {
        rate_hz: f64,
        width_m: f64,
        #[schemars(extend("x-path" = true))]
        table: PathBuf,
        #[schemars(extend("x-path" = true))]
        more_tables: Vec<PathBuf>,
    }

    impl NodeParams for GaitParams {}

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    fn gait(files: &ParameterFiles) -> GaitParams {
        let layers = files.layers("gait", "gait", "/");
        Declared::<GaitParams, NoCommon>::from_layers("gait", &layers)
            .unwrap()
            .value()
            .clone()
    }

    #[test]
    fn a_file_comes_after_those_that_it_extends_and_a_later_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[
                (
                    "base/robot.yaml",
                    "gait: {ros__parameters: {rate_hz: 1, width_m: 1, table: gait.csv}}",
                ),
                (
                    "ball.yaml",
                    "{/**: {ros__parameters: {extends: base/robot.yaml}}, gait: {ros__parameters: {rate_hz: 2}}}",
                ),
                ("mine.yaml", "gait: {ros__parameters: {width_m: 3}}"),
            ],
        );
        let at = |name: &str| folder.path().join(name);
        let files = ParameterFiles::read([at("ball.yaml"), at("mine.yaml")]).unwrap();
        let params = gait(&files);
        assert_eq!((params.rate_hz, params.width_m), (2.0, 3.0));
        // Beside the first file, which is the one that is extended.
        assert_eq!(params.table, Path::new("gait.csv"));
        assert_eq!(files.first(), Some(at("base/robot.yaml").as_path()));
    }

    #[test]
    fn a_path_lies_beside_the_file_that_gives_it() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[
                ("robot.yaml", "gait: {ros__parameters: {table: a.csv}}"),
                (
                    "mine/mine.yaml",
                    "gait: {ros__parameters: {table: b.csv, more_tables: [c.csv, d.csv]}}",
                ),
            ],
        );
        let at = |name: &str| folder.path().join(name);
        let files = ParameterFiles::read([at("robot.yaml"), at("mine/mine.yaml")]).unwrap();
        let params = gait(&files);
        assert_eq!(params.table, at("mine/b.csv"));
        assert_eq!(params.more_tables, [at("mine/c.csv"), at("mine/d.csv")]);
    }

    #[test]
    fn what_is_derived_counts_where_no_file_says_it() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[("robot.yaml", "gait: {ros__parameters: {rate_hz: 1}}")],
        );
        let mut files = ParameterFiles::read([folder.path().join("robot.yaml")]).unwrap();
        files.derive("gait", "rate_hz", 7.0);
        files.derive("gait", "width_m", 7.0);
        let params = gait(&files);
        assert_eq!((params.rate_hz, params.width_m), (1.0, 7.0));
    }

    #[test]
    fn a_file_that_extends_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[
                ("a.yaml", "/**: {ros__parameters: {extends: [b.yaml]}}"),
                ("b.yaml", "/**: {ros__parameters: {extends: a.yaml}}"),
                ("c.yaml", "/**: {ros__parameters: {extends: {}}}"),
            ],
        );
        let error = |name: &str| {
            ParameterFiles::read([folder.path().join(name)])
                .unwrap_err()
                .to_string()
        };
        assert!(error("a.yaml").contains("found this file again"), "{}", error("a.yaml"));
        std::fs::write(
            folder.path().join("d.yaml"),
            "/left/**: {ros__parameters: {extends: a.yaml}}",
        )
        .unwrap();
        assert!(error("d.yaml").contains("under `/**` alone"), "{}", error("d.yaml"));
        let refused = error("c.yaml");
        assert!(
            refused.contains("c.yaml") && refused.contains("`extends`: expected"),
            "{refused}"
        );
    }
}

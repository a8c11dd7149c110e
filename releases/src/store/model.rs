//! The model of a release, as the node that runs it takes it out of the store, and the first one that a robot comes with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;

use super::error::disk;
use super::release::entry;
use super::{Loaded, Status, Store, StoreError, StoredRelease};
use crate::bundle::{Kind, MANIFEST, Manifest, Requires, read_file, verify_folder};

/// The file with the contract of a factory release.
const CONTRACT: &str = "contract.yaml";
/// How the name of a release begins that was made of a robot's own model.
pub(super) const FACTORY_MODEL: &str = "factory_";
/// Longest part of a release's name that comes from its model's file.
const LONGEST_STEM: usize = 48;

/// The model of a release whose bytes were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedModel {
    /// Name and version.
    pub version: String,
    /// Where it lies, for messages: what runs is made of `bytes`.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Name and bytes of its contract, where that is not in the model.
    pub contract: Option<(String, Vec<u8>)>,
}

impl Loaded {
    /// The model, which has to be of this kind and to run with this Sinew.
    ///
    /// # Errors
    /// Says what it is instead, or what it needs.
    pub fn model(&self, kind: Kind) -> Result<ReleasedModel, String> {
        let file = |name: &str| {
            let bytes = self.files.get(name).ok_or_else(|| format!("it has no file {name}"));
            bytes.cloned()
        };
        let manifest = Manifest::parse(&file(MANIFEST)?).map_err(|error| error.to_string())?;
        Ok(ReleasedModel {
            version: self.release.version.clone(),
            ..ReleasedModel::of(&manifest, &self.folder, file, kind)?
        })
    }
}

impl ReleasedModel {
    /// Of a release in a folder of its own, verified against its `release.json`.
    ///
    /// # Errors
    /// Says what is not as it says, or as [`Loaded::model`].
    pub fn of_folder(folder: &Path, kind: Kind) -> Result<Self, String> {
        let manifest = verify_folder(folder).map_err(|error| error.to_string())?;
        let file = |name: &str| read_file(folder, &manifest, name).map_err(|error| error.to_string());
        Self::of(&manifest, folder, file, kind)
    }

    fn of(
        manifest: &Manifest,
        folder: &Path,
        file: impl Fn(&str) -> Result<Vec<u8>, String>,
        kind: Kind,
    ) -> Result<Self, String> {
        if manifest.kind != kind {
            return Err(format!("expected a release of kind {kind}, found {}", manifest.kind));
        }
        let this = this_sinew().map_err(|error| error.to_string())?;
        manifest
            .expect_runtime(&this, None)
            .map_err(|error| error.to_string())?;
        let contract = manifest.contract.as_ref();
        let contract = contract.map(|name| file(name).map(|bytes| (name.clone(), bytes)));
        Ok(Self {
            version: manifest.label(),
            path: folder.join(&manifest.model),
            bytes: file(&manifest.model)?,
            contract: contract.transpose()?,
        })
    }
}

impl Store {
    /// Makes the model that a robot's parameters name the factory release of a store that has none.
    ///
    /// # Errors
    /// Where it makes no release, or another is there already, or the disk refuses.
    pub fn install_factory_model(
        &self,
        kind: Kind,
        model: (&Path, &[u8]),
        contract: Option<Vec<u8>>,
    ) -> Result<Status, StoreError> {
        let not_one = |reason: String| StoreError::Release { reason };
        let (manifest, mut files) = factory_files(kind, model, contract).map_err(not_one)?;
        let release = StoredRelease::of(&manifest).map_err(|error| not_one(error.to_string()))?;
        let described = manifest.to_bytes().map_err(|error| not_one(error.to_string()))?;
        files.insert(MANIFEST.to_owned(), described);
        let folder = self.incoming().join("factory");
        fs::create_dir_all(&folder).map_err(disk(&folder))?;
        for (name, bytes) in &files {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(disk(&path))?;
        }
        let status = self.install_factory(&release, &folder)?;
        fs::remove_dir_all(&folder).map_err(disk(&folder))?;
        Ok(status)
    }
}

fn this_sinew() -> Result<Version, semver::Error> {
    Version::parse(env!("CARGO_PKG_VERSION"))
}

fn factory_files(
    kind: Kind,
    (path, model): (&Path, &[u8]),
    contract: Option<Vec<u8>>,
) -> Result<(Manifest, BTreeMap<String, Vec<u8>>), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let release: String = stem.chars().map(plain).take(LONGEST_STEM).collect();
    let requires = Requires {
        sinew: this_sinew().map_err(|error| error.to_string())?,
        onnxruntime: None,
    };
    let mut manifest = Manifest::new(&format!("{FACTORY_MODEL}{release}"), 1, kind, &name, requires);
    let mut files = BTreeMap::from([(name, model.to_vec())]);
    if let Some(contract) = contract {
        manifest.contract = Some(CONTRACT.to_owned());
        files.insert(CONTRACT.to_owned(), contract);
    }
    for (name, bytes) in &files {
        manifest.files.insert(name.clone(), entry(bytes));
    }
    Ok((manifest, files))
}

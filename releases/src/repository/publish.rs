//! A model becomes a release of a repository.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::bars::{CHANNELS_FILE, Channels, EvalReport, MAX_CHANNELS_BYTES};
use super::init::{channels_target, put_channels, stored_name, target, target_name};
use super::{Repository, RepositoryError, custom};
use crate::bundle::{FileEntry, Kind, MANIFEST, Manifest, Provenance, Requires, pack};
use crate::catalog::{Catalog, Offer, TargetFile};
use crate::client::{ClientError, Download};
use crate::delta::{MAX_DELTA_BYTES, diff};
use crate::rollout::{CUSTOM_KEY, DeltaOffer, Rollout, State};
use crate::signature::{Signer, sign_folder};
use crate::source::{Limits, SourceError};
use crate::{Digest, digest_of};

/// How many earlier versions a release has deltas from.
const DELTAS: usize = 3;
/// A delta that is not smaller than this share of the whole is not worth its base.
const WORTH: f64 = 0.9;
const MAX_FILE_BYTES: u64 = 2 << 30;
const REPORT: &str = "eval.json";

/// What is to be released, and to whom.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The model's file. Files beside it that hold its weights come along, as the report names them.
    pub model: PathBuf,
    /// Name of the release.
    pub name: String,
    /// Its version; the next one where there is none.
    pub version: Option<u64>,
    /// What it is for.
    pub kind: Kind,
    /// The policy's contract, where it is not in the model.
    pub contract: Option<PathBuf>,
    /// What `sinew eval --json` wrote of this model.
    pub report: Option<PathBuf>,
    /// Where the model comes from.
    pub provenance: Provenance,
    /// The oldest that it runs with.
    pub requires: Requires,
    /// Who it is for.
    pub channel: String,
    /// How many of them get it, thousandths.
    pub per_mille: u16,
    /// The groups that get it; all where there is none.
    pub groups: Vec<String>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The release.
    pub manifest: Manifest,
    /// Length of its archive, bytes.
    pub bytes: u64,
    /// SHA-256 of its archive.
    pub sha256: Digest,
    /// The versions that it has deltas from, and their lengths, bytes.
    pub deltas: Vec<(u64, u64)>,
}

impl Repository {
    /// Adds a release. Its files are written first and its metadata last, so that robots see it whole or not at all.
    ///
    /// # Errors
    /// Where the evaluation does not allow it, the version is not new, a file cannot be read, and where it cannot be signed
    /// or written.
    pub fn publish(
        &mut self,
        publication: &Publication,
        signer: Option<&Signer>,
    ) -> Result<Published, RepositoryError> {
        let catalog = self.catalog();
        let version = next_version(&catalog, publication)?;
        let draft = self.writer.draft()?;
        let folder = draft.path().join("release");
        fs::create_dir(&folder).map_err(RepositoryError::io(&folder, "cannot be made"))?;
        let manifest = self.compose(publication, version, &folder)?;
        let archive = draft.path().join("archive");
        let create = |path: &Path| File::create(path).map_err(RepositoryError::io(path, "cannot be written"));
        pack(&folder, BufWriter::new(create(&archive)?))?;
        let (sha256, bytes) = digest(&archive)?;

        let mut targets = self.loaded.targets().signed.clone();
        let mut files = Vec::new();
        let mut add = |name: &str, path: &Path| -> Result<(), RepositoryError> {
            let (sha256, bytes) = digest(path)?;
            let file = TargetFile {
                name: name.to_owned(),
                bytes,
                sha256,
            };
            targets.targets.insert(target_name(name)?, target(&file));
            files.push((file, path.to_owned()));
            Ok(())
        };
        let mut rollout = Rollout {
            name: manifest.name.clone(),
            version,
            kind: manifest.kind,
            model: manifest.files.get(&manifest.model).map_or(sha256, |file| file.sha256),
            channel: publication.channel.clone(),
            per_mille: publication.per_mille,
            groups: publication.groups.clone(),
            state: State::Active,
            reason: None,
            deltas: Vec::new(),
            signature: None,
            pardoned: 0,
        };
        let mut deltas = Vec::new();
        for (earlier, delta) in self.deltas(&catalog, &manifest.name, &archive, draft.path())? {
            let target = format!("{}.from-{}.zst", manifest.label(), earlier.rollout.version);
            deltas.push((earlier.rollout.version, delta.len() as u64));
            let path = draft.path().join(&target);
            fs::write(&path, &delta).map_err(RepositoryError::io(&path, "cannot be written"))?;
            add(&target, &path)?;
            rollout.deltas.push(DeltaOffer {
                from: earlier.rollout.version,
                base: earlier.archive.sha256,
                target,
            });
        }
        if let Some(signer) = signer {
            let target = format!("{}.sig", manifest.label());
            let path = draft.path().join(&target);
            let text = sign_folder(&folder, &manifest.label(), signer)?;
            fs::write(&path, text).map_err(RepositoryError::io(&path, "cannot be written"))?;
            add(&target, &path)?;
            rollout.signature = Some(target);
        }
        let name = format!("{}.tar", manifest.label());
        add(&name, &archive)?;
        if let Some(described) = targets.targets.get_mut(&target_name(&name)?) {
            described.custom.insert(CUSTOM_KEY.to_owned(), custom(&rollout)?);
        }
        let catalog = Catalog::of(&targets);
        self.runtime.block_on(async {
            for (target, path) in &files {
                self.writer.put_target(target, path, &*self.progress).await?;
            }
            match catalog.offer(&manifest.name, version) {
                Some(offer) => self.writer.name_release(&catalog, offer).await,
                None => Ok(()),
            }
        })?;
        self.sign(Some(targets))?;
        Ok(Published {
            manifest,
            bytes,
            sha256,
            deltas,
        })
    }

    /// The channels and their bars.
    ///
    /// # Errors
    /// Where the repository has no file of them, or another one than was signed.
    pub fn channels(&self) -> Result<Channels, RepositoryError> {
        let wrong = |reason: &str| RepositoryError::Channels(format!("{CHANNELS_FILE}: {reason}"));
        let catalog = self.catalog();
        let file = catalog
            .file(CHANNELS_FILE)
            .ok_or_else(|| wrong("the repository has none"))?;
        let name = stored_name(&file.name, file.sha256);
        let bytes = self.runtime.block_on(self.writer.read(&name, MAX_CHANNELS_BYTES))?;
        if Digest::of(&bytes) != file.sha256 {
            return Err(wrong("it is not the one that was signed"));
        }
        Channels::parse(&String::from_utf8_lossy(&bytes))
    }

    /// Puts other channels, and other bars, in the place of those that there are. What is published stays.
    ///
    /// # Errors
    /// Where they cannot be signed or written.
    pub fn set_channels(&mut self, channels: &Channels) -> Result<(), RepositoryError> {
        let bytes = channels.to_bytes()?;
        self.runtime
            .block_on(self.writer.put_channels(&channels_target(&bytes), &bytes))?;
        let mut targets = self.loaded.targets().signed.clone();
        put_channels(&mut targets, &bytes)?;
        self.sign(Some(targets))
    }

    /// Writes the folder of a release, once its evaluation allows it.
    fn compose(&self, publication: &Publication, version: u64, folder: &Path) -> Result<Manifest, RepositoryError> {
        let channels = self.channels()?;
        let bar = channels.bar(&publication.channel)?;
        let below = |reason: String| RepositoryError::BelowBar {
            channel: publication.channel.clone(),
            reason,
        };
        let model = read(&publication.model)?;
        let model_name = file_name(&publication.model)?;
        let requires = publication.requires.clone();
        let mut manifest = Manifest::new(&publication.name, version, publication.kind, &model_name, requires);
        manifest.provenance = publication.provenance.clone();
        let mut files = BTreeMap::from([(model_name, model)]);
        if let Some(path) = &publication.report {
            let bytes = read(path)?;
            if publication.kind == Kind::Policy {
                let report =
                    EvalReport::parse(&bytes).map_err(|error| below(format!("{}: {error}", path.display())))?;
                let model = files
                    .values()
                    .next()
                    .map_or_else(|| Digest::of(b""), |model| Digest::of(model));
                report
                    .expect(model, bar)
                    .map_err(|error| below(format!("{}: {error}", path.display())))?;
                for (name, sha256) in &report.policy.weights_sha256 {
                    let weights = read(&publication.model.with_file_name(name))?;
                    if Digest::of(&weights) != *sha256 {
                        return Err(below(format!(
                            "{name}: it is not the file of weights that was evaluated"
                        )));
                    }
                    files.insert(name.clone(), weights);
                }
            }
            files.insert(REPORT.to_owned(), bytes);
            manifest.report = Some(REPORT.to_owned());
        } else if publication.kind == Kind::Policy {
            return Err(below(
                "expected the report of this policy, which `sinew eval --json FILE` writes, found none".to_owned(),
            ));
        }
        if let Some(path) = &publication.contract {
            let name = file_name(path)?;
            files.insert(name.clone(), read(path)?);
            manifest.contract = Some(name);
        }
        for (name, bytes) in &files {
            let entry = FileEntry {
                bytes: bytes.len() as u64,
                sha256: Digest::of(bytes),
            };
            manifest.files.insert(name.clone(), entry);
        }
        // Names that could not stand in a release are refused before a file has them.
        files.insert(MANIFEST.to_owned(), manifest.to_bytes()?);
        for (name, bytes) in files {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(RepositoryError::io(&path, "cannot be written"))?;
        }
        Ok(manifest)
    }

    /// The deltas from the last versions that are worth it.
    fn deltas<'a>(
        &self,
        catalog: &'a Catalog,
        name: &str,
        archive: &Path,
        draft: &Path,
    ) -> Result<Vec<(&'a Offer, Vec<u8>)>, RepositoryError> {
        let earlier = catalog.offers().iter().rev().filter(|offer| offer.rollout.name == name);
        let mut deltas = Vec::new();
        let Ok(new) = sinew_files::read(archive, MAX_DELTA_BYTES) else {
            return Ok(deltas);
        };
        for offer in earlier
            .filter(|offer| offer.rollout.state != State::Yanked)
            .take(DELTAS)
        {
            if offer.archive.bytes > MAX_DELTA_BYTES {
                continue;
            }
            let path = self.archive(offer, draft)?;
            // One that was taken away has no delta from it.
            let Ok(base) = sinew_files::read(&path, MAX_DELTA_BYTES) else {
                continue;
            };
            let delta = diff(&base, &new).map_err(RepositoryError::io(&path, "no delta from it can be made"))?;
            if Digest::of(&base) == offer.archive.sha256 && (delta.len() as f64) < WORTH * new.len() as f64 {
                deltas.push((offer, delta));
            }
        }
        Ok(deltas)
    }

    /// The archive of an earlier release as a file, which is not there where the repository has it no more.
    fn archive(&self, offer: &Offer, draft: &Path) -> Result<PathBuf, RepositoryError> {
        if let Some(path) = self.writer.local(&offer.archive) {
            return Ok(path);
        }
        let path = draft.join(&offer.archive.name);
        let way = Download {
            source: &self.writer.source(),
            limits: &Limits::default(),
            progress: &*self.progress,
        };
        match self.runtime.block_on(way.fetch(&offer.archive, &path)) {
            Ok(_) | Err(ClientError::Source(SourceError::NotFound(_)) | ClientError::NotSigned { .. }) => Ok(path),
            Err(error) => Err(error.into()),
        }
    }
}

/// The version of a release: newer than all of its name, or robots would never take it.
fn next_version(catalog: &Catalog, publication: &Publication) -> Result<u64, RepositoryError> {
    let of_name = catalog
        .offers()
        .iter()
        .filter(|offer| offer.rollout.name == publication.name);
    let newest = of_name.map(|offer| offer.rollout.version).max().unwrap_or(0);
    let version = publication.version.unwrap_or(newest + 1);
    if version > newest {
        return Ok(version);
    }
    Err(RepositoryError::NotNewer {
        name: publication.name.clone(),
        newest,
        version,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, RepositoryError> {
    sinew_files::read(path, MAX_FILE_BYTES).map_err(RepositoryError::io(path, "cannot be read"))
}

fn file_name(path: &Path) -> Result<String, RepositoryError> {
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    name.ok_or_else(|| RepositoryError::Signing {
        doing: "the file cannot be part of a release",
        reason: format!("{}: expected a name in UTF-8", path.display()),
    })
}

fn digest(path: &Path) -> Result<(Digest, u64), RepositoryError> {
    let read = sinew_files::open(path).and_then(|mut file| digest_of(&mut file));
    read.map_err(RepositoryError::io(path, "cannot be read"))
}

//! A repository as artifacts of an OCI registry.

use std::collections::BTreeMap;
use std::path::Path;

use super::{State, raced};
use crate::catalog::{Catalog, Offer, TargetFile};
use crate::registry::{Descriptor, METADATA_TAG, Manifest, Registry};
use crate::repository::RepositoryError;
use crate::repository::metadata::MetadataFile;
use crate::source::METADATA;
use crate::{Digest, Progress};

const METADATA_TYPE: &str = "application/vnd.sinew.metadata.v1";
const METADATA_FILE_TYPE: &str = "application/vnd.sinew.metadata.file.v1+json";
const RELEASE_TYPE: &str = "application/vnd.sinew.release.v1";
const ARCHIVE_TYPE: &str = "application/vnd.sinew.release.archive.v1.tar";
const DELTA_TYPE: &str = "application/vnd.sinew.release.delta.v1+zstd";
const SIGNATURE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const CHANNELS_TYPE: &str = "application/vnd.sinew.channels.v1";
const CHANNELS_FILE_TYPE: &str = "application/vnd.sinew.channels.file.v1+json";
/// How many versions of a role's metadata are kept: a robot that has just read a timestamp asks for what it names.
const KEPT_VERSIONS: u64 = 10;

/// A repository of a registry.
#[derive(Debug, Clone)]
pub(in crate::repository) struct RegistryWriter(pub(super) Registry);

impl RegistryWriter {
    pub(super) async fn expect_nothing(&self) -> Result<(), RepositoryError> {
        match self.0.manifest(METADATA_TAG).await? {
            Some(_) => Err(RepositoryError::Exists(format!("the tag {METADATA_TAG}"))),
            None => Ok(()),
        }
    }

    pub(super) async fn state(&self) -> Result<Option<State>, RepositoryError> {
        let found = self.0.manifest(METADATA_TAG).await?;
        Ok(found.map(|(_, digest)| named(digest)))
    }

    pub(super) async fn put_target(
        &self,
        target: &TargetFile,
        file: &Path,
        progress: &dyn Progress,
    ) -> Result<(), RepositoryError> {
        let put = self
            .0
            .put_file(&target.name, (target.sha256, target.bytes), file, progress);
        Ok(put.await?)
    }

    /// They get a tag by what they are, so that the registry keeps them as long as metadata may name them.
    pub(super) async fn put_channels(&self, target: &TargetFile, bytes: &[u8]) -> Result<(), RepositoryError> {
        self.0.put_bytes(&target.name, bytes).await?;
        let layers = vec![layer(CHANNELS_FILE_TYPE, target)];
        let tag = format!("channels.{}", &target.sha256.to_string()[..16]);
        let manifest = Manifest::new(CHANNELS_TYPE, layers, BTreeMap::new());
        self.0.put_manifest(&tag, &manifest).await?;
        Ok(())
    }

    /// What belongs to a release becomes an artifact, under the release's name.
    pub(super) async fn name_release(&self, catalog: &Catalog, offer: &Offer) -> Result<(), RepositoryError> {
        let rollout = &offer.rollout;
        let mut layers = vec![layer(ARCHIVE_TYPE, &offer.archive)];
        let deltas = rollout.deltas.iter().filter_map(|delta| catalog.file(&delta.target));
        layers.extend(deltas.map(|file| layer(DELTA_TYPE, file)));
        let signature = rollout.signature.as_ref().and_then(|name| catalog.file(name));
        layers.extend(signature.map(|file| layer(SIGNATURE_TYPE, file)));
        let annotations = [
            ("org.opencontainers.image.title", rollout.name.clone()),
            ("org.opencontainers.image.version", rollout.version.to_string()),
            ("vnd.sinew.release.name", rollout.name.clone()),
            ("vnd.sinew.release.version", rollout.version.to_string()),
            ("vnd.sinew.release.kind", rollout.kind.to_string()),
            ("vnd.sinew.release.model.sha256", rollout.model.to_string()),
        ];
        let annotations = annotations.map(|(key, value)| (key.to_owned(), value)).into();
        let tag = format!("{}-{}", rollout.name, rollout.version);
        let manifest = Manifest::new(RELEASE_TYPE, layers, annotations);
        self.0.put_manifest(&tag, &manifest).await?;
        Ok(())
    }

    /// The metadata change together, with the manifest that names them. A registry replaces a tag without a condition: of two
    /// publishers at the same moment the later one stays, and the other one is told so as far as it can be seen.
    pub(super) async fn commit(&self, files: &[&MetadataFile], state: Option<&State>) -> Result<(), RepositoryError> {
        let before = self.0.manifest(METADATA_TAG).await?;
        self.expect_state(before.as_ref().map(|(_, digest)| *digest), state)?;
        let mut layers = before.map(|(manifest, _)| manifest.layers).unwrap_or_default();
        for file in files {
            self.0.put_bytes(&file.name, &file.bytes).await?;
            let title = file.name.trim_start_matches(METADATA).trim_start_matches('/');
            layers.retain(|layer| layer.title() != Some(title));
            let sha256 = Digest::of(&file.bytes);
            layers.push(Descriptor::new(
                METADATA_FILE_TYPE,
                sha256,
                file.bytes.len() as u64,
                title,
            ));
        }
        let manifest = Manifest::new(METADATA_TYPE, without_old(layers), BTreeMap::new());
        self.expect_state(self.digest().await?, state)?;
        let digest = self.0.put_manifest(METADATA_TAG, &manifest).await?;
        self.expect_state(self.digest().await?, Some(&named(digest)))
    }

    async fn digest(&self) -> Result<Option<Digest>, RepositoryError> {
        Ok(self.0.manifest(METADATA_TAG).await?.map(|(_, digest)| digest))
    }

    fn expect_state(&self, found: Option<Digest>, expected: Option<&State>) -> Result<(), RepositoryError> {
        if found.map(named).as_ref() == expected {
            Ok(())
        } else {
            Err(raced(&format!("the tag {METADATA_TAG}")))
        }
    }
}

fn named(digest: Digest) -> State {
    State {
        e_tag: Some(digest.to_string()),
        version: None,
    }
}

fn layer(media_type: &str, file: &TargetFile) -> Descriptor {
    Descriptor::new(media_type, file.sha256, file.bytes, &file.name)
}

/// All but old targets and snapshots: what nobody asks for any more. Of roots all are kept, for robots follow one by one.
fn without_old(layers: Vec<Descriptor>) -> Vec<Descriptor> {
    let version_of = |layer: &Descriptor, role: &str| -> Option<u64> {
        layer.title()?.strip_suffix(&format!(".{role}.json"))?.parse().ok()
    };
    let mut layers = layers;
    for role in ["targets", "snapshot"] {
        let newest = layers
            .iter()
            .filter_map(|layer| version_of(layer, role))
            .max()
            .unwrap_or(0);
        layers.retain(|layer| version_of(layer, role).is_none_or(|version| version + KEPT_VERSIONS > newest));
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_metadata_go_and_all_roots_stay() {
        let of = |title: &str| Descriptor::new(METADATA_FILE_TYPE, Digest::of(b""), 0, title);
        let mut layers = vec![of("timestamp.json")];
        for version in 1..=30 {
            layers.extend(["root", "targets", "snapshot"].map(|role| of(&format!("{version}.{role}.json"))));
        }
        let kept = without_old(layers);
        let has = |title: &str| kept.iter().any(|layer| layer.title() == Some(title));
        assert_eq!(kept.len(), 1 + 30 + 2 * KEPT_VERSIONS as usize);
        assert!(has("timestamp.json") && has("1.root.json") && has("21.targets.json") && has("30.snapshot.json"));
        assert!(!has("20.targets.json") && !has("1.snapshot.json"));
    }
}

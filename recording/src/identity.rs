//! The key of a robot: ECDSA over P-384 with SHA-384.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use p384::ecdsa::signature::{Signer, Verifier};
use p384::ecdsa::{Signature, SigningKey, VerifyingKey};
use p384::elliptic_curve::Generate;
use p384::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use sha2::{Digest, Sha256};

use crate::chain::Hash;
use crate::error::RecordingError;
use crate::hex;

/// The private key's file in an identity's folder.
pub const PRIVATE_KEY: &str = "identity.pem";
/// The public key's file in an identity's folder.
pub const PUBLIC_KEY: &str = "identity.pub.pem";

/// Bytes of a signature: r and s, each with the most significant byte first.
pub(crate) const SIGNATURE_BYTES: usize = 96;
/// More than any key of P-384 takes as text.
const MAX_PEM_BYTES: u64 = 16 << 10;

/// A robot's private key.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
    public: PublicKey,
}

/// What proves that something was signed by an [`Identity`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    pem: String,
    fingerprint: Hash,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Identity").field(&self.public.fingerprint()).finish()
    }
}

fn refused(path: &Path, what: impl Into<String>) -> RecordingError {
    RecordingError::Identity {
        path: path.to_owned(),
        what: what.into(),
    }
}

impl Identity {
    /// The folder of the user's own identity: `$XDG_CONFIG_HOME/sinew/identity`, or `~/.config/sinew/identity`.
    pub fn default_dir() -> Option<PathBuf> {
        let absolute = |name| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let config = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
        config.map(|config| config.join("sinew/identity"))
    }

    /// A new key, in memory alone.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn generate() -> Result<Self, RecordingError> {
        let here = Path::new("identity");
        let key = SigningKey::try_generate().map_err(|error| refused(here, format!("no random numbers: {error}")))?;
        Self::of(key, here)
    }

    fn of(key: SigningKey, path: &Path) -> Result<Self, RecordingError> {
        let public = PublicKey::of(*key.verifying_key(), path)?;
        Ok(Self { key, public })
    }

    /// Makes a key and writes it, and its public half, into a folder, which is made if need be.
    ///
    /// # Errors
    /// Where there is one and `force` is not asked for, and where nothing can be written.
    pub fn create(dir: &Path, force: bool) -> Result<Self, RecordingError> {
        let path = dir.join(PRIVATE_KEY);
        if path.exists() && !force {
            return Err(refused(
                &path,
                "there is an identity; what it signed can be proven with its public key alone, so keep that before you \
                 make another with --force",
            ));
        }
        let identity = Self::generate()?;
        let pem = identity
            .key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| refused(&path, error.to_string()))?;
        let cannot = RecordingError::io(dir, "cannot make the folder");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(cannot)?;
        write_whole(&path, pem.as_bytes(), 0o600)?;
        write_whole(&dir.join(PUBLIC_KEY), identity.public.pem.as_bytes(), 0o644)?;
        Ok(identity)
    }

    /// Reads the key out of a folder.
    ///
    /// # Errors
    /// Where there is none, where others may read it, and where it is no key of P-384.
    pub fn load(dir: &Path) -> Result<Self, RecordingError> {
        let path = dir.join(PRIVATE_KEY);
        let mode = fs::metadata(&path)
            .map_err(RecordingError::io(
                &path,
                "there is no identity that can be read; `sinew identity new` makes one",
            ))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(refused(
                &path,
                format!(
                    "others than its owner may use this key (mode {:03o}): whoever could read it can sign as this robot. \
                     Make a new one with `sinew identity new --force`, or `chmod 600` it if you are sure",
                    mode & 0o777
                ),
            ));
        }
        let pem = read_pem(&path)?;
        let expected = |error| refused(&path, format!("expected a private key of P-384 as PKCS#8 PEM: {error}"));
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(expected)?;
        Self::of(key, &path)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a text. There is one signature only that [`PublicKey::has_signed`] takes for what this signer makes of it:
    /// s is the smaller of the two that fit.
    pub(crate) fn sign(&self, text: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let signature: Signature = self.key.sign(text);
        let mut bytes = [0; SIGNATURE_BYTES];
        bytes.copy_from_slice(&signature.normalize_s().to_bytes());
        bytes
    }
}

impl PublicKey {
    fn of(key: VerifyingKey, path: &Path) -> Result<Self, RecordingError> {
        let der = key
            .to_public_key_der()
            .map_err(|error| refused(path, format!("the public key cannot be written: {error}")))?;
        let pem = key
            .to_public_key_pem(LineEnding::LF)
            .map_err(|error| refused(path, format!("the public key cannot be written: {error}")))?;
        let fingerprint = Sha256::digest(der.as_bytes()).into();
        Ok(Self { key, pem, fingerprint })
    }

    /// Reads a public key out of a PEM file.
    ///
    /// # Errors
    /// Where it cannot be read, and where it is no public key of P-384.
    pub fn load(path: &Path) -> Result<Self, RecordingError> {
        let pem = read_pem(path)?;
        let key = VerifyingKey::from_public_key_pem(&pem).map_err(|error| {
            refused(
                path,
                format!("expected a public key of P-384 as PEM (BEGIN PUBLIC KEY): {error}"),
            )
        })?;
        Self::of(key, path)
    }

    /// The SHA-256 of the key as DER (SPKI), in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex::encode(&self.fingerprint)
    }

    /// The key as PEM (SPKI).
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Whether the identity signed this text.
    pub(crate) fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let is_smaller_s = |signature: &Signature| signature.normalize_s() == *signature;
        Signature::from_slice(signature)
            .is_ok_and(|signature| is_smaller_s(&signature) && self.key.verify(text, &signature).is_ok())
    }
}

fn read_pem(path: &Path) -> Result<String, RecordingError> {
    sinew_files::read_text(path, MAX_PEM_BYTES).map_err(RecordingError::io(path, "the key cannot be read"))
}

fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), RecordingError> {
    sinew_files::replace(path, bytes, mode).map_err(RecordingError::io(path, "cannot be written"))
}

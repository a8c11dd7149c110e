//! Signatures of models in the format of OpenSSF Model Signing 1.0, which other programs verify without a repository: an
//! in-toto statement that names every file by its SHA-256, in a DSSE envelope, in a Sigstore bundle. A key or a certificate
//! signs it.

mod certificate;
mod envelope;
mod error;
mod key;
mod statement;

use std::path::Path;

pub use certificate::Authorities;
pub use error::SignatureError;
pub use key::{Signer, VerifyingKey};

use envelope::{Envelope, Material};
use statement::Statement;

/// Longest file of a signature, bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Whom a signature has to be of.
#[derive(Debug)]
pub enum Trust {
    /// Who has this key.
    Key(VerifyingKey),
    /// Whoever has a certificate of these authorities.
    Authorities(Authorities),
}

/// Which files of a folder are the model's. Never its are `.git`, `.github`, `.gitignore` and `.gitattributes` at its top, and
/// the signature itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Files and folders within it that are no part of it either, by their paths in it.
    pub ignored: Vec<String>,
    /// Whether files that were not signed may lie beside those that were.
    pub may_have_more: bool,
}

/// Signs a folder, or a single file, under a name; gives the text of the signature.
///
/// # Errors
/// Where a file cannot be read, or is none, and where it cannot be signed.
pub fn sign_folder(model: &Path, name: &str, signer: &Signer) -> Result<String, SignatureError> {
    sign_within(model, name, signer, &Scope::default())
}

/// The same of a part of a folder, which the signature then names.
///
/// # Errors
/// As [`sign_folder`], and for what cannot be ignored.
pub fn sign_within(model: &Path, name: &str, signer: &Signer, scope: &Scope) -> Result<String, SignatureError> {
    let payload = Statement::of(model, name, scope)?.to_bytes();
    let signature = signer.sign(&envelope::signed_bytes(&payload))?;
    Ok(envelope::to_text(&payload, &signature, signer.material()))
}

/// Whether a folder, or a single file, is what somebody trusted has signed: no file changed, none added and none removed.
///
/// # Errors
/// Says which file is not as signed, or what is wrong with the signature.
pub fn verify_signature(model: &Path, signature: &Path, trust: &Trust) -> Result<(), SignatureError> {
    verify_within(model, signature, trust, &Scope::default())
}

/// The same of a part of a folder.
///
/// # Errors
/// As [`verify_signature`], and for what cannot be ignored.
pub fn verify_within(model: &Path, signature: &Path, trust: &Trust, scope: &Scope) -> Result<(), SignatureError> {
    let bytes = sinew_files::read(signature, MAX_BYTES).map_err(SignatureError::io(signature))?;
    let envelope = Envelope::parse(&bytes)?;
    let signed = envelope::signed_bytes(&envelope.payload);
    match (trust, &envelope.material) {
        (Trust::Key(key), Material::PublicKey { hint }) => key.verify(hint.as_deref(), &signed, &envelope.signature)?,
        (Trust::Authorities(authorities), Material::Chain(chain)) => {
            authorities.verify(chain, &signed, &envelope.signature)?;
        }
        (Trust::Key(_), Material::Chain(_)) => {
            return Err(SignatureError::Untrusted(
                "it is of a certificate; expected one of a key, or name the certificates of authorities".to_owned(),
            ));
        }
        (Trust::Authorities(_), Material::PublicKey { .. }) => {
            return Err(SignatureError::Untrusted(
                "it is of a key; expected one of a certificate, or name the public key".to_owned(),
            ));
        }
    }
    Statement::parse(&envelope.payload)?.expect(model, signature, scope)
}

//! Keys that sign models: ECDSA over P-256, P-384 or P-521, as PEM files.

use std::fmt;
use std::path::Path;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaVerificationAlgorithm, KeyPair,
    ParsedPublicKey,
};

use super::SignatureError;
use super::certificate::certificates;
use super::envelope::Material;
use crate::{Digest, pem};

/// More than any key takes as text.
pub(super) const MAX_PEM_BYTES: u64 = 1 << 20;
/// PKCS#8, and the form of RFC 5915 that OpenSSL calls EC.
const PRIVATE: [&str; 2] = ["PRIVATE KEY", "EC PRIVATE KEY"];
const PUBLIC: &str = "PUBLIC KEY";

/// Who signs.
pub struct Signer {
    key: EcdsaKeyPair,
    material: Material,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.material).finish()
    }
}

impl Signer {
    /// Who has the private key of a file, such as `identity.pem` of `sinew identity`.
    ///
    /// # Errors
    /// Where it cannot be read, and where it is no such key.
    pub fn with_key(path: &Path) -> Result<Self, SignatureError> {
        let key = private_key(path)?;
        let spki = key
            .public_key()
            .as_der()
            .map_err(|_| SignatureError::key(path, "its public half cannot be had"))?;
        let hint = hint(spki.as_ref());
        Ok(Self {
            key,
            material: Material::PublicKey { hint: Some(hint) },
        })
    }

    /// Who has the private key of a certificate, which others lead from to an authority.
    ///
    /// # Errors
    /// Where one of the files cannot be read or is none of these.
    pub fn with_certificate(path: &Path, certificate: &Path, chain: &[&Path]) -> Result<Self, SignatureError> {
        let key = private_key(path)?;
        let own = certificates(certificate)?.into_iter().next();
        let mut all: Vec<_> = own.into_iter().collect();
        for file in chain {
            all.extend(certificates(file)?);
        }
        let signer = Self {
            key,
            material: Material::Chain(all),
        };
        signer.expect_own_certificate(certificate)?;
        Ok(signer)
    }

    /// Refuses a certificate of another key.
    fn expect_own_certificate(&self, certificate: &Path) -> Result<(), SignatureError> {
        let Material::Chain(chain) = &self.material else {
            return Ok(());
        };
        let signature = self.sign(PUBLIC.as_bytes())?;
        let own = chain
            .first()
            .map(|der| super::certificate::verify_with(der, PUBLIC.as_bytes(), &signature));
        match own {
            Some(Ok(())) => Ok(()),
            _ => Err(SignatureError::key(
                certificate,
                "expected the certificate of the private key",
            )),
        }
    }

    pub(super) fn material(&self) -> &Material {
        &self.material
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signature = self.key.sign(&SystemRandom::new(), bytes);
        let signature = signature.map_err(|_| SignatureError::Format("the key does not sign".to_owned()))?;
        Ok(signature.as_ref().to_vec())
    }
}

fn private_key(path: &Path) -> Result<EcdsaKeyPair, SignatureError> {
    let text = sinew_files::read_text(path, MAX_PEM_BYTES).map_err(SignatureError::io(path))?;
    let expected = "expected a private key of P-256, P-384 or P-521 as PEM (BEGIN PRIVATE KEY or BEGIN EC PRIVATE KEY), \
                    without a password";
    let der = PRIVATE.into_iter().find_map(|label| pem::decode(label, &text));
    let der = der.ok_or_else(|| SignatureError::key(path, expected))?;
    let curves = [
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &ECDSA_P384_SHA384_ASN1_SIGNING,
        &ECDSA_P521_SHA512_ASN1_SIGNING,
    ];
    let key = curves
        .into_iter()
        .find_map(|curve| EcdsaKeyPair::from_private_key_der(curve, &der).ok());
    key.ok_or_else(|| SignatureError::key(path, expected))
}

/// What a bundle names a key by: the SHA-256 of its PEM.
fn hint(spki: &[u8]) -> String {
    Digest::of(pem::encode(PUBLIC, spki).as_bytes()).to_string()
}

/// A public key.
#[derive(Debug)]
pub struct VerifyingKey {
    key: ParsedPublicKey,
    hint: String,
}

impl VerifyingKey {
    /// Reads it out of a PEM file.
    ///
    /// # Errors
    /// Where it cannot be read, and where it is no key of P-256, P-384 or P-521.
    pub fn load(path: &Path) -> Result<Self, SignatureError> {
        let text = sinew_files::read_text(path, MAX_PEM_BYTES).map_err(SignatureError::io(path))?;
        let expected = "expected a public key of P-256, P-384 or P-521 as PEM (BEGIN PUBLIC KEY)";
        let spki = pem::decode(PUBLIC, &text).ok_or_else(|| SignatureError::key(path, expected))?;
        let curves: [&'static EcdsaVerificationAlgorithm; 3] = [
            &ECDSA_P256_SHA256_ASN1,
            &ECDSA_P384_SHA384_ASN1,
            &ECDSA_P521_SHA512_ASN1,
        ];
        let key = curves
            .into_iter()
            .find_map(|curve| ParsedPublicKey::new(curve, &spki).ok());
        Ok(Self {
            key: key.ok_or_else(|| SignatureError::key(path, expected))?,
            hint: hint(&spki),
        })
    }

    pub(super) fn verify(&self, named: Option<&str>, bytes: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        if let Some(named) = named.filter(|named| *named != self.hint) {
            let what = format!("it is of another key: its SHA-256 is {named}, expected {}", self.hint);
            return Err(SignatureError::Untrusted(what));
        }
        let verified = self.key.verify_sig(bytes, signature);
        verified.map_err(|_| SignatureError::Untrusted("the key has not signed this".to_owned()))
    }
}

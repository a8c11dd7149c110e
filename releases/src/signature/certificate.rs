//! Certificates of who signs, and of the authorities that they are of.

use std::path::Path;

use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, anchor_from_trusted_cert, aws_lc_rs};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

use super::SignatureError;
use super::key::MAX_PEM_BYTES;
use crate::pem;

/// What a certificate and a model may be signed with.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    aws_lc_rs::ECDSA_P256_SHA256,
    aws_lc_rs::ECDSA_P256_SHA384,
    aws_lc_rs::ECDSA_P384_SHA256,
    aws_lc_rs::ECDSA_P384_SHA384,
    aws_lc_rs::ECDSA_P521_SHA512,
    aws_lc_rs::ED25519,
    aws_lc_rs::RSA_PKCS1_2048_8192_SHA256,
    aws_lc_rs::RSA_PKCS1_2048_8192_SHA384,
    aws_lc_rs::RSA_PKCS1_2048_8192_SHA512,
];
/// What a model is signed with: the hash that fits the curve.
const OF_MODELS: [&dyn SignatureVerificationAlgorithm; 3] = [
    aws_lc_rs::ECDSA_P256_SHA256,
    aws_lc_rs::ECDSA_P384_SHA384,
    aws_lc_rs::ECDSA_P521_SHA512,
];
/// `codeSigning` of RFC 5280.
const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";

/// Certificates of authorities that are trusted.
#[derive(Debug)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// Reads them out of PEM files.
    ///
    /// # Errors
    /// Where one cannot be read, or has none.
    pub fn load(files: &[&Path]) -> Result<Self, SignatureError> {
        let mut all = Vec::new();
        for file in files {
            all.extend(certificates(file)?.into_iter().map(CertificateDer::from));
        }
        Ok(Self(all))
    }

    /// Whether the first of the chain signed these bytes, and the chain leads to an authority.
    pub(super) fn verify(&self, chain: &[Vec<u8>], bytes: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let untrusted = |what: String| SignatureError::Untrusted(what);
        let Some((own, others)) = chain.split_first() else {
            return Err(untrusted("it has no certificate".to_owned()));
        };
        let der = CertificateDer::from(own.as_slice());
        let certificate = EndEntityCert::try_from(&der);
        let certificate = certificate.map_err(|error| untrusted(format!("its certificate is none: {error}")))?;
        let anchors: Vec<TrustAnchor<'_>> = self
            .0
            .iter()
            .filter_map(|der| anchor_from_trusted_cert(der).ok())
            .collect();
        let between: Vec<_> = others.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let read =
            Certificate::from_der(own).map_err(|error| untrusted(format!("its certificate is none: {error}")))?;
        if !signs(&read) {
            return Err(untrusted(
                "its certificate is for neither `digitalSignature` nor `codeSigning`".to_owned(),
            ));
        }
        certificate
            .verify_for_usage(ALGORITHMS, &anchors, &between, UnixTime::now(), AnyUsage, None, None)
            .map_err(|error| {
                untrusted(format!(
                    "its certificate is not of an authority that is trusted: {error}"
                ))
            })?;
        verify_with(own, bytes, signature)
    }
}

/// Which usage a certificate needs is told by [`signs`], from two extensions.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Whether a certificate's key may sign models.
fn signs(certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    let usage = tbs.get_extension::<KeyUsage>().ok().flatten();
    let extended = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
    usage.is_some_and(|(_, usage)| usage.digital_signature())
        || extended.is_some_and(|(_, extended)| extended.0.iter().any(|usage| usage.to_string() == CODE_SIGNING))
}

/// Whether the key of a certificate signed these bytes.
pub(super) fn verify_with(der: &[u8], bytes: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let der = CertificateDer::from(der);
    let certificate = EndEntityCert::try_from(&der)
        .map_err(|error| SignatureError::Untrusted(format!("its certificate is none: {error}")))?;
    let has_signed = |algorithm| certificate.verify_signature(algorithm, bytes, signature).is_ok();
    if OF_MODELS.into_iter().any(has_signed) {
        Ok(())
    } else {
        let what = "the key of its certificate has not signed this";
        Err(SignatureError::Untrusted(what.to_owned()))
    }
}

/// All certificates of a PEM file, as DER.
pub(super) fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, SignatureError> {
    let text = sinew_files::read_text(path, MAX_PEM_BYTES).map_err(SignatureError::io(path))?;
    let all = pem::decode_all("CERTIFICATE", &text);
    if all.is_empty() {
        return Err(SignatureError::key(
            path,
            "expected certificates as PEM (BEGIN CERTIFICATE)",
        ));
    }
    Ok(all)
}

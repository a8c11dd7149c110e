//! The Sigstore bundle, and the DSSE envelope in it.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::SignatureError;

const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Most certificates of a chain.
const MAX_CHAIN: usize = 16;

/// What says who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// The SHA-256 of the public key as PEM.
    PublicKey { hint: Option<String> },
    /// Certificates as DER, the signer's first.
    Chain(Vec<Vec<u8>>),
}

/// What a bundle has.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) material: Material,
}

/// The bytes that are signed: those of DSSE's pre-authentication encoding.
pub(super) fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The bundle as JSON.
pub(super) fn to_text(payload: &[u8], signature: &[u8], material: &Material) -> String {
    let encode = |bytes: &[u8]| Base64::encode_string(bytes);
    let mut verification = match material {
        Material::PublicKey { hint } => json!({ "publicKey": { "hint": hint } }),
        Material::Chain(chain) => {
            let certificates = chain.iter().map(|der| json!({ "rawBytes": encode(der) }));
            json!({ "x509CertificateChain": { "certificates": certificates.collect::<Vec<_>>() } })
        }
    };
    verification["tlogEntries"] = json!([]);
    let bundle = json!({
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": verification,
        "dsseEnvelope": {
            "payload": encode(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{ "sig": encode(signature), "keyid": "" }],
        },
    });
    format!("{bundle}\n")
}

impl Envelope {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let wrong = |what: String| SignatureError::Format(what);
        let bundle: Value = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let text = |pointer: &str| bundle.pointer(pointer).and_then(Value::as_str);
        let expect = |pointer: &str, expected: &str| match text(pointer) {
            Some(found) if found == expected => Ok(()),
            found => Err(wrong(format!("{pointer}: expected {expected}, found {found:?}"))),
        };
        expect("/mediaType", BUNDLE_TYPE)?;
        expect("/dsseEnvelope/payloadType", PAYLOAD_TYPE)?;
        let decoded = |pointer: &str| {
            let bytes = text(pointer).and_then(|text| Base64::decode_vec(text).ok());
            bytes.ok_or_else(|| wrong(format!("{pointer}: expected Base64")))
        };
        let signatures = bundle.pointer("/dsseEnvelope/signatures").and_then(Value::as_array);
        let count = signatures.map_or(0, Vec::len);
        if count != 1 {
            return Err(wrong(format!("/dsseEnvelope/signatures: expected one, found {count}")));
        }
        let chain = bundle
            .pointer("/verificationMaterial/x509CertificateChain/certificates")
            .and_then(Value::as_array);
        let material = match chain {
            Some(chain) if (1..=MAX_CHAIN).contains(&chain.len()) => {
                let der = |at| {
                    decoded(&format!(
                        "/verificationMaterial/x509CertificateChain/certificates/{at}/rawBytes"
                    ))
                };
                Material::Chain((0..chain.len()).map(der).collect::<Result<_, _>>()?)
            }
            Some(chain) => {
                let expected = format!("expected a chain of 1 to {MAX_CHAIN} certificates");
                return Err(wrong(format!("{expected}, found {}", chain.len())));
            }
            None if bundle.pointer("/verificationMaterial/publicKey").is_some() => Material::PublicKey {
                hint: text("/verificationMaterial/publicKey/hint").map(str::to_owned),
            },
            None => {
                let expected =
                    "expected `publicKey` or `x509CertificateChain`: keyless signatures are not verified here";
                return Err(wrong(format!("/verificationMaterial: {expected}")));
            }
        };
        Ok(Self {
            payload: decoded("/dsseEnvelope/payload")?,
            signature: decoded("/dsseEnvelope/signatures/0/sig")?,
            material,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for material in [
            Material::PublicKey {
                hint: Some("00".to_owned()),
            },
            Material::Chain(vec![vec![1, 2], vec![3]]),
        ] {
            let envelope = Envelope::parse(to_text(b"payload", b"signature", &material).as_bytes()).unwrap();
            assert_eq!(envelope.payload, b"payload");
            assert_eq!(envelope.signature, b"signature");
            assert_eq!(envelope.material, material);
        }
        assert_eq!(signed_bytes(b"{}"), b"DSSEv1 28 application/vnd.in-toto+json 2 {}");
    }

    proptest! {
        #[test]
        fn no_text_panics(at: usize, byte: u8, length: usize) {
            let material = Material::Chain(vec![vec![1, 2], vec![3]]);
            let mut text = to_text(b"payload", b"signature", &material).into_bytes();
            let place = at % text.len();
            text[place] = byte;
            text.truncate(1 + length % text.len());
            let _ = Envelope::parse(&text);
        }
    }
}

//! Certificates and signatures, by the `openssl` command: it is where ROS 2 is, and no key of a robot goes
//! through code of ours.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::KeystoreError;
use super::files::remove;
use sinew_node::date::Date;

const PROGRAM: &str = "openssl";
/// Beside the keys, relative to the keystore, as all paths here are.
pub(super) const CONFIGURATION: &str = "private/openssl.cnf";
/// What DDS Security asks for.
const CURVE: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/// What `openssl ca` and `openssl req` read. The database is what a revocation list is made from.
pub(super) const CONFIGURATION_TEXT: &str = "\
[ca]
default_ca = keystore

[keystore]
database = private/issued.txt
new_certs_dir = private/issued
certificate = public/identity_ca.cert.pem
private_key = private/identity_ca.key.pem
default_md = sha256
rand_serial = yes
unique_subject = no
policy = by_name
copy_extensions = none

[by_name]
commonName = supplied

[req]
distinguished_name = none
prompt = no

[none]

[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
subjectKeyIdentifier = hash

[enclave]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

/// Whose a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Authority,
    Enclave,
}

/// Calls of `openssl` in a keystore.
#[derive(Debug)]
pub(super) struct OpenSsl<'a> {
    pub(super) keystore: &'a Path,
}

impl OpenSsl<'_> {
    /// A new private key, which only its owner can read.
    pub(super) fn key(&self, key: &str) -> Result<(), KeystoreError> {
        self.run(&[&["genpkey", "-out", key], &CURVE[..]].concat())
    }

    /// A certificate of the identity authority's for the holder of `key`.
    pub(super) fn certificate(
        &self,
        kind: Kind,
        name: &str,
        key: &str,
        certificate: &str,
        [from, until]: [Date; 2],
    ) -> Result<(), KeystoreError> {
        let (subject, from, until) = (subject(name), from.compact(), until.compact());
        let request = format!("{certificate}.request");
        self.run(&[
            "req",
            "-new",
            "-config",
            CONFIGURATION,
            "-sha256",
            "-subj",
            &subject,
            "-key",
            key,
            "-out",
            &request,
        ])?;
        let mut arguments = vec![
            "ca",
            "-batch",
            "-config",
            CONFIGURATION,
            "-notext",
            "-startdate",
            &from,
            "-enddate",
            &until,
            "-in",
            &request,
            "-out",
            certificate,
        ];
        arguments.extend(match kind {
            // It vouches for itself.
            Kind::Authority => ["-extensions", "authority", "-selfsign"].as_slice(),
            Kind::Enclave => &["-extensions", "enclave"],
        });
        self.run(&arguments)?;
        remove(&self.keystore.join(request))
    }

    /// Signs a document with the permissions authority's key, as S/MIME that stays readable.
    pub(super) fn sign(&self, document: &str, signed: &str) -> Result<(), KeystoreError> {
        self.run(&[
            "smime",
            "-sign",
            "-text",
            "-md",
            "sha256",
            "-signer",
            "public/permissions_ca.cert.pem",
            "-inkey",
            "private/permissions_ca.key.pem",
            "-in",
            document,
            "-out",
            signed,
        ])
    }

    /// Takes a certificate back; it counts once the list of those has been made anew.
    pub(super) fn revoke(&self, certificate: &str) -> Result<(), KeystoreError> {
        self.run(&["ca", "-batch", "-config", CONFIGURATION, "-revoke", certificate])
    }

    /// The list of certificates that were taken back.
    pub(super) fn revocation_list(&self, list: &str, days: u32) -> Result<(), KeystoreError> {
        let days = days.to_string();
        self.run(&[
            "ca",
            "-batch",
            "-config",
            CONFIGURATION,
            "-gencrl",
            "-crldays",
            &days,
            "-out",
            list,
        ])
    }

    fn run(&self, arguments: &[&str]) -> Result<(), KeystoreError> {
        let refused = |message: String| KeystoreError::OpenSsl {
            command: arguments[0].to_owned(),
            message,
        };
        let mut command = Command::new(PROGRAM);
        // A configuration of the user's own is not to change what is made.
        command
            .args(arguments)
            .current_dir(self.keystore)
            .env_remove("OPENSSL_CONF");
        let done = command.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => refused("not found: install it (apt-get install openssl)".to_owned()),
            _ => refused(error.to_string()),
        })?;
        if done.status.success() {
            Ok(())
        } else {
            Err(refused(String::from_utf8_lossy(&done.stderr).trim().to_owned()))
        }
    }
}

/// A name as openssl takes it, in which a slash ends it.
fn subject(name: &str) -> String {
    format!("/CN={}", name.replace('/', r"\/"))
}

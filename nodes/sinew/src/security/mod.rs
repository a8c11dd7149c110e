//! ROS 2 security (SROS2): a keystore in which every node may do what it does, and nothing else.
//!
//! The keystore has the form of `ros2 security`'s, and ROS 2's own library uses it: with
//! `ROS_SECURITY_ENABLE=true`, `ROS_SECURITY_STRATEGY=Enforce`, `ROS_SECURITY_KEYSTORE` and `--enclave` a
//! participant shows its certificate, and peers without one do not exist for it. What is different is the
//! permissions: only `control` may publish the joint command, only the operator may steer, start, clear a stop,
//! or change lifecycle and parameters. `docs/security.md` has what that protects from, and what not.
//!
//! ```no_run
//! use sinew::security::{Cameras, Date, Grant, Keystore, Role, Deployment};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keystore = Keystore::init("keystore".as_ref(), &[0].into(), 3650)?;
//! let cameras = Cameras::of_file("launch/robots/strider.yaml".as_ref(), "/")?;
//! let grant = Grant {
//!     roles: &[Role::Control],
//!     site: &Deployment::new("/", &[])?,
//!     cameras: &cameras,
//!     programs: &[],
//!     until: Date::now().after(365),
//!     renew: false,
//! };
//! keystore.grant("/control", &grant)?;
//! # Ok(())
//! # }
//! ```

mod cameras;
mod documents;
mod files;
mod keystore;
mod openssl;
mod policy;
mod rights;

use std::path::PathBuf;

use thiserror::Error;

pub use keystore::{Enclave, Grant, Keystore};
pub use policy::{Cameras, Role};
pub use rights::Deployment;
pub use sinew_node::date::Date;

/// Why a keystore cannot be made or used.
#[derive(Debug, Error)]
pub enum KeystoreError {
    /// A file of it cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// `openssl` refused.
    #[error("openssl {command}: {message}")]
    OpenSsl {
        /// Its command.
        command: String,
        /// What it said.
        message: String,
    },
    /// There is something already.
    #[error("{path}: is there already; expected a folder to be made, or an empty one")]
    IsThere {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is none.
    #[error("{path}: no keystore to sign in, {missing} is missing: make one with `sinew security init {path}`")]
    NoKeystore {
        /// The folder.
        path: PathBuf,
        /// A file that every keystore has.
        missing: &'static str,
    },
    /// The governance document names no domain.
    #[error("{path}: expected domains, as <id>0</id>, found none")]
    NoDomain {
        /// The document.
        path: PathBuf,
    },
    /// An enclave would lose its key.
    #[error(
        "the enclave {enclave} is there already, until {until}: `--renew` gives it a new key, certificate and permissions"
    )]
    EnclaveIsThere {
        /// Its name.
        enclave: String,
        /// When its permissions end.
        until: String,
    },
    /// A certificate cannot carry the name.
    #[error("{enclave}: expected an enclave of at most 64 characters, which is what a certificate's name can have")]
    LongName {
        /// The enclave.
        enclave: String,
    },
    /// An enclave that there is not.
    #[error("{enclave}: no certificate in this keystore is in force for it; there are {there}")]
    NoEnclave {
        /// The name that was given.
        enclave: String,
        /// The enclaves that the keystore has.
        there: String,
    },
}

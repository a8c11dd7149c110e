//! Where a repository is.

use sinew_storage::LocationOptions;

/// Where a repository is, and what its address does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// A folder, `file:///…`, `http://…` or `https://…`; where the program has them, `s3://BUCKET/PREFIX`,
    /// `gs://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` and `oci://HOST[:PORT]/NAME`. There is never a secret in it.
    pub address: String,
    /// What else there is to say of a bucket or a registry.
    pub options: LocationOptions,
}

impl From<&str> for Place {
    fn from(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            options: LocationOptions::default(),
        }
    }
}

impl From<&String> for Place {
    fn from(address: &String) -> Self {
        address.as_str().into()
    }
}

impl From<String> for Place {
    fn from(address: String) -> Self {
        address.as_str().into()
    }
}

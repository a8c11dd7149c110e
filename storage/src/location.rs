//! Which folder or bucket a URL means.

use std::path::PathBuf;

use thiserror::Error;

/// A folder, or a place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A local folder.
    Folder(PathBuf),
    /// A bucket of an object store.
    #[cfg(feature = "bucket")]
    Bucket(BucketLocation),
}

/// A place in a bucket.
#[cfg(feature = "bucket")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketLocation {
    /// Whose bucket.
    pub service: Service,
    /// Its name.
    pub bucket: String,
    /// What keys begin with; nothing, or ends in a slash.
    pub prefix: String,
    /// What else there is to say.
    pub options: LocationOptions,
}

/// Which protocol an object store speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, and all that speak like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

/// What a URL does not say of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocationOptions {
    /// Where the service is, such as `http://127.0.0.1:8333`; the provider's own where it is not said.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// File of `NAME=value` lines, those that the environment would have.
    pub credentials_file: Option<PathBuf>,
    /// Whether recordings may go over a network without TLS.
    pub allow_http: bool,
}

/// Why a text is no location.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LocationError {
    /// There is none.
    #[error("`url`: expected a folder, file:///…, s3://BUCKET/PREFIX, gs://… or az://…, found nothing")]
    Nothing,
    /// It begins like another kind of URL.
    #[error("`url`: expected a folder, file:///…, s3://BUCKET/PREFIX, gs://… or az://…, found {found}://…")]
    Scheme {
        /// What it begins with.
        found: String,
    },
    /// The program has no such protocol.
    #[error("`url`: this program was built without {scheme}://, build it with `--features {feature}`")]
    LeftOut {
        /// How it begins.
        scheme: &'static str,
        /// What would bring it.
        feature: &'static str,
    },
    /// The bucket's name is missing or not one.
    #[error("`url`: expected {scheme}://BUCKET/PREFIX, a bucket's name of letters, digits, `.`, `-` and `_`")]
    Bucket {
        /// How it begins.
        scheme: &'static str,
    },
    /// There are credentials in it. They are not shown.
    #[error(
        "`url`: expected no user name or password in it: credentials come from the environment or `credentials_file`"
    )]
    Secret,
    /// A file URL without an absolute path.
    #[error("`url`: expected file:///ABSOLUTE/PATH, found `{found}`")]
    FilePath {
        /// The URL.
        found: String,
    },
    /// The endpoint is none, or not encrypted.
    #[error(
        "`endpoint`: expected https://HOST[:PORT], or http:// of this machine (127.0.0.1, localhost); `allow_http` is for \
         networks that are trusted"
    )]
    Endpoint,
}

impl Location {
    /// What a URL, or the path of a folder, means.
    ///
    /// # Errors
    /// Where it means nothing, or a place that this program cannot reach.
    pub fn parse(url: &str, options: LocationOptions) -> Result<Self, LocationError> {
        if url.is_empty() {
            return Err(LocationError::Nothing);
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return Ok(folder(url));
        };
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') || rest.contains(['?', '#']) {
            return Err(LocationError::Secret);
        }
        match scheme {
            "file" if rest.starts_with('/') => Ok(folder(rest)),
            "file" => Err(LocationError::FilePath { found: url.to_owned() }),
            "s3" | "s3a" => bucket(Service::S3, rest, options),
            "gs" => bucket(Service::Gcs, rest, options),
            "az" | "azure" | "abfs" => bucket(Service::Azure, rest, options),
            _ => Err(LocationError::Scheme {
                found: scheme.chars().take(20).collect(),
            }),
        }
    }

    /// Its name for people, journals and logs; there is nothing secret in it.
    pub fn name(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            #[cfg(feature = "bucket")]
            Self::Bucket(location) => {
                let at = location.options.endpoint.as_deref();
                let at = at.map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
                let (scheme, ..) = location.service.names();
                format!("{scheme}://{}/{}{at}", location.bucket, location.prefix)
            }
        }
    }
}

impl Service {
    /// How its URLs begin, and the feature of the program that brings it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::S3 => ("s3", "s3"),
            Self::Gcs => ("gs", "gcs"),
            Self::Azure => ("az", "azure"),
        }
    }

    fn is_built(self) -> bool {
        match self {
            Self::S3 => cfg!(feature = "aws"),
            Self::Gcs => cfg!(feature = "gcp"),
            Self::Azure => cfg!(feature = "azure"),
        }
    }
}

/// Where the process stands now must not decide later where a recording is.
fn folder(path: &str) -> Location {
    Location::Folder(std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)))
}

fn bucket(service: Service, rest: &str, options: LocationOptions) -> Result<Location, LocationError> {
    let (scheme, feature) = service.names();
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    if bucket.is_empty() || !is_name(bucket) {
        return Err(LocationError::Bucket { scheme });
    }
    if options
        .endpoint
        .as_deref()
        .is_some_and(|endpoint| !is_encrypted_or_local(endpoint, options.allow_http))
    {
        return Err(LocationError::Endpoint);
    }
    if !service.is_built() {
        return Err(LocationError::LeftOut { scheme, feature });
    }
    placed(service, bucket, prefix, options)
}

#[cfg(feature = "bucket")]
fn placed(service: Service, bucket: &str, prefix: &str, options: LocationOptions) -> Result<Location, LocationError> {
    let prefix = prefix.trim_matches('/');
    Ok(Location::Bucket(BucketLocation {
        service,
        bucket: bucket.to_owned(),
        prefix: if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        },
        options,
    }))
}

/// No service is built, so nobody comes here.
#[cfg(not(feature = "bucket"))]
fn placed(
    service: Service,
    _bucket: &str,
    _prefix: &str,
    _options: LocationOptions,
) -> Result<Location, LocationError> {
    let (scheme, feature) = service.names();
    Err(LocationError::LeftOut { scheme, feature })
}

/// Whether bytes that go to `https://HOST[:PORT]` or `http://HOST[:PORT]` are encrypted, do not leave the machine, or may go
/// unencrypted.
pub fn is_encrypted_or_local(endpoint: &str, allow_http: bool) -> bool {
    let (Some(rest), is_plain) = (match endpoint.strip_prefix("https://") {
        Some(rest) => (Some(rest), false),
        None => (endpoint.strip_prefix("http://"), true),
    }) else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || rest.contains(['?', '#']) {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_here = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    !is_plain || is_here || allow_http
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Location, LocationError> {
        Location::parse(url, LocationOptions::default())
    }

    #[test]
    fn a_path_and_a_file_url_are_folders() {
        assert_eq!(read("/data/up").unwrap(), Location::Folder("/data/up".into()));
        let here = std::env::current_dir().unwrap();
        assert_eq!(read("up").unwrap(), Location::Folder(here.join("up")));
        assert_eq!(read("file:///data/up").unwrap(), Location::Folder("/data/up".into()));
    }

    #[test]
    fn what_is_no_location_is_refused_and_secrets_are_not_repeated() {
        for (url, said) in [
            ("", "found nothing"),
            ("file://host/up", "file:///ABSOLUTE/PATH"),
            ("ftp://robots/", "found ftp://"),
            ("s3:///prefix", "s3://BUCKET/PREFIX"),
            ("s3://key:hunter2@robots/", "no user name or password"),
            ("s3://robots/?secret=hunter2", "no user name or password"),
        ] {
            let error = read(url).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("hunter2"), "{url}: {error}");
        }
    }

    #[test]
    fn without_tls_only_this_machine_is_an_endpoint() {
        for (endpoint, taken) in [
            ("https://storage.example", true),
            ("http://127.0.0.1:8333", true),
            ("http://localhost", true),
            ("http://[::1]:9000", true),
            ("http://10.0.0.7:9000", false),
            ("http://127.0.0.1.example", false),
            ("http://key:secret@localhost", false),
            ("127.0.0.1:8333", false),
            ("https://", false),
        ] {
            assert_eq!(is_encrypted_or_local(endpoint, false), taken, "{endpoint}");
        }
        assert!(is_encrypted_or_local("http://10.0.0.7:9000", true));
    }

    #[test]
    fn a_protocol_that_is_left_out_says_what_would_bring_it() {
        let error = read("gs://robots/runs").map(drop);
        if cfg!(feature = "gcp") {
            assert!(error.is_ok());
        } else {
            let error = error.unwrap_err().to_string();
            assert!(error.contains("--features gcs"), "{error}");
        }
    }
}

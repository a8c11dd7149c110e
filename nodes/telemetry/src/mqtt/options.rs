use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use rumqttc::{ConnectProperties, MqttOptions, TlsConfiguration, Transport};

use crate::params::BrokerParams;

/// Longest message that is taken from the broker, bytes.
const MOST_INCOMING: u32 = 128 * 1024;
/// Largest file of certificates, a key or a password, bytes.
const MOST_FILE: u64 = 1 << 20;
/// How long a connection may take to come about.
const PATIENCE: Duration = Duration::from_secs(15);

/// How to reach the broker. The files are read for each connection, so that a certificate or a password can be renewed
/// while the robot is up.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    params: BrokerParams,
    client_id: String,
    /// Where relative paths lie.
    folder: PathBuf,
}

impl ConnectOptions {
    /// Of parameters whose relative paths lie in `folder`. Files that cannot be what they should be are refused.
    ///
    /// # Errors
    /// With the parameter, the file, and what is wrong with it.
    pub fn new(params: &BrokerParams, client_id: &str, folder: &Path) -> anyhow::Result<Self> {
        let options = Self {
            params: params.clone(),
            client_id: client_id.to_owned(),
            folder: folder.to_owned(),
        };
        options.make()?;
        Ok(options)
    }

    /// Who is talked to.
    pub fn address(&self) -> String {
        format!("{}:{}", self.params.host, self.params.port())
    }

    pub(super) fn params(&self) -> &BrokerParams {
        &self.params
    }

    /// Whether each side shows the other a certificate.
    pub fn is_mutual(&self) -> bool {
        self.params.tls && self.params.certificate_file.is_some()
    }

    pub(super) fn make(&self) -> anyhow::Result<MqttOptions> {
        let params = &self.params;
        let mut options = MqttOptions::new(self.client_id.as_str(), (params.host.as_str(), params.port()));
        options
            .set_keep_alive(params.keep_alive_secs)
            .set_clean_start(true)
            .set_connect_timeout(PATIENCE)
            .set_outgoing_inflight_upper_limit(params.in_flight);
        let mut properties = ConnectProperties::new();
        properties.session_expiry_interval = Some(0);
        properties.max_packet_size = Some(MOST_INCOMING);
        options.set_connect_properties(properties);
        if let (Some(user), Some(file)) = (&params.user, &params.password_file) {
            let text = String::from_utf8(self.read("password_file", file)?);
            let text = text.with_context(|| format!("`broker.password_file`: {} is no text", file.display()))?;
            let password = text.lines().next().unwrap_or_default().to_owned();
            options.set_credentials(user.clone(), password);
        }
        if params.tls {
            options.set_transport(self.tls()?);
        }
        Ok(options)
    }

    fn tls(&self) -> anyhow::Result<Transport> {
        let client_auth = match (&self.params.certificate_file, &self.params.key_file) {
            (Some(certificate), Some(key)) => Some((
                self.pem("certificate_file", certificate, "CERTIFICATE")?,
                self.pem("key_file", key, "PRIVATE KEY")?,
            )),
            _ => None,
        };
        let ca = match &self.params.ca_file {
            Some(file) => self.pem("ca_file", file, "CERTIFICATE")?,
            None => system_certificates()?,
        };
        Ok(Transport::tls_with_config(TlsConfiguration::Simple {
            ca,
            alpn: None,
            client_auth,
        }))
    }

    fn pem(&self, key: &str, file: &Path, what: &str) -> anyhow::Result<Vec<u8>> {
        let bytes = self.read(key, file)?;
        let mark = format!("{what}-----");
        ensure!(
            String::from_utf8_lossy(&bytes).contains(&mark),
            "`broker.{key}`: expected a PEM file with a {what}, found none in {}",
            file.display()
        );
        Ok(bytes)
    }

    fn read(&self, key: &str, file: &Path) -> anyhow::Result<Vec<u8>> {
        let path = self.folder.join(file);
        sinew_files::read(&path, MOST_FILE).with_context(|| format!("`broker.{key}`: {}", path.display()))
    }
}

/// Where systems keep the certificates that they trust.
const SYSTEM_CERTIFICATES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

fn system_certificates() -> anyhow::Result<Vec<u8>> {
    let found = SYSTEM_CERTIFICATES.iter().find_map(|file| std::fs::read(file).ok());
    found.with_context(|| {
        format!(
            "`broker.ca_file`: expected a file, since the system has no certificates (looked for {})",
            SYSTEM_CERTIFICATES.join(", ")
        )
    })
}

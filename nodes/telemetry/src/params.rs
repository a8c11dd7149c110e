use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::declared::NodeParams;

use crate::spool::{Limits, Quota};

/// Parameters of the node `telemetry`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryParams {
    /// Name of the robot: a level of every topic, the client's name at the broker, and the source of every message.
    pub robot_id: String,
    /// What topics begin with, of at most five levels: `<topic_prefix>/<robot_id>/<class>`.
    pub topic_prefix: String,
    /// How messages are written.
    pub encoding: Encoding,
    /// How often the state of health goes out, Hz.
    #[schemars(range(min = 0.001, max = 1.0), extend("x-live" = true))]
    pub health_rate_hz: f64,
    /// How often what the updater says of the robot's releases goes out while nothing of it changes, s; a change goes out at
    /// once.
    #[schemars(range(min = 10.0, max = 86_400.0), extend("x-live" = true))]
    pub releases_secs: f64,
    /// Largest message with its envelope, bytes; 100 000 fit AWS IoT Core and Azure.
    #[schemars(range(min = 4096, max = 120_000))]
    pub max_message_bytes: u32,
    /// Where messages wait on disk.
    pub spool: SpoolParams,
    /// Who gets them.
    pub broker: BrokerParams,
    /// What may be asked of the robot from there.
    pub commands: CommandParams,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// JSON, as CloudEvents has it.
    #[default]
    Json,
    /// CBOR of the same fields: about a third shorter.
    Cbor,
}

/// Where messages wait on disk.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolParams {
    /// The folder, which one process has at a time.
    #[schemars(extend("x-path" = true))]
    pub folder: PathBuf,
    /// Bytes of all messages together, MB. What is too much drops the oldest of the lowest class.
    #[schemars(range(min = 1, max = 65_536))]
    pub max_mb: u32,
    /// Messages of all classes together; each costs about 32 bytes of memory.
    #[schemars(range(min = 100, max = 1_000_000))]
    pub max_messages: u32,
    /// Bytes of the state of health at most, MB.
    #[schemars(range(min = 1, max = 65_536))]
    pub max_health_mb: u32,
    /// Bytes of what was asked for at most, MB.
    #[schemars(range(min = 1, max = 65_536))]
    pub max_bulk_mb: u32,
    /// How long a message that is not of the class `safety` may be in the system's cache alone, s.
    #[schemars(range(min = 0.01, max = 60.0))]
    pub sync_secs: f64,
}

/// The MQTT 5 broker.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerParams {
    /// Its name or address.
    pub host: String,
    /// Its port; 0 stands for 8883 with TLS, 1883 without.
    #[schemars(range(max = 65_535))]
    pub port: u16,
    /// Whether the connection is encrypted. Without, only a broker on this computer is talked to, unless
    /// `allow_plaintext`.
    pub tls: bool,
    /// Whether messages, and a password, may cross a network as everybody can read them.
    pub allow_plaintext: bool,
    /// Certificates (PEM) of who may sign the broker's; the system's when left out.
    #[schemars(extend("x-path" = true))]
    pub ca_file: Option<PathBuf>,
    /// The robot's certificate (PEM), with `key_file`. Both are read anew for each connection.
    #[schemars(extend("x-path" = true))]
    pub certificate_file: Option<PathBuf>,
    /// The key of the robot's certificate (PEM).
    #[schemars(extend("x-path" = true))]
    pub key_file: Option<PathBuf>,
    /// Name of a user, with `password_file`.
    pub user: Option<String>,
    /// A file with the user's password in its first line.
    #[schemars(extend("x-path" = true))]
    pub password_file: Option<PathBuf>,
    /// How long nothing may be heard before the broker is asked whether it is there, s.
    #[schemars(range(min = 1, max = 1200))]
    pub keep_alive_secs: u16,
    /// How long a message may wait for its acknowledgement before the connection is given up, s.
    #[schemars(range(min = 1.0, max = 600.0))]
    pub ack_timeout_secs: f64,
    /// Messages that are sent before the first of them is acknowledged.
    #[schemars(range(min = 1, max = 100))]
    pub in_flight: u16,
    /// Messages a second at most.
    #[schemars(range(min = 0.1, max = 10_000.0))]
    pub max_rate_hz: f64,
    /// How often a message is sent that the broker does not take, before it is moved aside.
    #[schemars(range(min = 1, max = 100))]
    pub tries: u32,
    /// Shortest pause before the next try to connect, s; it doubles each time.
    #[schemars(range(min = 0.01, max = 60.0))]
    pub min_pause_secs: f64,
    /// Longest pause before the next try to connect, s.
    #[schemars(range(min = 0.01, max = 3600.0))]
    pub max_pause_secs: f64,
}

/// What may be asked of the robot from the cloud.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommandParams {
    /// Whether commands are listened to at all.
    pub enabled: bool,
    /// Which.
    pub allowed: Vec<CommandName>,
    /// Public keys (ECDSA P-384, PEM) of who may sign commands, one behind the other. Without, commands are only taken
    /// over TLS with a certificate of the robot's own.
    #[schemars(extend("x-path" = true))]
    pub key_file: Option<PathBuf>,
    /// The folder of recordings that may be asked for.
    #[schemars(extend("x-path" = true))]
    pub recordings: Option<PathBuf>,
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandName {
    /// Tells what is on disk of a recording, for whoever uploads it.
    UploadSegment,
    /// Sets `health_rate_hz` until the node is configured anew.
    SetRate,
    /// Stops the robot, as control's `~/stop` does.
    Stop,
}

impl Default for TelemetryParams {
    fn default() -> Self {
        Self {
            robot_id: String::new(),
            topic_prefix: "sinew".to_owned(),
            encoding: Encoding::default(),
            health_rate_hz: 1.0,
            releases_secs: 300.0,
            max_message_bytes: 100_000,
            spool: SpoolParams::default(),
            broker: BrokerParams::default(),
            commands: CommandParams::default(),
        }
    }
}

impl Default for SpoolParams {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("telemetry_spool"),
            max_mb: 256,
            max_messages: 200_000,
            max_health_mb: 128,
            max_bulk_mb: 64,
            sync_secs: 1.0,
        }
    }
}

impl Default for BrokerParams {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 0,
            tls: true,
            allow_plaintext: false,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            user: None,
            password_file: None,
            keep_alive_secs: 30,
            ack_timeout_secs: 20.0,
            in_flight: 16,
            max_rate_hz: 50.0,
            tries: 3,
            min_pause_secs: 1.0,
            max_pause_secs: 60.0,
        }
    }
}

impl SpoolParams {
    pub(crate) fn limits(&self) -> Limits {
        let quota = |mb: u32| Quota {
            bytes: u64::from(mb.min(self.max_mb)) << 20,
            messages: u64::from(self.max_messages),
        };
        let all = quota(self.max_mb);
        Limits {
            total: all,
            classes: [all, all, all, quota(self.max_health_mb), quota(self.max_bulk_mb)],
            segment_bytes: 256 << 10,
        }
    }
}

impl NodeParams for TelemetryParams {
    fn validate(&self) -> Result<(), String> {
        is_level("robot_id", &self.robot_id)?;
        let levels = self.topic_prefix.split('/');
        for level in levels.clone() {
            is_level("topic_prefix", level)?;
        }
        if levels.count() > 5 || self.topic_prefix.len() + self.robot_id.len() > 230 {
            return Err(format!(
                "`topic_prefix`: expected at most 5 levels and 230 bytes with `robot_id`, found {}",
                self.topic_prefix
            ));
        }
        self.broker.validate()?;
        self.commands.validate(&self.broker)
    }
}

/// Whether a text is one level of a topic that anybody may subscribe to.
fn is_level(key: &str, text: &str) -> Result<(), String> {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '+' | '#');
    if text.is_empty() || text.len() > 128 || !text.chars().all(is_plain) {
        return Err(format!(
            "`{key}`: expected 1 to 128 bytes without `/`, `+` and `#` between two `/`, found {text:?}"
        ));
    }
    Ok(())
}

impl BrokerParams {
    /// Whether it is on this computer, by a name or an address that cannot mean another one.
    pub(crate) fn is_local(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// The port that is meant.
    pub(crate) fn port(&self) -> u16 {
        match (self.port, self.tls) {
            (0, true) => 8883,
            (0, false) => 1883,
            (port, _) => port,
        }
    }

    /// That of a URL `mqtts://HOST` or `mqtt://HOST`, with `:PORT` where it is another than 8883 or 1883; all else as it is
    /// without it.
    ///
    /// # Errors
    /// Where it is no such URL.
    pub fn at(url: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "expected mqtts://HOST, mqtts://HOST:PORT, or mqtt://… for a broker on this computer, found {url:?}"
            )
        };
        let (scheme, place) = url.split_once("://").ok_or_else(refused)?;
        let tls = match scheme {
            "mqtts" => true,
            "mqtt" => false,
            _ => return Err(refused()),
        };
        let place = place.strip_suffix('/').unwrap_or(place);
        // An IPv6 address has colons of its own, and brackets around it.
        let bracketed = place.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match (bracketed, place.rsplit_once(':')) {
            (Some((host, rest)), _) => (host, rest.strip_prefix(':').or((!rest.is_empty()).then_some("?"))),
            (None, Some((host, port))) => (host, Some(port)),
            (None, None) => (place, None),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c) || (c == ':' && bracketed.is_some());
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(refused());
        }
        let port = port.map_or(Ok(0), str::parse).map_err(|_| refused())?;
        Ok(Self {
            host: host.to_owned(),
            port,
            tls,
            ..Self::default()
        })
    }

    /// Refuses what does not go together.
    ///
    /// # Errors
    /// With the parameter, what was expected and what was found.
    pub fn validate(&self) -> Result<(), String> {
        if self.host.is_empty() {
            return Err("`broker.host`: expected a name or an address, found nothing".to_owned());
        }
        if !self.tls && !self.allow_plaintext && !self.is_local() {
            return Err(format!(
                "`broker.tls`: expected true for {}, which is not this computer; `broker.allow_plaintext: true` lets \
                 everybody on the way read along",
                self.host
            ));
        }
        let pairs = [
            (
                "certificate_file",
                self.certificate_file.is_some(),
                "key_file",
                self.key_file.is_some(),
            ),
            (
                "user",
                self.user.is_some(),
                "password_file",
                self.password_file.is_some(),
            ),
        ];
        for (one, has_one, other, has_other) in pairs {
            if has_one != has_other {
                let (given, missing) = if has_one { (one, other) } else { (other, one) };
                return Err(format!(
                    "`broker.{given}`: expected `broker.{missing}` with it, found none"
                ));
            }
        }
        if !self.tls && (self.ca_file.is_some() || self.certificate_file.is_some()) {
            return Err("`broker.tls`: expected true with certificates, found false".to_owned());
        }
        if self.min_pause_secs > self.max_pause_secs {
            return Err(format!(
                "`broker.min_pause_secs`: expected at most `broker.max_pause_secs`, {}, found {}",
                self.max_pause_secs, self.min_pause_secs
            ));
        }
        Ok(())
    }
}

impl CommandParams {
    fn validate(&self, broker: &BrokerParams) -> Result<(), String> {
        if !self.enabled || self.key_file.is_some() || (broker.tls && broker.certificate_file.is_some()) {
            return Ok(());
        }
        Err(
            "`commands.enabled`: expected `commands.key_file`, or `broker.certificate_file` with TLS: \
             what nobody has signed does not command a robot"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_a_broker_says_host_port_and_whether_it_is_encrypted() {
        let read = |url: &str| BrokerParams::at(url).map(|params| (params.host.clone(), params.port(), params.tls));
        let place = |host: &str, port, tls| Ok((host.to_owned(), port, tls));
        assert_eq!(read("mqtts://mqtt.example.org"), place("mqtt.example.org", 8883, true));
        assert_eq!(read("mqtts://10.0.0.1:18883/"), place("10.0.0.1", 18883, true));
        assert_eq!(read("mqtt://localhost"), place("localhost", 1883, false));
        assert_eq!(read("mqtts://[::1]:99"), place("::1", 99, true));
        for other in [
            "mqtt.example.org",
            "https://a",
            "mqtts://",
            "mqtts://a:b",
            "mqtts://u:p@a",
            "mqtts://a/b",
            "mqtts://[::1]9",
            "mqtts://::1",
        ] {
            let refusal = read(other).unwrap_err();
            assert!(refusal.contains(other), "{refusal}");
        }
    }
}

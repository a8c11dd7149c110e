use std::path::Path;

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p384::ecdsa::signature::Verifier;
use p384::ecdsa::{Signature, VerifyingKey};
use p384::pkcs8::DecodePublicKey;
use serde::Deserialize;
use thiserror::Error;

use super::seen::Seen;
use crate::params::CommandName;

/// Longest command with its signature, bytes.
const MOST_BYTES: usize = 64 << 10;
/// How far ahead a command may expire, s: so long it has to be remembered.
const MOST_AHEAD: u64 = 86_400;
/// Largest file of keys, bytes.
const MOST_KEYS: u64 = 1 << 20;

/// A command that may be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its name, given by who sent it.
    pub id: String,
    /// What it asks for.
    pub command: CommandName,
    /// With what.
    pub arguments: Arguments,
}

/// What commands are given.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Arguments {
    /// `set_rate`: how often the state of health goes out, Hz.
    pub health_rate_hz: Option<f64>,
    /// `upload_segment`: the name of a file of the folder of recordings.
    pub segment: Option<String>,
}

/// Why a command is not carried out, and its name where it tells one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The command's name, where it is known.
    pub id: Option<String>,
    /// Why.
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    payload: String,
    signature: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    id: String,
    robot: String,
    expires: u64,
    command: CommandName,
    #[serde(default)]
    arguments: Arguments,
}

/// Decides which commands are carried out.
#[derive(Debug)]
pub struct Judge {
    robot_id: String,
    allowed: Vec<CommandName>,
    /// Who may sign; without, the connection shows who is there.
    keys: Option<Vec<VerifyingKey>>,
    seen: Seen,
}

impl Judge {
    /// For a robot; what was taken before is in `seen`. Times are s since 1970.
    ///
    /// # Errors
    /// Where the file of keys has none.
    pub fn new(
        robot_id: &str,
        allowed: &[CommandName],
        key_file: Option<&Path>,
        seen: &Path,
        now: u64,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            robot_id: robot_id.to_owned(),
            allowed: allowed.to_vec(),
            keys: key_file.map(keys).transpose()?,
            seen: Seen::open(seen, now.saturating_add(MOST_AHEAD)),
        })
    }

    /// What a message asks for, once.
    ///
    /// # Errors
    /// Why it is not carried out.
    pub fn judge(&mut self, message: &[u8], now: u64) -> Result<Command, Refusal> {
        let refuse = |id: Option<&str>, reason: String| Refusal {
            id: id.map(|id| id.chars().take(128).collect()),
            reason,
        };
        if message.len() > MOST_BYTES {
            return Err(refuse(
                None,
                format!("a command has at most {MOST_BYTES} bytes, this has {}", message.len()),
            ));
        }
        let payload = self.signed(message).map_err(|reason| refuse(None, reason))?;
        let text: Text =
            serde_json::from_slice(&payload).map_err(|error| refuse(None, format!("no command: {error}")))?;
        let id = Some(text.id.as_str());
        if text.id.is_empty() || text.id.len() > 128 {
            return Err(refuse(None, "`id`: expected 1 to 128 bytes".to_owned()));
        }
        if text.robot != self.robot_id {
            return Err(refuse(
                id,
                format!("`robot`: expected {}, found another", self.robot_id),
            ));
        }
        if !self.allowed.contains(&text.command) {
            return Err(refuse(
                id,
                format!("`command`: {:?} is not in `commands.allowed`", text.command),
            ));
        }
        if text.expires <= now {
            return Err(refuse(id, "`expires`: it has expired".to_owned()));
        }
        if text.expires > now.saturating_add(MOST_AHEAD) {
            return Err(refuse(id, format!("`expires`: expected at most {MOST_AHEAD} s ahead")));
        }
        if !self.seen.is_new(&text.id, text.expires) {
            return Err(refuse(id, "`id`: it was taken before, or may have been".to_owned()));
        }
        if let Err(error) = self.seen.take(&text.id, text.expires, now) {
            return Err(refuse(
                id,
                format!("it cannot be remembered, so that it might be taken twice: {error}"),
            ));
        }
        Ok(Command {
            id: text.id,
            command: text.command,
            arguments: text.arguments,
        })
    }

    /// The text of a command, once it is clear who has written it.
    fn signed(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let Some(keys) = &self.keys else {
            return Ok(message.to_vec());
        };
        let signed: Signed = serde_json::from_slice(message).map_err(|error| format!("no signed command: {error}"))?;
        let decode = |text: &str| STANDARD.decode(text).map_err(|error| format!("no base64: {error}"));
        let (payload, signature) = (decode(&signed.payload)?, decode(&signed.signature)?);
        let signature = Signature::from_der(&signature).map_err(|_| "`signature`: no signature".to_owned())?;
        if keys.iter().any(|key| key.verify(&payload, &signature).is_ok()) {
            Ok(payload)
        } else {
            Err("`signature`: by no key of `commands.key_file`".to_owned())
        }
    }
}

fn keys(file: &Path) -> anyhow::Result<Vec<VerifyingKey>> {
    const END: &str = "-----END PUBLIC KEY-----";
    let text = sinew_files::read_text(file, MOST_KEYS);
    let text = text.with_context(|| format!("`commands.key_file`: {}", file.display()))?;
    let blocks = text.split_inclusive(END).filter(|block| block.contains(END));
    let key = |block: &str| VerifyingKey::from_public_key_pem(block.trim());
    let keys = blocks.map(key).collect::<Result<Vec<_>, _>>();
    let keys =
        keys.with_context(|| format!("`commands.key_file`: {} has a key that is not of P-384", file.display()))?;
    ensure!(
        !keys.is_empty(),
        "`commands.key_file`: expected public keys (PEM), found none in {}",
        file.display()
    );
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use p384::ecdsa::SigningKey;
    use p384::ecdsa::signature::Signer;
    use p384::pkcs8::EncodePublicKey;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;

    struct Desk {
        folder: tempfile::TempDir,
        key: SigningKey,
    }

    impl Desk {
        fn new() -> Self {
            let (folder, key) = (tempfile::tempdir().unwrap(), SigningKey::from_slice(&[7; 48]).unwrap());
            let pem = key.verifying_key().to_public_key_pem(Default::default()).unwrap();
            std::fs::write(folder.path().join("keys.pem"), pem).unwrap();
            Self { folder, key }
        }

        fn judge(&self) -> Judge {
            let file = |name: &str| self.folder.path().join(name);
            let allowed = [CommandName::Stop, CommandName::SetRate];
            Judge::new("strider", &allowed, Some(&file("keys.pem")), &file("seen"), NOW).unwrap()
        }

        fn command(&self, id: &str, robot: &str, expires: u64, command: &str) -> Vec<u8> {
            let text = json!({ "id": id, "robot": robot, "expires": expires, "command": command }).to_string();
            let signature: Signature = self.key.sign(text.as_bytes());
            json!({ "payload": STANDARD.encode(&text), "signature": STANDARD.encode(signature.to_der()) })
                .to_string()
                .into_bytes()
        }
    }

    fn reason(result: Result<Command, Refusal>) -> String {
        result.unwrap_err().reason
    }

    #[test]
    fn a_signed_command_is_taken_once_over_restarts_and_jumps_of_the_clock() {
        let desk = Desk::new();
        let command = desk.command("a", "strider", NOW + 60, "stop");
        let mut judge = desk.judge();
        assert_eq!(judge.judge(&command, NOW).unwrap().command, CommandName::Stop);
        assert!(reason(judge.judge(&command, NOW)).contains("taken before"));
        let mut judge = desk.judge();
        assert!(reason(judge.judge(&command, NOW)).contains("taken before"));
        // A day ahead another one is taken, and the first is forgotten; then the clock comes back.
        let later = NOW + 86_400;
        judge
            .judge(&desk.command("b", "strider", later + 60, "stop"), later)
            .unwrap();
        let mut judge = desk.judge();
        assert!(reason(judge.judge(&command, NOW)).contains("taken before"));
    }

    #[test]
    fn what_is_not_for_this_robot_now_by_who_may_and_in_the_list_is_refused() {
        let desk = Desk::new();
        let mut judge = desk.judge();
        for (message, said) in [
            (desk.command("a", "other", NOW + 60, "stop"), "`robot`"),
            (desk.command("a", "strider", NOW, "stop"), "expired"),
            (desk.command("a", "strider", NOW + 90_000, "stop"), "ahead"),
            (
                desk.command("a", "strider", NOW + 60, "upload_segment"),
                "`commands.allowed`",
            ),
            (desk.command("a", "strider", NOW + 60, "walk"), "no command"),
            (b"{}".to_vec(), "no signed command"),
        ] {
            let found = reason(judge.judge(&message, NOW));
            assert!(found.contains(said), "{found}");
        }
        let other = Desk {
            key: SigningKey::from_slice(&[8; 48]).unwrap(),
            ..desk
        };
        assert!(reason(judge.judge(&other.command("a", "strider", NOW + 60, "stop"), NOW)).contains("by no key"));
    }

    #[test]
    fn a_list_of_taken_commands_that_was_damaged_takes_none_that_may_be_old() {
        let desk = Desk::new();
        desk.judge()
            .judge(&desk.command("a", "strider", NOW + 60, "stop"), NOW)
            .unwrap();
        std::fs::write(desk.folder.path().join("seen"), b"{").unwrap();
        let mut judge = desk.judge();
        assert!(
            judge
                .judge(&desk.command("a", "strider", NOW + 60, "stop"), NOW)
                .is_err()
        );
        assert!(
            judge
                .judge(&desk.command("b", "strider", NOW + 86_450, "stop"), NOW + 86_000)
                .is_ok()
        );
    }

    proptest! {
        #[test]
        fn no_message_panics_and_none_that_was_changed_is_taken(at in any::<usize>(), bit in 0..8_u32, bytes: Vec<u8>) {
            let desk = Desk::new();
            let mut judge = desk.judge();
            prop_assert!(judge.judge(&bytes, NOW).is_err());
            let mut message = desk.command("a", "strider", NOW + 60, "stop");
            let at = at % message.len();
            message[at] ^= 1 << bit;
            prop_assert!(judge.judge(&message, NOW).is_err());
        }
    }
}

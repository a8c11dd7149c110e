//! The secret that a client shows: `Authorization: Bearer TOKEN`.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use subtle::ConstantTimeEq;
use thiserror::Error;

const MAX_BYTES: u64 = 1024;
/// Shorter ones are guessed.
const MIN_CHARACTERS: usize = 16;

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Why a file has no token.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It cannot be read.
    #[error("cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// Others than its owner may read it.
    #[error("expected a file that its owner alone may read, found the mode {0:04o}: chmod 600 it")]
    OpenToOthers(u32),
    /// It holds something else.
    #[error(
        "expected one line of {MIN_CHARACTERS} to {MAX_BYTES} visible ASCII characters (make one with `openssl rand -hex 32`), \
         found {0}"
    )]
    NoToken(String),
}

impl Token {
    /// The token in a file that its owner alone may read.
    ///
    /// # Errors
    /// See [`TokenError`]; the file is not named.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let file: File = sinew_files::open(path)?;
        // Of what is open: another file may take its place meanwhile.
        let mode = file.metadata()?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(TokenError::OpenToOthers(mode));
        }
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Self::new(&bytes)
    }

    fn new(bytes: &[u8]) -> Result<Self, TokenError> {
        let line = bytes.trim_ascii_end();
        let found = |what: String| Err(TokenError::NoToken(what));
        if bytes.len() as u64 > MAX_BYTES {
            return found(format!("more than {MAX_BYTES} bytes"));
        }
        if !line.iter().all(u8::is_ascii_graphic) {
            return found("other characters".to_owned());
        }
        if line.len() < MIN_CHARACTERS {
            return found(format!("{} characters", line.len()));
        }
        Ok(Self(String::from_utf8_lossy(line).into_owned()))
    }

    /// The header `Authorization` that shows it.
    #[cfg(feature = "otlp")]
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whether a header `Authorization` has it. How long that takes does not depend on what of it is right.
    pub(crate) fn is_in(&self, authorization: Option<&[u8]>) -> bool {
        let Some((scheme, token)) = authorization.and_then(|header| header.split_at_checked(7)) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(b"Bearer ") && bool::from(token.ct_eq(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SECRET: &str = "0123456789abcdef";

    fn read(content: &[u8], mode: u32) -> Result<Token, TokenError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Token::read(&path)
    }

    #[test]
    fn only_the_whole_token_opens_the_door() {
        let token = read(b"0123456789abcdef\n", 0o600).unwrap();
        for header in [format!("Bearer {SECRET}"), format!("bearer {SECRET}")] {
            assert!(token.is_in(Some(header.as_bytes())), "{header}");
        }
        for header in [
            "",
            "Bearer ",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdeg",
            "Bearer 0123456789abcdef0",
            "Basic 0123456789abcdef",
            SECRET,
        ] {
            assert!(!token.is_in(Some(header.as_bytes())), "{header}");
        }
        assert!(!token.is_in(None));
        assert!(!format!("{token:?}").contains(SECRET));
    }

    #[test]
    fn a_file_that_others_may_read_or_that_holds_no_token_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o602] {
            let error = read(SECRET.as_bytes(), mode).unwrap_err().to_string();
            assert!(error.contains(&format!("{mode:04o}")), "{error}");
        }
        assert!(read(SECRET.as_bytes(), 0o400).is_ok());
        for content in [
            &b"short"[..],
            b"",
            b"0123456789 abcdef",
            b"0123456789abcdef\nsecond",
            &[b'x'; 1025],
        ] {
            let error = read(content, 0o600).unwrap_err().to_string();
            assert!(error.contains("visible ASCII"), "{error}");
        }
        assert!(matches!(
            Token::read(Path::new("/nowhere")),
            Err(TokenError::Unreadable(_))
        ));
    }
}

//! Names of files as text, whatever bytes they are.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Such text on one line of a terminal: what would control it, and bytes that are no UTF-8, are escaped as in
/// `caf\xe9.jpg`.
pub(crate) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text += &printable(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Text of a file without what would control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if is_plain(sign) {
            out.push(sign)
        } else {
            out.extend(sign.escape_default())
        }
    }
    out
}

/// Control characters, and those that turn the direction of writing.
fn is_plain(sign: char) -> bool {
    !(sign.is_control() || matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
}

/// The bytes of a path that is no UTF-8, as in a URL (`caf%e9.jpg`), from which they can be had back. `None` for
/// UTF-8.
pub(crate) fn percent_encoded(path: &Path) -> Option<String> {
    if path.to_str().is_some() {
        return None;
    }
    let mut text = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'!'..=b'~' if *byte != b'%' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "%{byte:02x}");
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn any_bytes_are_one_line_of_text() {
        let path = Path::new(OsStr::from_bytes(b"a b/caf\xe9%\x1b[31m\n\xc3\xa9.jpg"));
        assert_eq!(shown(path), "a b/caf\\xe9%\\u{1b}[31m\\né.jpg");
        assert_eq!(percent_encoded(path).unwrap(), "a%20b/caf%e9%25%1b[31m%0a%c3%a9.jpg");
        assert_eq!(percent_encoded(Path::new("café.jpg")), None);
    }
}

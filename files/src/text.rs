//! Text from files that people save with any editor.

use std::io;

/// The text of a file in UTF-8, without the byte order mark that some editors put before it.
///
/// # Errors
/// Names the encoding where the bytes are not UTF-8: one of the marks of UTF-16 and UTF-32, or the
/// zeros between their letters.
pub(crate) fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let encoding = match bytes[..] {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ if bytes.contains(&0) => Some("bytes of value 0, which UTF-16 and files that are no text have"),
        _ => None,
    };
    if let Some(found) = encoding {
        return Err(invalid(format!(
            "expected text in UTF-8, found {found}: save it as UTF-8"
        )));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        invalid(format!(
            "expected text in UTF-8, found other bytes from byte {at} on: save it as UTF-8"
        ))
    })?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(decode(b"\xef\xbb\xbfa: 1\n".to_vec()).unwrap(), "a: 1\n");
        assert_eq!(decode(b"a: 1\n".to_vec()).unwrap(), "a: 1\n");
        assert_eq!(decode(Vec::new()).unwrap(), "");
    }

    #[test]
    fn other_encodings_are_named() {
        let utf16: Vec<u8> = "a: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&[0xff, 0xfe], &utf16[..]].concat();
        for (bytes, word) in [
            (marked, "found UTF-16"),
            (utf16, "UTF-16"),
            (b"\xfe\xff\0a".to_vec(), "found UTF-16"),
            (b"\xff\xfe\0\0a\0\0\0".to_vec(), "found UTF-32"),
            (b"caf\xe9".to_vec(), "from byte 3"),
        ] {
            let error = decode(bytes).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("UTF-8"), "{error}");
        }
    }
}

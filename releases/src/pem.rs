//! PEM (RFC 7468): bytes as text between two lines.

use base64ct::{Base64, Encoding};

const LINE: usize = 64;

/// One block.
pub(crate) fn encode(label: &str, bytes: &[u8]) -> String {
    let text = Base64::encode_string(bytes);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem = pem + line + "\n";
        rest = after;
    }
    pem + "-----END " + label + "-----\n"
}

/// The bytes of the first block of this label.
pub(crate) fn decode(label: &str, text: &str) -> Option<Vec<u8>> {
    decode_all(label, text).into_iter().next()
}

/// The bytes of every block of this label.
pub(crate) fn decode_all(label: &str, text: &str) -> Vec<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&begin) {
        let Some((inside, after)) = after.split_once(&end) else {
            break;
        };
        let plain: String = inside.split_whitespace().collect();
        blocks.extend(Base64::decode_vec(&plain).ok());
        rest = after;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_other_text_is_not() {
        for length in [0, 1, 47, 48, 49, 200] {
            let bytes = vec![7; length];
            let pem = encode("PUBLIC KEY", &bytes);
            assert!(pem.lines().all(|line| line.len() <= LINE));
            assert_eq!(decode("PUBLIC KEY", &pem).as_ref(), Some(&bytes));
            assert_eq!(decode_all("PUBLIC KEY", &(pem.clone() + &pem)).len(), 2);
            assert_eq!(decode("PRIVATE KEY", &pem), None);
        }
        assert_eq!(decode("X", "-----BEGIN X-----\n%%%\n-----END X-----"), None);
        assert_eq!(decode("X", "-----BEGIN X-----\nAAAA"), None);
    }
}

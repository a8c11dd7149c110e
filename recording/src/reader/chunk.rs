//! What is in a chunk.

use std::io::{self, Read};

/// Most bytes of a record, and of a chunk before compression: what a reader may come to hold.
pub(super) const MAX_RECORD_BYTES: u64 = 256 << 20;

/// Decompresses a chunk into `into`, whose length and checksum have to be what the chunk says. What is wrong is a text.
pub(super) fn decompress(
    compression: &str,
    data: &[u8],
    uncompressed_bytes: u64,
    crc: u32,
    into: &mut Vec<u8>,
) -> Result<(), String> {
    into.clear();
    if uncompressed_bytes > MAX_RECORD_BYTES {
        return Err(format!(
            "a chunk of {uncompressed_bytes} bytes, more than the {MAX_RECORD_BYTES} that are read"
        ));
    }
    // One byte more than it should have shows that it has too many.
    let most = uncompressed_bytes + 1;
    let read = |reader: io::Result<Box<dyn Read + '_>>, into: &mut Vec<u8>| {
        let read = reader.and_then(|reader| reader.take(most).read_to_end(into));
        read.map_err(|error| format!("a chunk cannot be decompressed ({compression}): {error}"))
    };
    match compression {
        "" => {
            into.extend_from_slice(data);
            Ok(into.len())
        }
        "zstd" => read(
            zstd::Decoder::with_buffer(data).map(|reader| Box::new(reader) as _),
            into,
        ),
        "lz4" => read(lz4::Decoder::new(data).map(|reader| Box::new(reader) as _), into),
        other => Err(format!("a chunk compressed as {other:?}; zstd and lz4 can be read")),
    }?;
    let found = into.len() as u64;
    if found != uncompressed_bytes {
        let more = if found > uncompressed_bytes { " or more" } else { "" };
        return Err(format!(
            "expected a chunk of {uncompressed_bytes} bytes, found {found}{more}"
        ));
    }
    if crc != 0 && crc != crc32fast::hash(into) {
        return Err("a chunk does not have its checksum".to_owned());
    }
    Ok(())
}

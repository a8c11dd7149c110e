//! For which GPUs a library has CUDA code, and which CUDA it needs, read from the file: no GPU has to be there.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes that are looked at together.
const CHUNK: usize = 1 << 20;
/// What is looked for does not reach farther over the end of a chunk than this.
const OVERLAP: usize = 64;
/// A larger library is not read to its end.
const MAX_BYTES: u64 = 4 << 30;
/// How a container of code for several GPUs begins, with its version 1.
const CONTAINER: [u8; 6] = [0x50, 0xed, 0x55, 0xba, 1, 0];
const CONTAINER_HEADER: u64 = 16;
/// Entries of one container that are looked at.
const MAX_ENTRIES: usize = 256;
const PTX: u16 = 1;
const MACHINE_CODE: u16 = 2;
/// The library that all of ONNX Runtime's CUDA code needs, whose name ends in CUDA's first number.
const CUBLAS: &[u8] = b"libcublasLt.so.";

/// The CUDA code in a library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CudaCode {
    /// First number of the CUDA that it needs.
    pub(super) cuda: Option<u32>,
    /// Compute capabilities that it has machine code for, such as 87.
    pub(super) machine_code: Vec<u32>,
    /// Compute capabilities from which on its intermediate code can be compiled by the driver.
    pub(super) ptx: Vec<u32>,
}

impl CudaCode {
    /// Of a library.
    pub(super) fn of(library: &Path) -> io::Result<Self> {
        Self::read(&sinew_files::open(library)?)
    }

    fn read(file: &File) -> io::Result<Self> {
        let mut code = Self::default();
        let len = file.metadata()?.len().min(MAX_BYTES);
        let mut chunk = vec![0; CHUNK + OVERLAP];
        let mut at = 0;
        while at < len {
            let read = fill(file, &mut chunk, at)?;
            let bytes = &chunk[..read];
            for place in (0..read.min(CHUNK)).filter(|place| matches!(bytes[*place], 0x50 | b'l')) {
                let here = &bytes[place..];
                if here.starts_with(&CONTAINER) {
                    code.add_container(file, at + place as u64)?;
                } else if let Some(rest) = here.strip_prefix(CUBLAS) {
                    code.cuda = code.cuda.max(number(rest));
                }
            }
            at += CHUNK as u64;
        }
        for capabilities in [&mut code.machine_code, &mut code.ptx] {
            capabilities.sort_unstable();
            capabilities.dedup();
        }
        Ok(code)
    }

    /// A container is a header with its own length (u16 at 6) and that of its entries (u64 at 8). An entry is a header
    /// with its kind (u16 at 0), its own length (u32 at 4), that of the code (u64 at 8) and the GPU (u32 at 28).
    fn add_container(&mut self, file: &File, at: u64) -> io::Result<()> {
        let mut header = [0; 32];
        if fill(file, &mut header, at)? < header.len() {
            return Ok(());
        }
        let own = u64::from(u16::from_le_bytes([header[6], header[7]])).max(CONTAINER_HEADER);
        let mut entry_at = at.saturating_add(own);
        let end = entry_at.saturating_add(long(&header[8..16]));
        for _ in 0..MAX_ENTRIES {
            if entry_at >= end || fill(file, &mut header, entry_at)? < header.len() {
                break;
            }
            let kind = u16::from_le_bytes([header[0], header[1]]);
            let own = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
            let capability = u32::from_le_bytes([header[28], header[29], header[30], header[31]]);
            // Anything else is no entry, but bytes that happen to look like a container.
            let is_possible = own >= 32 && (10..1000).contains(&capability);
            match kind {
                PTX if is_possible => self.ptx.push(capability),
                MACHINE_CODE if is_possible => self.machine_code.push(capability),
                _ => break,
            }
            entry_at = entry_at
                .saturating_add(u64::from(own))
                .saturating_add(long(&header[8..16]));
        }
        // Most libraries have thousands of entries for the same few.
        for capabilities in [&mut self.machine_code, &mut self.ptx] {
            if capabilities.len() > MAX_ENTRIES {
                capabilities.sort_unstable();
                capabilities.dedup();
            }
        }
        Ok(())
    }

    /// Whether a Jetson's GPU of this compute capability can run it: with machine code for it alone, or with intermediate
    /// code of its own or an older one.
    pub(super) fn runs_on(&self, capability: u32) -> bool {
        self.machine_code.contains(&capability) || self.ptx.iter().any(|ptx| *ptx <= capability)
    }
}

fn long(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |long, byte| long << 8 | u64::from(*byte))
}

/// The number that `bytes` begin with.
fn number(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).take(3);
    let digits: String = digits.map(|byte| char::from(*byte)).collect();
    digits.parse().ok()
}

/// Fills `bytes` from a place in a file on, as far as it reaches.
fn fill(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    /// A file that has what is looked for, in a container whose start lies over the end of a chunk.
    pub(crate) fn library(cuda: u32, entries: &[(u16, u32)]) -> Vec<u8> {
        let mut bytes = vec![0; CHUNK - 3];
        let code = [7u8; 5];
        let mut container = Vec::new();
        for (kind, capability) in entries {
            let mut header = [0u8; 64];
            header[..2].copy_from_slice(&kind.to_le_bytes());
            header[4..8].copy_from_slice(&64u32.to_le_bytes());
            header[8..16].copy_from_slice(&(code.len() as u64).to_le_bytes());
            header[28..32].copy_from_slice(&capability.to_le_bytes());
            container.extend(header);
            container.extend(code);
        }
        bytes.extend(CONTAINER);
        bytes.extend(16u16.to_le_bytes());
        bytes.extend((container.len() as u64).to_le_bytes());
        bytes.extend(container);
        bytes.extend(format!("\0libcublasLt.so.{cuda}\0").bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> CudaCode {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime_providers_cuda.so");
        fs::write(&file, bytes).unwrap();
        CudaCode::of(&file).unwrap()
    }

    #[test]
    fn code_is_found_wherever_it_lies() {
        let code = read(&library(
            12,
            &[(MACHINE_CODE, 87), (MACHINE_CODE, 72), (PTX, 90), (MACHINE_CODE, 87)],
        ));
        let expected = CudaCode {
            cuda: Some(12),
            machine_code: vec![72, 87],
            ptx: vec![90],
        };
        assert_eq!(code, expected);
        assert!(code.runs_on(87) && code.runs_on(110));
        assert!(!code.runs_on(86));
        assert_eq!(read(b"no library"), CudaCode::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_after_a_start_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(&[&CONTAINER[..], &bytes].concat());
        }
    }
}

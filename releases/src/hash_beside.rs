//! A SHA-256 that is taken in a thread while its bytes are read or written.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

use crate::Digest;

/// What is handed over at a time, bytes. A file that is no longer has no thread.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces on the way: the thread is never farther behind.
const PIECES: usize = 8;

/// Takes the pieces of a file in their order.
#[derive(Default)]
pub(crate) struct HashBeside {
    /// Until there is a second piece.
    sha: Sha256,
    pieces: usize,
    thread: Option<Thread>,
}

struct Thread {
    full: SyncSender<(Vec<u8>, usize)>,
    empty: Receiver<Vec<u8>>,
    hashing: JoinHandle<Sha256>,
}

impl HashBeside {
    /// A piece to read into.
    pub(crate) fn empty_piece(&self) -> Vec<u8> {
        let used = self.thread.as_ref().and_then(|thread| thread.empty.try_recv().ok());
        used.unwrap_or_else(|| vec![0; PIECE_BYTES])
    }

    /// Takes the first `length` bytes of a piece.
    pub(crate) fn update(&mut self, piece: Vec<u8>, length: usize) {
        self.pieces += 1;
        if self.pieces == 2 {
            self.thread = Thread::start(&self.sha);
        }
        let returned = match &self.thread {
            None => Some((piece, length)),
            Some(thread) => thread.full.send((piece, length)).err().map(|back| back.0),
        };
        // Without a thread it is done here.
        if let Some((piece, length)) = returned {
            self.sha.update(&piece[..length]);
        }
    }

    /// The SHA-256 of all of them.
    pub(crate) fn finish(self) -> Digest {
        let sha = match self.thread {
            None => self.sha,
            Some(Thread { full, hashing, .. }) => {
                drop(full);
                hashing.join().unwrap_or(self.sha)
            }
        };
        <[u8; 32]>::from(sha.finalize()).into()
    }
}

impl Thread {
    /// Goes on from `sha`; `None` where the system gives no thread.
    fn start(sha: &Sha256) -> Option<Self> {
        let (full, pieces) = sync_channel::<(Vec<u8>, usize)>(PIECES);
        let (give_back, empty) = sync_channel(PIECES);
        let mut sha = sha.clone();
        let hash = move || {
            for (piece, length) in pieces {
                sha.update(&piece[..length]);
                // Where as many wait already, it is let go.
                let _ = give_back.try_send(piece);
            }
            sha
        };
        let hashing = std::thread::Builder::new().name("hash".to_owned()).spawn(hash).ok()?;
        Some(Self { full, empty, hashing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_all_bytes_however_they_come() {
        let bytes: Vec<u8> = (0..3 * PIECE_BYTES + 17).map(|n| (n % 251) as u8).collect();
        for step in [1 << 12, PIECE_BYTES - 1, PIECE_BYTES] {
            for length in [0, 1, PIECE_BYTES, PIECE_BYTES + 1, bytes.len()] {
                let mut hash = HashBeside::default();
                for part in bytes[..length].chunks(step) {
                    let mut piece = hash.empty_piece();
                    piece[..part.len()].copy_from_slice(part);
                    hash.update(piece, part.len());
                }
                assert_eq!(
                    hash.finish(),
                    Digest::of(&bytes[..length]),
                    "{length} in steps of {step}"
                );
            }
        }
    }
}

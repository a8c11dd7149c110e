//! A thread that hashes what is written, so that what is written is compressed at the same time.
//!
//! It brings nothing to the disk: what it has hashed is asked for where a chain point or a proof is signed.

use std::io;
use std::mem;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use sha2::{Digest, Sha256};

use crate::chain::{Chain, Hash, Take};
use crate::point::{Short, short};

/// Bytes that are handed over together: enough that waking the thread costs little, few enough for a core's cache.
const BUFFER_BYTES: usize = 512 << 10;
/// Buffers that wait at most, so that memory is bounded whatever is written.
const WAITING: usize = 8;

/// What a file came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hashes {
    /// Of all its bytes.
    pub(super) file: Hash,
    pub(super) chain: Chain,
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Where records end in it. One may go on in the next buffer.
    ends: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Records,
    File,
}

enum Job {
    Hash(Of, Buffer),
    /// The chain so far, and the digests since it was asked for the last time.
    Chain(SyncSender<(Chain, Vec<Short>)>),
}

/// Buffers that are empty again.
type Spare = Arc<Mutex<Vec<Buffer>>>;

/// Collects bytes, and hands them over.
#[derive(Debug)]
pub(super) struct Feed {
    of: Of,
    open: Buffer,
    jobs: SyncSender<Job>,
    spare: Spare,
}

impl Feed {
    /// Says that a record has all its bytes.
    pub(super) fn end_record(&mut self) {
        self.open.ends.push(self.open.bytes.len());
    }

    /// Hands over what was collected.
    pub(super) fn send(&mut self) {
        let next = self.spare.lock().ok().and_then(|mut spare| spare.pop());
        let full = mem::replace(&mut self.open, next.unwrap_or_default());
        // A thread that is gone is noticed where its result is asked for.
        let _ = self.jobs.send(Job::Hash(self.of, full));
    }
}

impl Take for Feed {
    fn take(&mut self, mut bytes: &[u8]) {
        loop {
            let room = BUFFER_BYTES - self.open.bytes.len();
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            self.open.bytes.extend_from_slice(now);
            if rest.is_empty() {
                return;
            }
            self.send();
            bytes = rest;
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.send();
    }
}

/// The thread, which ends when all its feeds are gone.
#[derive(Debug)]
pub(super) struct Hasher {
    jobs: SyncSender<Job>,
    spare: Spare,
    thread: JoinHandle<Hashes>,
}

impl Hasher {
    /// Starts the thread for a file of a recording.
    pub(super) fn start(recording: &[u8; 16], file: u64) -> io::Result<Self> {
        let (jobs, todo) = mpsc::sync_channel(WAITING);
        let spare = Spare::default();
        let (chain, emptied) = (Chain::start(recording, file), spare.clone());
        let thread = Builder::new()
            .name("hashing".to_owned())
            .spawn(move || hash(&todo, chain, &emptied))?;
        Ok(Self { jobs, spare, thread })
    }

    /// Takes what records are hashed from.
    pub(super) fn of_records(&self) -> Feed {
        self.feed(Of::Records)
    }

    /// Takes the bytes of the file.
    pub(super) fn of_file(&self) -> Feed {
        self.feed(Of::File)
    }

    fn feed(&self, of: Of) -> Feed {
        Feed {
            of,
            open: Buffer::default(),
            jobs: self.jobs.clone(),
            spare: self.spare.clone(),
        }
    }

    /// The chain over all records that were sent, and the digests since this was asked for the last time.
    pub(super) fn chain(&self) -> io::Result<(Chain, Vec<Short>)> {
        let (reply, chain) = mpsc::sync_channel(1);
        let _ = self.jobs.send(Job::Chain(reply));
        chain.recv().map_err(io::Error::other)
    }

    /// What all came to. The feeds have to be gone.
    pub(super) fn finish(self) -> io::Result<Hashes> {
        drop(self.jobs);
        self.thread.join().map_err(|_| io::Error::other("it panicked"))
    }
}

fn hash(jobs: &Receiver<Job>, mut chain: Chain, spare: &Spare) -> Hashes {
    let (mut file, mut record, mut digests) = (Sha256::new(), Sha256::new(), Vec::new());
    while let Ok(job) = jobs.recv() {
        let mut buffer = match job {
            Job::Chain(reply) => {
                let _ = reply.send((chain, mem::take(&mut digests)));
                continue;
            }
            Job::Hash(Of::File, buffer) => {
                file.update(&buffer.bytes);
                buffer
            }
            Job::Hash(Of::Records, buffer) => {
                let mut begin = 0;
                for &end in &buffer.ends {
                    record.update(&buffer.bytes[begin..end]);
                    let digest: Hash = record.finalize_reset().into();
                    chain.add(&digest);
                    digests.push(short(&digest));
                    begin = end;
                }
                record.update(&buffer.bytes[begin..]);
                buffer
            }
        };
        buffer.bytes.clear();
        buffer.ends.clear();
        if let Ok(mut spare) = spare.lock() {
            spare.push(buffer);
        }
    }
    Hashes {
        file: file.finalize().into(),
        chain,
    }
}

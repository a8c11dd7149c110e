//! The process that simulates: it gets nothing of the machine that another one wants, and ends with this one.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sinew_control::realtime::enter_background;
use sinew_node::sync::lock;

/// The most that is taken of what it says on each of its two ways, bytes.
const MOST_BYTES: u64 = 4 << 20;
/// How long after its end what it has said is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What it has said on one way.
#[derive(Debug, Default)]
struct Said {
    bytes: Vec<u8>,
    is_all: bool,
}

/// A process at work.
#[derive(Debug)]
pub(super) struct EvaluationProcess {
    child: Child,
    result: Arc<Mutex<Said>>,
    progress: Arc<Mutex<Said>>,
    ended: Option<(Instant, ExitStatus)>,
}

/// What a process has left.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) status: ExitStatus,
    pub(super) result: Vec<u8>,
    pub(super) progress: String,
}

impl EvaluationProcess {
    /// Starts the program.
    ///
    /// # Errors
    /// Where the system does not.
    pub(super) fn start(program: &Path, args: Vec<OsString>) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(args)
            // Its other end closes with this process, however that ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What is typed at the node's terminal is not for it.
            .process_group(0);
        let mut child = started_in_background(command)?;
        let (result, progress) = (Arc::default(), Arc::default());
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let read = listen(out, &result).and_then(|()| listen(err, &progress));
        let started = Self {
            child,
            result,
            progress,
            ended: None,
        };
        // One that cannot be heard is ended here, as it is dropped.
        read.map(|()| started)
    }

    /// What it has left, once it has ended and all that it has said is here.
    pub(super) fn left(&mut self) -> io::Result<Option<Left>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait()?.map(|status| (Instant::now(), status));
        }
        let Some((at, status)) = self.ended else {
            return Ok(None);
        };
        let is_all = lock(&self.result).is_all && lock(&self.progress).is_all;
        // A process of its own that outlives it may keep the way open.
        if !is_all && at.elapsed() < PATIENCE {
            return Ok(None);
        }
        Ok(Some(Left {
            status,
            result: lock(&self.result).bytes.clone(),
            progress: self.progress(),
        }))
    }

    /// What it has said so far of its progress.
    pub(super) fn progress(&self) -> String {
        String::from_utf8_lossy(&lock(&self.progress).bytes).into_owned()
    }
}

impl Drop for EvaluationProcess {
    fn drop(&mut self) {
        // One that has ended is no longer there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The scheduling of a thread is what its child begins with: the calling one keeps its own.
fn started_in_background(mut command: Command) -> io::Result<Child> {
    let start = move || {
        enter_background()?;
        command.spawn()
    };
    let starting = thread::Builder::new().name("evaluation".to_owned()).spawn(start)?;
    starting
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the thread that starts it has panicked")))
}

/// Takes what comes, in a thread that ends with it.
fn listen(from: Option<impl Read + Send + 'static>, to: &Arc<Mutex<Said>>) -> io::Result<()> {
    let Some(from) = from else { return Ok(()) };
    let to = to.clone();
    let take = move || {
        let mut from = from.take(MOST_BYTES);
        let mut some = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut some) {
            lock(&to).bytes.extend_from_slice(&some[..n]);
        }
        lock(&to).is_all = true;
    };
    let builder = thread::Builder::new().name("evaluation".to_owned());
    builder.spawn(take).map(drop)
}

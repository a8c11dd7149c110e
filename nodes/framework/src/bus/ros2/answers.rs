//! Responses leave in a thread of their own, for the middleware may hold one up: a client's request can
//! be here before the way back to it is known. It then waits for a tenth of a second and gives up, and is
//! asked again, while the threads that bring messages go on.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::rcl::{Refused, RequestId};
use super::server::Server;

/// How long a client is looked for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rest between two attempts, lest a middleware that gives up at once take a core.
const REST: Duration = Duration::from_millis(10);

/// A response on its way.
pub(super) struct Answer {
    pub(super) server: Weak<Server>,
    pub(super) to: RequestId,
    pub(super) cdr: Vec<u8>,
    pub(super) since: Instant,
}

/// Sends a response, now or when its client is known.
pub(super) fn send(answer: Answer) {
    static QUEUE: OnceLock<Option<Sender<Answer>>> = OnceLock::new();
    let queue = QUEUE.get_or_init(|| {
        let (queue, answers) = channel();
        let thread = thread::Builder::new().name("ros-answers".into());
        thread.spawn(move || send_all(&answers)).ok().map(|_| queue)
    });
    // Without a thread it has to be done here.
    if let Some(unsent) = match queue {
        Some(queue) => queue.send(answer).err().map(|refused| refused.0),
        None => Some(answer),
    } {
        attempt(&unsent);
    }
}

fn send_all(answers: &Receiver<Answer>) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match answers.recv() {
                Ok(answer) => waiting.push_back(answer),
                Err(_) => return,
            }
        }
        waiting.extend(answers.try_iter());
        if let Some(answer) = waiting.pop_front()
            && !attempt(&answer)
        {
            waiting.push_back(answer);
            thread::sleep(REST);
        }
    }
}

/// Whether there is nothing more to do about it.
fn attempt(answer: &Answer) -> bool {
    // Who left answers no more.
    let Some(server) = answer.server.upgrade() else {
        return true;
    };
    match server.send(answer.to, &answer.cdr) {
        Ok(true) => true,
        Ok(false) if answer.since.elapsed() < PATIENCE => false,
        Ok(false) => {
            tracing::warn!(
                service = server.name(),
                "a response was let go: its client is not there"
            );
            true
        }
        Err(Refused(message)) => {
            tracing::error!(service = server.name(), "a response could not be sent: {message}");
            true
        }
    }
}

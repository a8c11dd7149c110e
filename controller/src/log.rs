//! What Sinew logs, handed to whoever asked for it.

use std::ffi::{CString, c_void};
use std::fmt::{self, Write};
use std::sync::{Mutex, OnceLock};

use sinew_control::sync::lock;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, registry};

use crate::types::{SinewLevel, SinewLog};

/// Who is told.
struct Listener {
    log: unsafe extern "C" fn(*mut c_void, SinewLevel, *const std::ffi::c_char),
    user: *mut c_void,
}

// SAFETY: whoever gave the pointer says that it may be handed to his function in any thread.
unsafe impl Send for Listener {}

static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);
static IS_SET_UP: OnceLock<()> = OnceLock::new();

/// From now on `log` is told, or nobody. Returns once nobody is being told any more who was told before.
///
/// # Safety
/// `log` may be called with `user` in any thread until another is told.
pub(crate) unsafe fn tell(log: SinewLog, user: *mut c_void) {
    let listener = log.map(|log| Listener { log, user });
    *lock(&LISTENER) = listener;
    IS_SET_UP.get_or_init(|| {
        let shown: Targets = [("ort", Level::ERROR)].into_iter().collect();
        let layer = ToListener.with_filter(shown.with_default(Level::INFO));
        // Where the process logs already, it goes there.
        let _ = registry().with(layer).try_init();
    });
}

struct ToListener;

impl<S: Subscriber> Layer<S> for ToListener {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => SinewLevel::Error,
            Level::WARN => SinewLevel::Warn,
            _ => SinewLevel::Ok,
        };
        let mut line = Line(String::new());
        event.record(&mut line);
        let line = CString::new(line.0.replace('\0', " ")).unwrap_or_default();
        let listener = lock(&LISTENER);
        if let Some(Listener { log, user }) = &*listener {
            // SAFETY: it is called under the lock, so that it is not told any more once another is.
            unsafe { log(*user, level, line.as_ptr()) };
        }
    }
}

/// The message, then its fields.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text does not fail.
        let _ = if field.name() == "message" {
            let fields = std::mem::take(&mut self.0);
            write!(self.0, "{value:?}{fields}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
    }
}

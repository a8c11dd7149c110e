//! Who sent a request.

use std::fmt;
use std::sync::Arc;

/// Who sent a request, as far as the bus can tell: what the sender's own middleware says of itself, which only keys of each
/// program's own make true.
#[derive(Clone)]
pub struct Asker {
    origin: String,
    node: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

impl Asker {
    /// One that asks from `origin`; `node` looks for the full name of its node.
    pub(super) fn new(origin: String, node: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            origin,
            node: Arc::new(node),
        }
    }

    /// From where: `this process`, or the identity (GUID) of a DDS endpoint in hexadecimal digits, of which the first 24 are
    /// those of its process's participant.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The full name of its node, such as `/panel`; `None` where it is not known, or not yet.
    pub fn node(&self) -> Option<String> {
        (self.node)()
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

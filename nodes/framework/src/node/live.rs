use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

/// The newest accepted parameters of a node: those that may change while it is active do. Clones
/// share them.
pub struct Live<P>(Arc<ArcSwap<P>>);

impl<P> Live<P> {
    pub(super) fn new(params: P) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(params)))
    }

    /// The parameters as they are now. Lock-free.
    pub fn get(&self) -> Arc<P> {
        self.0.load_full()
    }

    pub(super) fn set(&self, params: P) {
        self.0.store(Arc::new(params));
    }
}

impl<P> Clone for Live<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: fmt::Debug> fmt::Debug for Live<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Live").field(&self.0.load()).finish()
    }
}

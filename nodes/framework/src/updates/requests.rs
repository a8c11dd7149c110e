//! What an operator asks for by service.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest, TriggerResponse};

use crate::bus::{BusError, Server};
use crate::node::Setup;

/// What an operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateRequest {
    /// The candidate takes charge.
    Promote,
    /// The release in charge is taken back.
    RollBack,
}

impl UpdateRequest {
    /// The service that asks for it.
    pub fn service(self) -> &'static str {
        match self {
            Self::Promote => "~/promote",
            Self::RollBack => "~/rollback",
        }
    }
}

impl fmt::Display for UpdateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.service())
    }
}

/// What was asked for by service, and is to be done by the thread that looks after updates.
#[derive(Debug, Default)]
pub struct UpdateRequests {
    active: AtomicBool,
    promote: AtomicBool,
    roll_back: AtomicBool,
}

impl UpdateRequests {
    /// Whether there is somebody who does what is asked for.
    pub fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Release);
    }

    /// What was asked for and nobody has taken yet.
    pub fn take(&self) -> Option<UpdateRequest> {
        let asked = [UpdateRequest::Promote, UpdateRequest::RollBack];
        asked
            .into_iter()
            .find(|request| self.flag(*request).swap(false, Ordering::AcqRel))
    }

    fn flag(&self, request: UpdateRequest) -> &AtomicBool {
        match request {
            UpdateRequest::Promote => &self.promote,
            UpdateRequest::RollBack => &self.roll_back,
        }
    }

    fn ask(&self, request: UpdateRequest) -> TriggerResponse {
        if !self.active.load(Ordering::Acquire) {
            return answer(
                false,
                "the node is not active: `sinew release` acts on its store meanwhile",
            );
        }
        self.flag(request).store(true, Ordering::Release);
        answer(true, "asked for: ~/update says what becomes of it")
    }

    /// The services `~/promote` and `~/rollback`; without `requests`, because the parameter `store` names no folder, they
    /// say so.
    ///
    /// # Errors
    /// Where somebody answers one of them already.
    pub fn services<P>(
        setup: &Setup<P>,
        requests: Option<&Arc<Self>>,
        store: &'static str,
    ) -> Result<Vec<Server>, BusError> {
        let serve = |request: UpdateRequest| {
            let requests = requests.cloned();
            let respond = move |_: &TriggerRequest| match &requests {
                Some(requests) => requests.ask(request),
                None => answer(
                    false,
                    &format!("there are no releases: set `{store}`, the folder of the robot's releases"),
                ),
            };
            setup.answer::<Trigger>(request.service(), respond)
        };
        [UpdateRequest::Promote, UpdateRequest::RollBack]
            .map(serve)
            .into_iter()
            .collect()
    }
}

fn answer(success: bool, message: &str) -> TriggerResponse {
    TriggerResponse {
        success,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_taken_once_and_nothing_while_nobody_would_do_it() {
        let requests = UpdateRequests::default();
        assert!(!requests.ask(UpdateRequest::Promote).success);
        requests.set_active(true);
        for request in [UpdateRequest::RollBack, UpdateRequest::Promote, UpdateRequest::Promote] {
            assert!(requests.ask(request).success);
        }
        assert_eq!(requests.take(), Some(UpdateRequest::Promote));
        assert_eq!(requests.take(), Some(UpdateRequest::RollBack));
        assert_eq!(requests.take(), None);
    }
}

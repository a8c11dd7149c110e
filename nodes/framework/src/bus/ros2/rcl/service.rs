use std::sync::{Arc, Mutex};

use r2r_rcl::*;

use super::error::{Refused, c_string, check};
use super::{Bytes, Node, SERVICE_DEPTH, ServiceSupport};
use crate::sync::lock;

/// Receives requests and sends responses.
pub(in super::super) struct Service {
    handle: Box<rcl_service_t>,
    support: ServiceSupport,
    node: Arc<Node>,
    /// Held while a response is sent: any thread may send one.
    sending: Mutex<()>,
}

/// Which request a response is to.
#[derive(Clone, Copy)]
pub(in super::super) struct RequestId(rmw_request_id_t);

impl RequestId {
    /// The endpoint at which its client waits for the response, as the client's middleware says.
    pub(in super::super) fn client(&self) -> [u8; 16] {
        // Signed before ROS 2 Jazzy.
        self.0.writer_guid.map(|byte| u8::from_ne_bytes(byte.to_ne_bytes()))
    }

    /// The same as text.
    pub(in super::super) fn client_text(&self) -> String {
        self.client().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

// SAFETY: one thread takes and waits, and those that send do so one at a time.
unsafe impl Send for Service {}
// SAFETY: as above.
unsafe impl Sync for Service {}

impl Service {
    pub(in super::super) fn new(node: Arc<Node>, name: &str, support: ServiceSupport) -> Result<Self, Refused> {
        let name = c_string(name)?;
        let exclusive = node.context().exclusive();
        // SAFETY: all that is pointed to outlives the call; the node outlives the service.
        let handle = unsafe {
            let mut handle = Box::new(rcl_get_zero_initialized_service());
            let mut options = rcl_service_get_default_options();
            options.qos.depth = SERVICE_DEPTH;
            check(rcl_service_init(
                &mut *handle,
                node.handle(),
                support.support,
                name.as_ptr(),
                &options,
            ))?;
            handle
        };
        drop(exclusive);
        Ok(Self {
            handle,
            support,
            node,
            sending: Mutex::new(()),
        })
    }

    /// Takes the next request, as CDR; none where there is none.
    pub(in super::super) fn take(&self, bytes: &mut Bytes) -> Result<Option<RequestId>, Refused> {
        let mut request = self.support.request.message()?;
        let mut id = rmw_request_id_t {
            writer_guid: [0; 16],
            sequence_number: 0,
        };
        // SAFETY: the service is valid, and the message is of its request's type.
        let code = unsafe { rcl_take_request(&*self.handle, &mut id, request.as_mut_ptr()) };
        if u32::try_from(code) == Ok(RCL_RET_SERVICE_TAKE_FAILED) {
            return Ok(None);
        }
        check(code)?;
        request.write(bytes)?;
        Ok(Some(RequestId(id)))
    }

    /// Sends a response, given as CDR; false where the way to its client is not known yet.
    pub(in super::super) fn respond(&self, to: RequestId, cdr: &[u8]) -> Result<bool, Refused> {
        let mut response = self.support.response.message()?;
        response.read(cdr)?;
        let RequestId(mut id) = to;
        let _sending = lock(&self.sending);
        // SAFETY: the service is valid, and the message is of its response's type.
        let code = unsafe { rcl_send_response(&*self.handle, &mut id, response.as_mut_ptr()) };
        match check(code) {
            Ok(()) => Ok(true),
            Err(_) if u32::try_from(code) == Ok(RCL_RET_TIMEOUT) => Ok(false),
            Err(refused) => Err(refused),
        }
    }

    pub(in super::super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub(super) fn handle(&self) -> *const rcl_service_t {
        &*self.handle
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _exclusive = self.node.context().exclusive();
        // SAFETY: it is used no more, and belongs to this node.
        if let Err(Refused(message)) = unsafe { check(rcl_service_fini(&mut *self.handle, self.node.handle())) } {
            tracing::error!("a ROS 2 service could not be taken off: {message}");
        }
    }
}

use std::sync::Arc;

use r2r_rcl::*;

use super::error::{Refused, c_string, check};
use super::{Bytes, Node, SERVICE_DEPTH, ServiceSupport};

/// Sends requests and receives responses.
pub(in super::super) struct Client {
    handle: Box<rcl_client_t>,
    support: ServiceSupport,
    node: Arc<Node>,
}

// SAFETY: one thread takes and waits, and who uses it lets one thread send at a time.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    pub(in super::super) fn new(node: Arc<Node>, service: &str, support: ServiceSupport) -> Result<Self, Refused> {
        let service = c_string(service)?;
        let exclusive = node.context().exclusive();
        // SAFETY: all that is pointed to outlives the call; the node outlives the client.
        let handle = unsafe {
            let mut handle = Box::new(rcl_get_zero_initialized_client());
            let mut options = rcl_client_get_default_options();
            options.qos.depth = SERVICE_DEPTH;
            check(rcl_client_init(
                &mut *handle,
                node.handle(),
                support.support,
                service.as_ptr(),
                &options,
            ))?;
            handle
        };
        drop(exclusive);
        Ok(Self { handle, support, node })
    }

    /// Whether a server is there, and connected both ways.
    pub(in super::super) fn has_server(&self) -> Result<bool, Refused> {
        let mut available = false;
        // SAFETY: node and client are valid.
        unsafe {
            check(rcl_service_server_is_available(
                self.node.handle(),
                &*self.handle,
                &mut available,
            ))
        }
        .map(|()| available)
    }

    /// Sends a request, given as CDR; gives its number. Not for two threads at once.
    pub(in super::super) fn send(&self, cdr: &[u8]) -> Result<i64, Refused> {
        let mut request = self.support.request.message()?;
        request.read(cdr)?;
        let mut number = 0;
        // SAFETY: the client is valid, and the message is of its request's type.
        unsafe { check(rcl_send_request(&*self.handle, request.as_mut_ptr(), &mut number)) }.map(|()| number)
    }

    /// Takes the next response, as CDR; gives the number of its request, or none where there is none.
    pub(in super::super) fn take(&self, bytes: &mut Bytes) -> Result<Option<i64>, Refused> {
        let mut response = self.support.response.message()?;
        let mut id = rmw_request_id_t {
            writer_guid: [0; 16],
            sequence_number: 0,
        };
        // SAFETY: the client is valid, and the message is of its response's type.
        let code = unsafe { rcl_take_response(&*self.handle, &mut id, response.as_mut_ptr()) };
        if u32::try_from(code) == Ok(RCL_RET_CLIENT_TAKE_FAILED) {
            return Ok(None);
        }
        check(code)?;
        response.write(bytes)?;
        Ok(Some(id.sequence_number))
    }

    pub(super) fn handle(&self) -> *const rcl_client_t {
        &*self.handle
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _exclusive = self.node.context().exclusive();
        // SAFETY: it is used no more, and belongs to this node.
        if let Err(Refused(message)) = unsafe { check(rcl_client_fini(&mut *self.handle, self.node.handle())) } {
            tracing::error!("a ROS 2 client could not be taken off: {message}");
        }
    }
}

use std::ffi::c_char;
use std::ptr;
use std::slice;
use std::sync::Arc;

use r2r_rcl::*;

use super::context::{Context, free, text};
use super::error::{Refused, c_string, check};

/// A node of ROS 2.
pub(in super::super) struct Node {
    handle: Box<rcl_node_t>,
    context: Arc<Context>,
}

/// Who publishes or subscribes.
pub(in super::super) struct KnownEndpoint {
    /// Its identity for the middleware.
    pub(in super::super) id: [u8; 16],
    /// The full name of its node. One that publishes twice is there twice.
    pub(in super::super) node: String,
    /// The full name of its messages' type, such as `sensor_msgs/msg/Imu`.
    pub(in super::super) type_name: String,
}

// SAFETY: rcl reads a node from any thread; making and finishing what belongs to it is kept apart by
// `Context::exclusive`.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

// Not among r2r's bindings. rcl leaves it to those who wrap it to publish a node's log.
unsafe extern "C" {
    fn rcl_logging_rosout_init_publisher_for_node(node: *mut rcl_node_t) -> rcl_ret_t;
    fn rcl_logging_rosout_fini_publisher_for_node(node: *mut rcl_node_t) -> rcl_ret_t;
}

impl Node {
    pub(in super::super) fn new(context: Arc<Context>, name: &str, namespace: &str) -> Result<Self, Refused> {
        let (name, namespace) = (c_string(name)?, c_string(namespace)?);
        let exclusive = context.exclusive();
        // SAFETY: the strings and options outlive the call, which copies them; the context outlives the node.
        let handle = unsafe {
            let mut handle = Box::new(rcl_get_zero_initialized_node());
            let mut options = rcl_node_get_default_options();
            let outcome = check(rcl_node_init(
                &mut *handle,
                name.as_ptr(),
                namespace.as_ptr(),
                context.handle(),
                &options,
            ));
            let finished = check(rcl_node_options_fini(&mut options));
            outcome?;
            finished?;
            handle
        };
        drop(exclusive);
        let node = Self { handle, context };
        node.publish_log()?;
        Ok(node)
    }

    /// On `/rosout`, unless the command line disables it.
    fn publish_log(&self) -> Result<(), Refused> {
        let _exclusive = self.context.exclusive();
        // SAFETY: the node is valid, and takes the publisher down before itself.
        unsafe {
            if rcl_logging_rosout_enabled() {
                check(rcl_logging_rosout_init_publisher_for_node(self.handle()))
            } else {
                Ok(())
            }
        }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    pub(super) fn handle(&self) -> *mut rcl_node_t {
        ptr::from_ref(&*self.handle).cast_mut()
    }

    /// After remapping.
    pub(in super::super) fn name(&self) -> String {
        // SAFETY: the node is valid, and its strings live as long as it.
        unsafe { text(rcl_node_get_name(&*self.handle)) }
    }

    /// After remapping, with a leading slash.
    pub(in super::super) fn namespace(&self) -> String {
        // SAFETY: as above.
        unsafe { text(rcl_node_get_namespace(&*self.handle)) }
    }

    /// By which its messages in ROS's log are known.
    pub(in super::super) fn logger(&self) -> String {
        // SAFETY: as above.
        unsafe { text(rcl_node_get_logger_name(&*self.handle)) }
    }

    /// The full name of a topic, after remapping.
    pub(in super::super) fn topic(&self, name: &str) -> Result<String, Refused> {
        let name = c_string(name)?;
        let mut resolved: *mut c_char = ptr::null_mut();
        // SAFETY: the node is valid; the string that comes back is ours to free.
        unsafe {
            check(rcl_node_resolve_name(
                &*self.handle,
                name.as_ptr(),
                rcutils_get_default_allocator(),
                false,
                false,
                &mut resolved,
            ))?;
            let topic = text(resolved);
            free(resolved.cast());
            Ok(topic)
        }
    }

    /// Who publishes on a topic, given by its full name.
    pub(in super::super) fn publishers(&self, topic: &str) -> Result<Vec<KnownEndpoint>, Refused> {
        self.endpoints(topic, false, rcl_get_publishers_info_by_topic)
    }

    /// Who waits for the responses of a service, given by its full name.
    pub(in super::super) fn clients(&self, service: &str) -> Result<Vec<KnownEndpoint>, Refused> {
        // ROS 2's name for the topic of DDS on which they come.
        self.endpoints(&format!("rr{service}Reply"), true, rcl_get_subscriptions_info_by_topic)
    }

    fn endpoints(
        &self,
        topic: &str,
        is_name_of_dds: bool,
        ask: unsafe extern "C" fn(
            *const rcl_node_t,
            *mut rcutils_allocator_t,
            *const c_char,
            bool,
            *mut rmw_topic_endpoint_info_array_t,
        ) -> rcl_ret_t,
    ) -> Result<Vec<KnownEndpoint>, Refused> {
        let topic = c_string(topic)?;
        // SAFETY: the node is valid; rcl fills the array, or leaves it empty, and it is finished here.
        unsafe {
            let mut allocator = rcutils_get_default_allocator();
            let mut found = rmw_get_zero_initialized_topic_endpoint_info_array();
            let outcome = check(ask(
                &*self.handle,
                &mut allocator,
                topic.as_ptr(),
                is_name_of_dds,
                &mut found,
            ));
            let known = if found.info_array.is_null() {
                Vec::new()
            } else {
                slice::from_raw_parts(found.info_array, found.size)
                    .iter()
                    .map(|endpoint| {
                        let namespace = text(endpoint.node_namespace);
                        KnownEndpoint {
                            id: endpoint.endpoint_gid,
                            node: format!("{}/{}", namespace.trim_end_matches('/'), text(endpoint.node_name)),
                            type_name: text(endpoint.topic_type),
                        }
                    })
                    .collect()
            };
            let finished = check(rmw_topic_endpoint_info_array_fini(&mut found, &mut allocator));
            outcome.and(finished).map(|()| known)
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _exclusive = self.context.exclusive();
        // SAFETY: all that belongs to the node holds it, so that it is finished by now, but for its log.
        let ended = unsafe {
            let log_ended = if rcl_logging_rosout_enabled() {
                check(rcl_logging_rosout_fini_publisher_for_node(&mut *self.handle))
            } else {
                Ok(())
            };
            log_ended.and(check(rcl_node_fini(&mut *self.handle)))
        };
        if let Err(Refused(message)) = ended {
            tracing::error!("a ROS 2 node could not be taken down: {message}");
        }
    }
}

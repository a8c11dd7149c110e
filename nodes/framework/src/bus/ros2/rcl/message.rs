use std::ffi::c_void;
use std::slice;

use r2r::{WrappedServiceTypeSupport, WrappedTypesupport};
use r2r_rcl::*;

use super::error::{Refused, check};

/// Bytes that rcl writes and makes room for, used again and again.
pub(in super::super) struct Bytes(rcutils_uint8_array_t);

// SAFETY: the array is ours alone.
unsafe impl Send for Bytes {}

impl Bytes {
    pub(in super::super) fn new() -> Result<Self, Refused> {
        // SAFETY: an empty array is initialised in place.
        unsafe {
            let mut array = rcutils_get_zero_initialized_uint8_array();
            check(rcutils_uint8_array_init(
                &mut array,
                0,
                &rcutils_get_default_allocator(),
            ))?;
            Ok(Self(array))
        }
    }

    pub(in super::super) fn as_slice(&self) -> &[u8] {
        if self.0.buffer.is_null() {
            &[]
        } else {
            // SAFETY: rcl keeps so many bytes there.
            unsafe { slice::from_raw_parts(self.0.buffer, self.0.buffer_length) }
        }
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut rcutils_uint8_array_t {
        &mut self.0
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        // SAFETY: it was initialised, and nothing points into it.
        let _ = unsafe { check(rcutils_uint8_array_fini(&mut self.0)) };
    }
}

/// `bytes` as rcl wants them where it only reads.
pub(super) fn lent(bytes: &[u8]) -> rcutils_uint8_array_t {
    rcutils_uint8_array_t {
        buffer: bytes.as_ptr().cast_mut(),
        buffer_length: bytes.len(),
        buffer_capacity: bytes.len(),
        // SAFETY: gives a structure of function pointers.
        allocator: unsafe { rcutils_get_default_allocator() },
    }
}

/// A message type as rcl knows it.
#[derive(Clone, Copy)]
pub(in super::super) struct MessageSupport {
    support: &'static rosidl_message_type_support_t,
    create: fn() -> *mut c_void,
    destroy: fn(*mut c_void),
}

// SAFETY: type supports are constants.
unsafe impl Send for MessageSupport {}
// SAFETY: as above.
unsafe impl Sync for MessageSupport {}

impl MessageSupport {
    fn of<M: WrappedTypesupport>() -> Self {
        Self {
            support: M::get_ts(),
            create: || M::create_msg().cast(),
            destroy: |message| M::destroy_msg(message.cast()),
        }
    }

    /// A message with default values.
    pub(super) fn message(self) -> Result<Native, Refused> {
        let pointer = (self.create)();
        if pointer.is_null() {
            Err(Refused("no memory for a message".to_owned()))
        } else {
            Ok(Native { pointer, support: self })
        }
    }
}

/// A service type as rcl knows it.
#[derive(Clone, Copy)]
pub(in super::super) struct ServiceSupport {
    pub(super) support: &'static rosidl_service_type_support_t,
    pub(super) request: MessageSupport,
    pub(super) response: MessageSupport,
}

// SAFETY: type supports are constants.
unsafe impl Send for ServiceSupport {}
// SAFETY: as above.
unsafe impl Sync for ServiceSupport {}

impl ServiceSupport {
    pub(in super::super) fn of<S: WrappedServiceTypeSupport>() -> Self {
        Self {
            support: S::get_ts(),
            request: MessageSupport::of::<S::Request>(),
            response: MessageSupport::of::<S::Response>(),
        }
    }
}

/// A message as a C structure: the only form in which rcl carries requests and responses.
pub(super) struct Native {
    pointer: *mut c_void,
    support: MessageSupport,
}

impl Native {
    pub(super) fn as_mut_ptr(&mut self) -> *mut c_void {
        self.pointer
    }

    /// Takes over what CDR says.
    pub(super) fn read(&mut self, cdr: &[u8]) -> Result<(), Refused> {
        // SAFETY: the message is of the type that the support is of; the bytes are only read.
        unsafe { check(rmw_deserialize(&lent(cdr), self.support.support, self.pointer)) }
    }

    /// As CDR.
    pub(super) fn write(&self, bytes: &mut Bytes) -> Result<(), Refused> {
        // SAFETY: the message is of the type that the support is of.
        unsafe { check(rmw_serialize(self.pointer, self.support.support, bytes.as_mut_ptr())) }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        (self.support.destroy)(self.pointer);
    }
}

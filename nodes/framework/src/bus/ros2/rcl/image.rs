use std::ffi::{CString, c_char};

use r2r::WrappedTypesupport;
use r2r_rcl::*;
use sinew_messages::sensor_msgs::msg::Image;

type Native = <r2r::sensor_msgs::msg::Image as WrappedTypesupport>::CStruct;

/// Calls `publish` with the image as a C structure that points into it, so that its pixels are written
/// once only, by the middleware. None where that cannot be: C's strings have no NUL in them.
pub(super) fn lend<R>(image: &Image, publish: impl FnOnce(&Native) -> R) -> Option<R> {
    let frame_id = CString::new(image.header.frame_id.as_str()).ok()?;
    let encoding = CString::new(image.encoding.as_str()).ok()?;
    // SAFETY: all zeros is a structure of C with null pointers, and none of them stays.
    let mut native: Native = unsafe { std::mem::zeroed() };
    native.header.stamp.sec = image.header.stamp.sec;
    native.header.stamp.nanosec = image.header.stamp.nanosec;
    native.header.frame_id = string(&frame_id);
    native.height = image.height;
    native.width = image.width;
    native.encoding = string(&encoding);
    native.is_bigendian = image.is_bigendian;
    native.step = image.step;
    native.data.data = image.data.as_ptr().cast_mut();
    native.data.size = image.data.len();
    native.data.capacity = image.data.len();
    Some(publish(&native))
}

fn string(text: &CString) -> rosidl_runtime_c__String {
    rosidl_runtime_c__String {
        data: text.as_ptr().cast::<c_char>().cast_mut(),
        size: text.as_bytes().len(),
        capacity: text.as_bytes_with_nul().len(),
    }
}

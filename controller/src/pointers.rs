//! Pointers from outside, checked as far as they can be before anything is read or written through them.

use std::ffi::{CStr, c_char};
use std::slice;

use crate::types::SinewStatus;

/// More elements than any array from outside has: a number of them that was never set.
const MOST: usize = 1 << 20;

/// What a pointer points to.
///
/// # Safety
/// Where it is not null it points to a `T` that nobody changes for as long as `'a`.
pub(crate) unsafe fn read<'a, T>(pointer: *const T) -> Result<&'a T, SinewStatus> {
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(SinewStatus::Pointer);
    }
    // SAFETY: neither null nor misaligned, and the caller says what it points to.
    Ok(unsafe { &*pointer })
}

/// The same, to be written.
///
/// # Safety
/// Where it is not null it points to a `T` that nobody else reads or writes for as long as `'a`.
pub(crate) unsafe fn write<'a, T>(pointer: *mut T) -> Result<&'a mut T, SinewStatus> {
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(SinewStatus::Pointer);
    }
    // SAFETY: neither null nor misaligned, and the caller says what it points to.
    Ok(unsafe { &mut *pointer })
}

/// An array; `None` for null.
///
/// # Safety
/// Where it is not null it points to `len` elements that nobody changes for as long as `'a`.
pub(crate) unsafe fn array<'a, T>(pointer: *const T, len: usize) -> Result<Option<&'a [T]>, SinewStatus> {
    if pointer.is_null() {
        return Ok(None);
    }
    if !pointer.is_aligned() {
        return Err(SinewStatus::Pointer);
    }
    if len > MOST {
        return Err(SinewStatus::Size);
    }
    // SAFETY: neither null nor misaligned, no longer than an array can be, and the caller says what it points to.
    Ok(Some(unsafe { slice::from_raw_parts(pointer, len) }))
}

/// An array to be written; `None` for null.
///
/// # Safety
/// Where it is not null it points to `len` elements that nobody else reads or writes for as long as `'a`.
pub(crate) unsafe fn array_mut<'a, T>(pointer: *mut T, len: usize) -> Result<Option<&'a mut [T]>, SinewStatus> {
    if pointer.is_null() {
        return Ok(None);
    }
    if !pointer.is_aligned() {
        return Err(SinewStatus::Pointer);
    }
    if len > MOST {
        return Err(SinewStatus::Size);
    }
    // SAFETY: neither null nor misaligned, no longer than an array can be, and the caller says what it points to.
    Ok(Some(unsafe { slice::from_raw_parts_mut(pointer, len) }))
}

/// A text that ends in zero.
///
/// # Safety
/// Where it is not null it points to such a text that nobody changes for as long as `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> Result<&'a CStr, SinewStatus> {
    if pointer.is_null() {
        return Err(SinewStatus::Pointer);
    }
    // SAFETY: not null, and the caller says that it ends in zero.
    Ok(unsafe { CStr::from_ptr(pointer) })
}

/// Writes as much of `said` as there is room for, and a zero. Null for whoever does not want to read it.
///
/// # Safety
/// Where it is not null it points to `size` bytes that nobody else reads or writes meanwhile.
pub(crate) unsafe fn say(said: &str, pointer: *mut c_char, size: usize) -> Result<(), SinewStatus> {
    // SAFETY: as the caller says; a byte is aligned anywhere.
    let Some(room) = (unsafe { array_mut(pointer.cast::<u8>(), size) })? else {
        return Ok(());
    };
    let Some(most) = room.len().checked_sub(1) else {
        return Err(SinewStatus::Size);
    };
    let len = said.floor_char_boundary(most);
    room[..len].copy_from_slice(&said.as_bytes()[..len]);
    room[len] = 0;
    Ok(())
}

use std::ffi::{CStr, CString, c_int};

use super::super::super::BusError;
use super::security::Security;

/// What rcl said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Refused(pub(in super::super) String);

impl Refused {
    /// As an error about a topic, a service or a node.
    pub(in super::super) fn about(self, name: &str) -> BusError {
        let message = match Security::of_environment() {
            Ok(security) => security.explained(self.0),
            Err(_) => self.0,
        };
        BusError::Middleware {
            name: name.to_owned(),
            message,
        }
    }
}

/// The outcome of a call of rcl, rmw or rcutils.
pub(super) fn check(code: c_int) -> Result<(), Refused> {
    match code {
        0 => Ok(()),
        _ => Err(refusal(code)),
    }
}

/// What the last call of this thread complained of; rcl forgets it.
pub(super) fn refusal(code: c_int) -> Refused {
    // SAFETY: rcl's error is this thread's own, and the string is copied before it is reset.
    let said = unsafe {
        let said = r2r_rcl::rcutils_get_error_string();
        r2r_rcl::rcutils_reset_error();
        CStr::from_ptr(said.str_.as_ptr()).to_string_lossy().into_owned()
    };
    Refused(match without_place(&said) {
        "" | "error not set" => format!("refused with code {code}"),
        message => message.to_owned(),
    })
}

/// Without the lines of C that it comes from.
fn without_place(said: &str) -> &str {
    match said.rsplit_once(", at /") {
        Some((message, place)) if !place.contains(' ') => without_place(message),
        _ => said.trim(),
    }
}

/// For rcl, which wants its strings to end with a NUL.
pub(super) fn c_string(text: &str) -> Result<CString, Refused> {
    CString::new(text).map_err(|_| Refused("a name cannot have a NUL character in it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::without_place;

    #[test]
    fn an_error_is_said_without_the_place_in_c() {
        let said = "no such rule, at all, at /x/lexer.c:7, at /x/rcl.c:12";
        assert_eq!(without_place(said), "no such rule, at all");
        assert_eq!(without_place("no such rule"), "no such rule");
    }
}

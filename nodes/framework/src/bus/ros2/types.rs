//! Which of ROS 2's types were there when Sinew was built.

use r2r::{lifecycle_msgs, rcl_interfaces, std_srvs};
use r2r_rcl::rosidl_message_type_support_t;

use super::super::BusError;
use super::rcl::ServiceSupport;

/// A message type, by its full name.
pub(super) fn message(name: &'static str) -> Result<&'static rosidl_message_type_support_t, BusError> {
    match r2r::WrappedNativeMsgUntyped::new_from(name) {
        Ok(message) => Ok(message.ts),
        Err(_) => Err(BusError::UnknownType { type_name: name }),
    }
}

macro_rules! services {
    ($name:ident in $($package:ident: $($service:ident),+;)+) => {
        match $name {
            $($(
                concat!(stringify!($package), "/srv/", stringify!($service)) => {
                    Some(ServiceSupport::of::<$package::srv::$service::Service>())
                }
            )+)+
            _ => None,
        }
    };
}

/// A service type, by its full name.
pub(super) fn service(name: &'static str) -> Result<ServiceSupport, BusError> {
    let support = services! { name in
        lifecycle_msgs: ChangeState, GetAvailableStates, GetAvailableTransitions, GetState;
        rcl_interfaces: DescribeParameters, GetParameters, GetParameterTypes, ListParameters, SetParameters,
            SetParametersAtomically;
        std_srvs: Empty, SetBool, Trigger;
    };
    support.ok_or(BusError::UnknownType { type_name: name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_built_in_is_named() {
        assert!(message("std_msgs/msg/String").is_ok());
        assert!(service("std_srvs/srv/Trigger").is_ok());
        let missing = message("nowhere_msgs/msg/Nothing").err().map(|error| error.to_string());
        assert!(missing.is_some_and(|error| error.starts_with("nowhere_msgs/msg/Nothing is not part of this build")));
        assert!(matches!(
            service("nowhere_srvs/srv/Nothing"),
            Err(BusError::UnknownType { .. })
        ));
    }
}

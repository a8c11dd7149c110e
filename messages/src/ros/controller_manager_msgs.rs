//! Package `controller_manager_msgs`, made from its definitions by `sinew_messages::generate`.

/// Services.
#[rustfmt::skip]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::approx_constant,
    clippy::upper_case_acronyms,
    reason = "names and numbers are those of the definitions, whoever uses them"
)]
pub mod srv {
    /// `controller_manager_msgs/srv/SwitchController`
    #[derive(Debug, Clone, Copy)]
    pub struct SwitchController;

    impl ::sinew_messages::Service for SwitchController {
        const TYPE: &'static str = "controller_manager_msgs/srv/SwitchController";
        type Request = SwitchControllerRequest;
        type Response = SwitchControllerResponse;
    }

    /// `controller_manager_msgs/srv/SwitchController_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SwitchControllerRequest {
        /// `string[] activate_controllers`
        pub activate_controllers: ::std::vec::Vec<::std::string::String>,
        /// `string[] deactivate_controllers`
        pub deactivate_controllers: ::std::vec::Vec<::std::string::String>,
        /// `int32 strictness`
        pub strictness: i32,
        /// `bool activate_asap`
        pub activate_asap: bool,
        /// `builtin_interfaces/Duration timeout`
        pub timeout: ::sinew_messages::builtin_interfaces::msg::Duration,
    }

    impl ::sinew_messages::Message for SwitchControllerRequest {
        const TYPE: &'static str = "controller_manager_msgs/srv/SwitchController_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int32 BEST_EFFORT=1\n",
                "int32 STRICT=2\n",
                "int32 AUTO=3\n",
                "int32 FORCE_AUTO=4\n",
                "string[] activate_controllers\n",
                "string[] deactivate_controllers\n",
                "int32 strictness\n",
                "bool activate_asap\n",
                "builtin_interfaces/Duration timeout\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Duration as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl SwitchControllerRequest {
        /// `int32 BEST_EFFORT`
        pub const BEST_EFFORT: i32 = 1;
        /// `int32 STRICT`
        pub const STRICT: i32 = 2;
        /// `int32 AUTO`
        pub const AUTO: i32 = 3;
        /// `int32 FORCE_AUTO`
        pub const FORCE_AUTO: i32 = 4;
    }

    /// `controller_manager_msgs/srv/SwitchController_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SwitchControllerResponse {
        /// `bool ok`
        pub ok: bool,
        /// `string message`
        pub message: ::std::string::String,
    }

    impl ::sinew_messages::Message for SwitchControllerResponse {
        const TYPE: &'static str = "controller_manager_msgs/srv/SwitchController_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool ok\n",
                "string message\n",
            ),
            nested: &[],
        };
    }
}

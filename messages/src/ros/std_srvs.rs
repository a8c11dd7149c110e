//! Package `std_srvs`, made from its definitions by `sinew_messages::generate`.

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
    /// `std_srvs/srv/Empty`
    #[derive(Debug, Clone, Copy)]
    pub struct Empty;

    impl ::sinew_messages::Service for Empty {
        const TYPE: &'static str = "std_srvs/srv/Empty";
        type Request = EmptyRequest;
        type Response = EmptyResponse;
    }

    /// `std_srvs/srv/Empty_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct EmptyRequest {
    }

    impl ::sinew_messages::Message for EmptyRequest {
        const TYPE: &'static str = "std_srvs/srv/Empty_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `std_srvs/srv/Empty_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct EmptyResponse {
    }

    impl ::sinew_messages::Message for EmptyResponse {
        const TYPE: &'static str = "std_srvs/srv/Empty_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `std_srvs/srv/SetBool`
    #[derive(Debug, Clone, Copy)]
    pub struct SetBool;

    impl ::sinew_messages::Service for SetBool {
        const TYPE: &'static str = "std_srvs/srv/SetBool";
        type Request = SetBoolRequest;
        type Response = SetBoolResponse;
    }

    /// `std_srvs/srv/SetBool_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetBoolRequest {
        /// `bool data`
        pub data: bool,
    }

    impl ::sinew_messages::Message for SetBoolRequest {
        const TYPE: &'static str = "std_srvs/srv/SetBool_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool data\n",
            ),
            nested: &[],
        };
    }

    /// `std_srvs/srv/SetBool_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetBoolResponse {
        /// `bool success`
        pub success: bool,
        /// `string message`
        pub message: ::std::string::String,
    }

    impl ::sinew_messages::Message for SetBoolResponse {
        const TYPE: &'static str = "std_srvs/srv/SetBool_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
                "string message\n",
            ),
            nested: &[],
        };
    }

    /// `std_srvs/srv/Trigger`
    #[derive(Debug, Clone, Copy)]
    pub struct Trigger;

    impl ::sinew_messages::Service for Trigger {
        const TYPE: &'static str = "std_srvs/srv/Trigger";
        type Request = TriggerRequest;
        type Response = TriggerResponse;
    }

    /// `std_srvs/srv/Trigger_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TriggerRequest {
    }

    impl ::sinew_messages::Message for TriggerRequest {
        const TYPE: &'static str = "std_srvs/srv/Trigger_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `std_srvs/srv/Trigger_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TriggerResponse {
        /// `bool success`
        pub success: bool,
        /// `string message`
        pub message: ::std::string::String,
    }

    impl ::sinew_messages::Message for TriggerResponse {
        const TYPE: &'static str = "std_srvs/srv/Trigger_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
                "string message\n",
            ),
            nested: &[],
        };
    }
}

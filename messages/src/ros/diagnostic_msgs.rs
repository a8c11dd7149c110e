//! Package `diagnostic_msgs`, made from its definitions by `sinew_messages::generate`.

/// Messages.
#[rustfmt::skip]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::approx_constant,
    clippy::upper_case_acronyms,
    reason = "names and numbers are those of the definitions, whoever uses them"
)]
pub mod msg {
    /// `diagnostic_msgs/msg/DiagnosticArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct DiagnosticArray {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `DiagnosticStatus[] status`
        pub status: ::std::vec::Vec<super::msg::DiagnosticStatus>,
    }

    impl ::sinew_messages::Message for DiagnosticArray {
        const TYPE: &'static str = "diagnostic_msgs/msg/DiagnosticArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "diagnostic_msgs/DiagnosticStatus[] status\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::DiagnosticStatus as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `diagnostic_msgs/msg/DiagnosticStatus`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct DiagnosticStatus {
        /// `byte level`
        pub level: u8,
        /// `string name`
        pub name: ::std::string::String,
        /// `string message`
        pub message: ::std::string::String,
        /// `string hardware_id`
        pub hardware_id: ::std::string::String,
        /// `KeyValue[] values`
        pub values: ::std::vec::Vec<super::msg::KeyValue>,
    }

    impl ::sinew_messages::Message for DiagnosticStatus {
        const TYPE: &'static str = "diagnostic_msgs/msg/DiagnosticStatus";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "byte OK=0\n",
                "byte WARN=1\n",
                "byte ERROR=2\n",
                "byte STALE=3\n",
                "byte level\n",
                "string name\n",
                "string message\n",
                "string hardware_id\n",
                "diagnostic_msgs/KeyValue[] values\n",
            ),
            nested: &[
                <super::msg::KeyValue as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl DiagnosticStatus {
        /// `byte OK`
        pub const OK: u8 = 0;
        /// `byte WARN`
        pub const WARN: u8 = 1;
        /// `byte ERROR`
        pub const ERROR: u8 = 2;
        /// `byte STALE`
        pub const STALE: u8 = 3;
    }

    /// `diagnostic_msgs/msg/KeyValue`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct KeyValue {
        /// `string key`
        pub key: ::std::string::String,
        /// `string value`
        pub value: ::std::string::String,
    }

    impl ::sinew_messages::Message for KeyValue {
        const TYPE: &'static str = "diagnostic_msgs/msg/KeyValue";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string key\n",
                "string value\n",
            ),
            nested: &[],
        };
    }
}

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
    /// `diagnostic_msgs/srv/AddDiagnostics`
    #[derive(Debug, Clone, Copy)]
    pub struct AddDiagnostics;

    impl ::sinew_messages::Service for AddDiagnostics {
        const TYPE: &'static str = "diagnostic_msgs/srv/AddDiagnostics";
        type Request = AddDiagnosticsRequest;
        type Response = AddDiagnosticsResponse;
    }

    /// `diagnostic_msgs/srv/AddDiagnostics_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct AddDiagnosticsRequest {
        /// `string load_namespace`
        pub load_namespace: ::std::string::String,
    }

    impl ::sinew_messages::Message for AddDiagnosticsRequest {
        const TYPE: &'static str = "diagnostic_msgs/srv/AddDiagnostics_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string load_namespace\n",
            ),
            nested: &[],
        };
    }

    /// `diagnostic_msgs/srv/AddDiagnostics_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct AddDiagnosticsResponse {
        /// `bool success`
        pub success: bool,
        /// `string message`
        pub message: ::std::string::String,
    }

    impl ::sinew_messages::Message for AddDiagnosticsResponse {
        const TYPE: &'static str = "diagnostic_msgs/srv/AddDiagnostics_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
                "string message\n",
            ),
            nested: &[],
        };
    }

    /// `diagnostic_msgs/srv/SelfTest`
    #[derive(Debug, Clone, Copy)]
    pub struct SelfTest;

    impl ::sinew_messages::Service for SelfTest {
        const TYPE: &'static str = "diagnostic_msgs/srv/SelfTest";
        type Request = SelfTestRequest;
        type Response = SelfTestResponse;
    }

    /// `diagnostic_msgs/srv/SelfTest_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SelfTestRequest {
    }

    impl ::sinew_messages::Message for SelfTestRequest {
        const TYPE: &'static str = "diagnostic_msgs/srv/SelfTest_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `diagnostic_msgs/srv/SelfTest_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SelfTestResponse {
        /// `string id`
        pub id: ::std::string::String,
        /// `byte passed`
        pub passed: u8,
        /// `DiagnosticStatus[] status`
        pub status: ::std::vec::Vec<super::msg::DiagnosticStatus>,
    }

    impl ::sinew_messages::Message for SelfTestResponse {
        const TYPE: &'static str = "diagnostic_msgs/srv/SelfTest_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string id\n",
                "byte passed\n",
                "diagnostic_msgs/DiagnosticStatus[] status\n",
            ),
            nested: &[
                <super::msg::DiagnosticStatus as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

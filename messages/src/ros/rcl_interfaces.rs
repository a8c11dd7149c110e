//! Package `rcl_interfaces`, made from its definitions by `sinew_messages::generate`.

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
    /// `rcl_interfaces/msg/FloatingPointRange`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct FloatingPointRange {
        /// `float64 from_value`
        pub from_value: f64,
        /// `float64 to_value`
        pub to_value: f64,
        /// `float64 step`
        pub step: f64,
    }

    impl ::sinew_messages::Message for FloatingPointRange {
        const TYPE: &'static str = "rcl_interfaces/msg/FloatingPointRange";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 from_value\n",
                "float64 to_value\n",
                "float64 step\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/msg/IntegerRange`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct IntegerRange {
        /// `int64 from_value`
        pub from_value: i64,
        /// `int64 to_value`
        pub to_value: i64,
        /// `uint64 step`
        pub step: u64,
    }

    impl ::sinew_messages::Message for IntegerRange {
        const TYPE: &'static str = "rcl_interfaces/msg/IntegerRange";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int64 from_value\n",
                "int64 to_value\n",
                "uint64 step\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/msg/ListParametersResult`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ListParametersResult {
        /// `string[] names`
        pub names: ::std::vec::Vec<::std::string::String>,
        /// `string[] prefixes`
        pub prefixes: ::std::vec::Vec<::std::string::String>,
    }

    impl ::sinew_messages::Message for ListParametersResult {
        const TYPE: &'static str = "rcl_interfaces/msg/ListParametersResult";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string[] names\n",
                "string[] prefixes\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/msg/Log`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Log {
        /// `builtin_interfaces/Time stamp`
        pub stamp: ::sinew_messages::builtin_interfaces::msg::Time,
        /// `uint8 level`
        pub level: u8,
        /// `string name`
        pub name: ::std::string::String,
        /// `string msg`
        pub msg: ::std::string::String,
        /// `string file`
        pub file: ::std::string::String,
        /// `string function`
        pub function: ::std::string::String,
        /// `uint32 line`
        pub line: u32,
    }

    impl ::sinew_messages::Message for Log {
        const TYPE: &'static str = "rcl_interfaces/msg/Log";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 DEBUG=10\n",
                "uint8 INFO=20\n",
                "uint8 WARN=30\n",
                "uint8 ERROR=40\n",
                "uint8 FATAL=50\n",
                "builtin_interfaces/Time stamp\n",
                "uint8 level\n",
                "string name\n",
                "string msg\n",
                "string file\n",
                "string function\n",
                "uint32 line\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Time as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl Log {
        /// `uint8 DEBUG`
        pub const DEBUG: u8 = 10;
        /// `uint8 INFO`
        pub const INFO: u8 = 20;
        /// `uint8 WARN`
        pub const WARN: u8 = 30;
        /// `uint8 ERROR`
        pub const ERROR: u8 = 40;
        /// `uint8 FATAL`
        pub const FATAL: u8 = 50;
    }

    /// `rcl_interfaces/msg/LoggerLevel`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct LoggerLevel {
        /// `string name`
        pub name: ::std::string::String,
        /// `uint32 level`
        pub level: u32,
    }

    impl ::sinew_messages::Message for LoggerLevel {
        const TYPE: &'static str = "rcl_interfaces/msg/LoggerLevel";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 LOG_LEVEL_UNKNOWN=0\n",
                "uint8 LOG_LEVEL_DEBUG=10\n",
                "uint8 LOG_LEVEL_INFO=20\n",
                "uint8 LOG_LEVEL_WARN=30\n",
                "uint8 LOG_LEVEL_ERROR=40\n",
                "uint8 LOG_LEVEL_FATAL=50\n",
                "string name\n",
                "uint32 level\n",
            ),
            nested: &[],
        };
    }

    impl LoggerLevel {
        /// `uint8 LOG_LEVEL_UNKNOWN`
        pub const LOG_LEVEL_UNKNOWN: u8 = 0;
        /// `uint8 LOG_LEVEL_DEBUG`
        pub const LOG_LEVEL_DEBUG: u8 = 10;
        /// `uint8 LOG_LEVEL_INFO`
        pub const LOG_LEVEL_INFO: u8 = 20;
        /// `uint8 LOG_LEVEL_WARN`
        pub const LOG_LEVEL_WARN: u8 = 30;
        /// `uint8 LOG_LEVEL_ERROR`
        pub const LOG_LEVEL_ERROR: u8 = 40;
        /// `uint8 LOG_LEVEL_FATAL`
        pub const LOG_LEVEL_FATAL: u8 = 50;
    }

    /// `rcl_interfaces/msg/Parameter`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Parameter {
        /// `string name`
        pub name: ::std::string::String,
        /// `ParameterValue value`
        pub value: super::msg::ParameterValue,
    }

    impl ::sinew_messages::Message for Parameter {
        const TYPE: &'static str = "rcl_interfaces/msg/Parameter";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string name\n",
                "rcl_interfaces/ParameterValue value\n",
            ),
            nested: &[
                <super::msg::ParameterValue as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/msg/ParameterDescriptor`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ParameterDescriptor {
        /// `string name`
        pub name: ::std::string::String,
        /// `uint8 type`
        pub r#type: u8,
        /// `string description`
        pub description: ::std::string::String,
        /// `string additional_constraints`
        pub additional_constraints: ::std::string::String,
        /// `bool read_only`
        pub read_only: bool,
        /// `bool dynamic_typing`
        pub dynamic_typing: bool,
        /// `FloatingPointRange[<=1] floating_point_range`
        pub floating_point_range: ::std::vec::Vec<super::msg::FloatingPointRange>,
        /// `IntegerRange[<=1] integer_range`
        pub integer_range: ::std::vec::Vec<super::msg::IntegerRange>,
    }

    impl ::sinew_messages::Message for ParameterDescriptor {
        const TYPE: &'static str = "rcl_interfaces/msg/ParameterDescriptor";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string name\n",
                "uint8 type\n",
                "string description\n",
                "string additional_constraints\n",
                "bool read_only\n",
                "bool dynamic_typing\n",
                "rcl_interfaces/FloatingPointRange[<=1] floating_point_range\n",
                "rcl_interfaces/IntegerRange[<=1] integer_range\n",
            ),
            nested: &[
                <super::msg::FloatingPointRange as ::sinew_messages::Message>::DEFINITION,
                <super::msg::IntegerRange as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/msg/ParameterEvent`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ParameterEvent {
        /// `builtin_interfaces/Time stamp`
        pub stamp: ::sinew_messages::builtin_interfaces::msg::Time,
        /// `string node`
        pub node: ::std::string::String,
        /// `Parameter[] new_parameters`
        pub new_parameters: ::std::vec::Vec<super::msg::Parameter>,
        /// `Parameter[] changed_parameters`
        pub changed_parameters: ::std::vec::Vec<super::msg::Parameter>,
        /// `Parameter[] deleted_parameters`
        pub deleted_parameters: ::std::vec::Vec<super::msg::Parameter>,
    }

    impl ::sinew_messages::Message for ParameterEvent {
        const TYPE: &'static str = "rcl_interfaces/msg/ParameterEvent";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "builtin_interfaces/Time stamp\n",
                "string node\n",
                "rcl_interfaces/Parameter[] new_parameters\n",
                "rcl_interfaces/Parameter[] changed_parameters\n",
                "rcl_interfaces/Parameter[] deleted_parameters\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Time as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Parameter as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/msg/ParameterEventDescriptors`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ParameterEventDescriptors {
        /// `ParameterDescriptor[] new_parameters`
        pub new_parameters: ::std::vec::Vec<super::msg::ParameterDescriptor>,
        /// `ParameterDescriptor[] changed_parameters`
        pub changed_parameters: ::std::vec::Vec<super::msg::ParameterDescriptor>,
        /// `ParameterDescriptor[] deleted_parameters`
        pub deleted_parameters: ::std::vec::Vec<super::msg::ParameterDescriptor>,
    }

    impl ::sinew_messages::Message for ParameterEventDescriptors {
        const TYPE: &'static str = "rcl_interfaces/msg/ParameterEventDescriptors";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/ParameterDescriptor[] new_parameters\n",
                "rcl_interfaces/ParameterDescriptor[] changed_parameters\n",
                "rcl_interfaces/ParameterDescriptor[] deleted_parameters\n",
            ),
            nested: &[
                <super::msg::ParameterDescriptor as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/msg/ParameterType`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ParameterType {
    }

    impl ::sinew_messages::Message for ParameterType {
        const TYPE: &'static str = "rcl_interfaces/msg/ParameterType";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 PARAMETER_NOT_SET=0\n",
                "uint8 PARAMETER_BOOL=1\n",
                "uint8 PARAMETER_INTEGER=2\n",
                "uint8 PARAMETER_DOUBLE=3\n",
                "uint8 PARAMETER_STRING=4\n",
                "uint8 PARAMETER_BYTE_ARRAY=5\n",
                "uint8 PARAMETER_BOOL_ARRAY=6\n",
                "uint8 PARAMETER_INTEGER_ARRAY=7\n",
                "uint8 PARAMETER_DOUBLE_ARRAY=8\n",
                "uint8 PARAMETER_STRING_ARRAY=9\n",
            ),
            nested: &[],
        };
    }

    impl ParameterType {
        /// `uint8 PARAMETER_NOT_SET`
        pub const PARAMETER_NOT_SET: u8 = 0;
        /// `uint8 PARAMETER_BOOL`
        pub const PARAMETER_BOOL: u8 = 1;
        /// `uint8 PARAMETER_INTEGER`
        pub const PARAMETER_INTEGER: u8 = 2;
        /// `uint8 PARAMETER_DOUBLE`
        pub const PARAMETER_DOUBLE: u8 = 3;
        /// `uint8 PARAMETER_STRING`
        pub const PARAMETER_STRING: u8 = 4;
        /// `uint8 PARAMETER_BYTE_ARRAY`
        pub const PARAMETER_BYTE_ARRAY: u8 = 5;
        /// `uint8 PARAMETER_BOOL_ARRAY`
        pub const PARAMETER_BOOL_ARRAY: u8 = 6;
        /// `uint8 PARAMETER_INTEGER_ARRAY`
        pub const PARAMETER_INTEGER_ARRAY: u8 = 7;
        /// `uint8 PARAMETER_DOUBLE_ARRAY`
        pub const PARAMETER_DOUBLE_ARRAY: u8 = 8;
        /// `uint8 PARAMETER_STRING_ARRAY`
        pub const PARAMETER_STRING_ARRAY: u8 = 9;
    }

    /// `rcl_interfaces/msg/ParameterValue`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ParameterValue {
        /// `uint8 type`
        pub r#type: u8,
        /// `bool bool_value`
        pub bool_value: bool,
        /// `int64 integer_value`
        pub integer_value: i64,
        /// `float64 double_value`
        pub double_value: f64,
        /// `string string_value`
        pub string_value: ::std::string::String,
        /// `byte[] byte_array_value`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub byte_array_value: ::std::vec::Vec<u8>,
        /// `bool[] bool_array_value`
        pub bool_array_value: ::std::vec::Vec<bool>,
        /// `int64[] integer_array_value`
        pub integer_array_value: ::std::vec::Vec<i64>,
        /// `float64[] double_array_value`
        pub double_array_value: ::std::vec::Vec<f64>,
        /// `string[] string_array_value`
        pub string_array_value: ::std::vec::Vec<::std::string::String>,
    }

    impl ::sinew_messages::Message for ParameterValue {
        const TYPE: &'static str = "rcl_interfaces/msg/ParameterValue";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 type\n",
                "bool bool_value\n",
                "int64 integer_value\n",
                "float64 double_value\n",
                "string string_value\n",
                "byte[] byte_array_value\n",
                "bool[] bool_array_value\n",
                "int64[] integer_array_value\n",
                "float64[] double_array_value\n",
                "string[] string_array_value\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/msg/SetLoggerLevelsResult`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetLoggerLevelsResult {
        /// `bool successful`
        pub successful: bool,
        /// `string reason`
        pub reason: ::std::string::String,
    }

    impl ::sinew_messages::Message for SetLoggerLevelsResult {
        const TYPE: &'static str = "rcl_interfaces/msg/SetLoggerLevelsResult";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool successful\n",
                "string reason\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/msg/SetParametersResult`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetParametersResult {
        /// `bool successful`
        pub successful: bool,
        /// `string reason`
        pub reason: ::std::string::String,
    }

    impl ::sinew_messages::Message for SetParametersResult {
        const TYPE: &'static str = "rcl_interfaces/msg/SetParametersResult";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool successful\n",
                "string reason\n",
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
    /// `rcl_interfaces/srv/DescribeParameters`
    #[derive(Debug, Clone, Copy)]
    pub struct DescribeParameters;

    impl ::sinew_messages::Service for DescribeParameters {
        const TYPE: &'static str = "rcl_interfaces/srv/DescribeParameters";
        type Request = DescribeParametersRequest;
        type Response = DescribeParametersResponse;
    }

    /// `rcl_interfaces/srv/DescribeParameters_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct DescribeParametersRequest {
        /// `string[] names`
        pub names: ::std::vec::Vec<::std::string::String>,
    }

    impl ::sinew_messages::Message for DescribeParametersRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/DescribeParameters_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string[] names\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/srv/DescribeParameters_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct DescribeParametersResponse {
        /// `ParameterDescriptor[] descriptors`
        pub descriptors: ::std::vec::Vec<super::msg::ParameterDescriptor>,
    }

    impl ::sinew_messages::Message for DescribeParametersResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/DescribeParameters_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/ParameterDescriptor[] descriptors\n",
            ),
            nested: &[
                <super::msg::ParameterDescriptor as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/GetLoggerLevels`
    #[derive(Debug, Clone, Copy)]
    pub struct GetLoggerLevels;

    impl ::sinew_messages::Service for GetLoggerLevels {
        const TYPE: &'static str = "rcl_interfaces/srv/GetLoggerLevels";
        type Request = GetLoggerLevelsRequest;
        type Response = GetLoggerLevelsResponse;
    }

    /// `rcl_interfaces/srv/GetLoggerLevels_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetLoggerLevelsRequest {
        /// `string[] names`
        pub names: ::std::vec::Vec<::std::string::String>,
    }

    impl ::sinew_messages::Message for GetLoggerLevelsRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/GetLoggerLevels_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string[] names\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/srv/GetLoggerLevels_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetLoggerLevelsResponse {
        /// `LoggerLevel[] levels`
        pub levels: ::std::vec::Vec<super::msg::LoggerLevel>,
    }

    impl ::sinew_messages::Message for GetLoggerLevelsResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/GetLoggerLevels_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/LoggerLevel[] levels\n",
            ),
            nested: &[
                <super::msg::LoggerLevel as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/GetParameterTypes`
    #[derive(Debug, Clone, Copy)]
    pub struct GetParameterTypes;

    impl ::sinew_messages::Service for GetParameterTypes {
        const TYPE: &'static str = "rcl_interfaces/srv/GetParameterTypes";
        type Request = GetParameterTypesRequest;
        type Response = GetParameterTypesResponse;
    }

    /// `rcl_interfaces/srv/GetParameterTypes_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetParameterTypesRequest {
        /// `string[] names`
        pub names: ::std::vec::Vec<::std::string::String>,
    }

    impl ::sinew_messages::Message for GetParameterTypesRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/GetParameterTypes_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string[] names\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/srv/GetParameterTypes_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetParameterTypesResponse {
        /// `uint8[] types`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub types: ::std::vec::Vec<u8>,
    }

    impl ::sinew_messages::Message for GetParameterTypesResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/GetParameterTypes_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8[] types\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/srv/GetParameters`
    #[derive(Debug, Clone, Copy)]
    pub struct GetParameters;

    impl ::sinew_messages::Service for GetParameters {
        const TYPE: &'static str = "rcl_interfaces/srv/GetParameters";
        type Request = GetParametersRequest;
        type Response = GetParametersResponse;
    }

    /// `rcl_interfaces/srv/GetParameters_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetParametersRequest {
        /// `string[] names`
        pub names: ::std::vec::Vec<::std::string::String>,
    }

    impl ::sinew_messages::Message for GetParametersRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/GetParameters_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string[] names\n",
            ),
            nested: &[],
        };
    }

    /// `rcl_interfaces/srv/GetParameters_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetParametersResponse {
        /// `ParameterValue[] values`
        pub values: ::std::vec::Vec<super::msg::ParameterValue>,
    }

    impl ::sinew_messages::Message for GetParametersResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/GetParameters_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/ParameterValue[] values\n",
            ),
            nested: &[
                <super::msg::ParameterValue as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/ListParameters`
    #[derive(Debug, Clone, Copy)]
    pub struct ListParameters;

    impl ::sinew_messages::Service for ListParameters {
        const TYPE: &'static str = "rcl_interfaces/srv/ListParameters";
        type Request = ListParametersRequest;
        type Response = ListParametersResponse;
    }

    /// `rcl_interfaces/srv/ListParameters_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ListParametersRequest {
        /// `string[] prefixes`
        pub prefixes: ::std::vec::Vec<::std::string::String>,
        /// `uint64 depth`
        pub depth: u64,
    }

    impl ::sinew_messages::Message for ListParametersRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/ListParameters_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint64 DEPTH_RECURSIVE=0\n",
                "string[] prefixes\n",
                "uint64 depth\n",
            ),
            nested: &[],
        };
    }

    impl ListParametersRequest {
        /// `uint64 DEPTH_RECURSIVE`
        pub const DEPTH_RECURSIVE: u64 = 0;
    }

    /// `rcl_interfaces/srv/ListParameters_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ListParametersResponse {
        /// `ListParametersResult result`
        pub result: super::msg::ListParametersResult,
    }

    impl ::sinew_messages::Message for ListParametersResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/ListParameters_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/ListParametersResult result\n",
            ),
            nested: &[
                <super::msg::ListParametersResult as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/SetLoggerLevels`
    #[derive(Debug, Clone, Copy)]
    pub struct SetLoggerLevels;

    impl ::sinew_messages::Service for SetLoggerLevels {
        const TYPE: &'static str = "rcl_interfaces/srv/SetLoggerLevels";
        type Request = SetLoggerLevelsRequest;
        type Response = SetLoggerLevelsResponse;
    }

    /// `rcl_interfaces/srv/SetLoggerLevels_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetLoggerLevelsRequest {
        /// `LoggerLevel[] levels`
        pub levels: ::std::vec::Vec<super::msg::LoggerLevel>,
    }

    impl ::sinew_messages::Message for SetLoggerLevelsRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/SetLoggerLevels_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/LoggerLevel[] levels\n",
            ),
            nested: &[
                <super::msg::LoggerLevel as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/SetLoggerLevels_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetLoggerLevelsResponse {
        /// `SetLoggerLevelsResult[] results`
        pub results: ::std::vec::Vec<super::msg::SetLoggerLevelsResult>,
    }

    impl ::sinew_messages::Message for SetLoggerLevelsResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/SetLoggerLevels_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/SetLoggerLevelsResult[] results\n",
            ),
            nested: &[
                <super::msg::SetLoggerLevelsResult as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/SetParameters`
    #[derive(Debug, Clone, Copy)]
    pub struct SetParameters;

    impl ::sinew_messages::Service for SetParameters {
        const TYPE: &'static str = "rcl_interfaces/srv/SetParameters";
        type Request = SetParametersRequest;
        type Response = SetParametersResponse;
    }

    /// `rcl_interfaces/srv/SetParameters_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetParametersRequest {
        /// `Parameter[] parameters`
        pub parameters: ::std::vec::Vec<super::msg::Parameter>,
    }

    impl ::sinew_messages::Message for SetParametersRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/SetParameters_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/Parameter[] parameters\n",
            ),
            nested: &[
                <super::msg::Parameter as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/SetParameters_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetParametersResponse {
        /// `SetParametersResult[] results`
        pub results: ::std::vec::Vec<super::msg::SetParametersResult>,
    }

    impl ::sinew_messages::Message for SetParametersResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/SetParameters_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/SetParametersResult[] results\n",
            ),
            nested: &[
                <super::msg::SetParametersResult as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/SetParametersAtomically`
    #[derive(Debug, Clone, Copy)]
    pub struct SetParametersAtomically;

    impl ::sinew_messages::Service for SetParametersAtomically {
        const TYPE: &'static str = "rcl_interfaces/srv/SetParametersAtomically";
        type Request = SetParametersAtomicallyRequest;
        type Response = SetParametersAtomicallyResponse;
    }

    /// `rcl_interfaces/srv/SetParametersAtomically_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetParametersAtomicallyRequest {
        /// `Parameter[] parameters`
        pub parameters: ::std::vec::Vec<super::msg::Parameter>,
    }

    impl ::sinew_messages::Message for SetParametersAtomicallyRequest {
        const TYPE: &'static str = "rcl_interfaces/srv/SetParametersAtomically_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/Parameter[] parameters\n",
            ),
            nested: &[
                <super::msg::Parameter as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `rcl_interfaces/srv/SetParametersAtomically_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetParametersAtomicallyResponse {
        /// `SetParametersResult result`
        pub result: super::msg::SetParametersResult,
    }

    impl ::sinew_messages::Message for SetParametersAtomicallyResponse {
        const TYPE: &'static str = "rcl_interfaces/srv/SetParametersAtomically_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "rcl_interfaces/SetParametersResult result\n",
            ),
            nested: &[
                <super::msg::SetParametersResult as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

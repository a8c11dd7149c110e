//! Package `lifecycle_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `lifecycle_msgs/msg/State`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct State {
        /// `uint8 id`
        pub id: u8,
        /// `string label`
        pub label: ::std::string::String,
    }

    impl ::sinew_messages::Message for State {
        const TYPE: &'static str = "lifecycle_msgs/msg/State";
    }

    impl State {
        /// `uint8 PRIMARY_STATE_UNKNOWN`
        pub const PRIMARY_STATE_UNKNOWN: u8 = 0;
        /// `uint8 PRIMARY_STATE_UNCONFIGURED`
        pub const PRIMARY_STATE_UNCONFIGURED: u8 = 1;
        /// `uint8 PRIMARY_STATE_INACTIVE`
        pub const PRIMARY_STATE_INACTIVE: u8 = 2;
        /// `uint8 PRIMARY_STATE_ACTIVE`
        pub const PRIMARY_STATE_ACTIVE: u8 = 3;
        /// `uint8 PRIMARY_STATE_FINALIZED`
        pub const PRIMARY_STATE_FINALIZED: u8 = 4;
        /// `uint8 TRANSITION_STATE_CONFIGURING`
        pub const TRANSITION_STATE_CONFIGURING: u8 = 10;
        /// `uint8 TRANSITION_STATE_CLEANINGUP`
        pub const TRANSITION_STATE_CLEANINGUP: u8 = 11;
        /// `uint8 TRANSITION_STATE_SHUTTINGDOWN`
        pub const TRANSITION_STATE_SHUTTINGDOWN: u8 = 12;
        /// `uint8 TRANSITION_STATE_ACTIVATING`
        pub const TRANSITION_STATE_ACTIVATING: u8 = 13;
        /// `uint8 TRANSITION_STATE_DEACTIVATING`
        pub const TRANSITION_STATE_DEACTIVATING: u8 = 14;
        /// `uint8 TRANSITION_STATE_ERRORPROCESSING`
        pub const TRANSITION_STATE_ERRORPROCESSING: u8 = 15;
    }

    /// `lifecycle_msgs/msg/Transition`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Transition {
        /// `uint8 id`
        pub id: u8,
        /// `string label`
        pub label: ::std::string::String,
    }

    impl ::sinew_messages::Message for Transition {
        const TYPE: &'static str = "lifecycle_msgs/msg/Transition";
    }

    impl Transition {
        /// `uint8 TRANSITION_CREATE`
        pub const TRANSITION_CREATE: u8 = 0;
        /// `uint8 TRANSITION_CONFIGURE`
        pub const TRANSITION_CONFIGURE: u8 = 1;
        /// `uint8 TRANSITION_CLEANUP`
        pub const TRANSITION_CLEANUP: u8 = 2;
        /// `uint8 TRANSITION_ACTIVATE`
        pub const TRANSITION_ACTIVATE: u8 = 3;
        /// `uint8 TRANSITION_DEACTIVATE`
        pub const TRANSITION_DEACTIVATE: u8 = 4;
        /// `uint8 TRANSITION_UNCONFIGURED_SHUTDOWN`
        pub const TRANSITION_UNCONFIGURED_SHUTDOWN: u8 = 5;
        /// `uint8 TRANSITION_INACTIVE_SHUTDOWN`
        pub const TRANSITION_INACTIVE_SHUTDOWN: u8 = 6;
        /// `uint8 TRANSITION_ACTIVE_SHUTDOWN`
        pub const TRANSITION_ACTIVE_SHUTDOWN: u8 = 7;
        /// `uint8 TRANSITION_DESTROY`
        pub const TRANSITION_DESTROY: u8 = 8;
        /// `uint8 TRANSITION_ON_CONFIGURE_SUCCESS`
        pub const TRANSITION_ON_CONFIGURE_SUCCESS: u8 = 10;
        /// `uint8 TRANSITION_ON_CONFIGURE_FAILURE`
        pub const TRANSITION_ON_CONFIGURE_FAILURE: u8 = 11;
        /// `uint8 TRANSITION_ON_CONFIGURE_ERROR`
        pub const TRANSITION_ON_CONFIGURE_ERROR: u8 = 12;
        /// `uint8 TRANSITION_ON_CLEANUP_SUCCESS`
        pub const TRANSITION_ON_CLEANUP_SUCCESS: u8 = 20;
        /// `uint8 TRANSITION_ON_CLEANUP_FAILURE`
        pub const TRANSITION_ON_CLEANUP_FAILURE: u8 = 21;
        /// `uint8 TRANSITION_ON_CLEANUP_ERROR`
        pub const TRANSITION_ON_CLEANUP_ERROR: u8 = 22;
        /// `uint8 TRANSITION_ON_ACTIVATE_SUCCESS`
        pub const TRANSITION_ON_ACTIVATE_SUCCESS: u8 = 30;
        /// `uint8 TRANSITION_ON_ACTIVATE_FAILURE`
        pub const TRANSITION_ON_ACTIVATE_FAILURE: u8 = 31;
        /// `uint8 TRANSITION_ON_ACTIVATE_ERROR`
        pub const TRANSITION_ON_ACTIVATE_ERROR: u8 = 32;
        /// `uint8 TRANSITION_ON_DEACTIVATE_SUCCESS`
        pub const TRANSITION_ON_DEACTIVATE_SUCCESS: u8 = 40;
        /// `uint8 TRANSITION_ON_DEACTIVATE_FAILURE`
        pub const TRANSITION_ON_DEACTIVATE_FAILURE: u8 = 41;
        /// `uint8 TRANSITION_ON_DEACTIVATE_ERROR`
        pub const TRANSITION_ON_DEACTIVATE_ERROR: u8 = 42;
        /// `uint8 TRANSITION_ON_SHUTDOWN_SUCCESS`
        pub const TRANSITION_ON_SHUTDOWN_SUCCESS: u8 = 50;
        /// `uint8 TRANSITION_ON_SHUTDOWN_FAILURE`
        pub const TRANSITION_ON_SHUTDOWN_FAILURE: u8 = 51;
        /// `uint8 TRANSITION_ON_SHUTDOWN_ERROR`
        pub const TRANSITION_ON_SHUTDOWN_ERROR: u8 = 52;
        /// `uint8 TRANSITION_ON_ERROR_SUCCESS`
        pub const TRANSITION_ON_ERROR_SUCCESS: u8 = 60;
        /// `uint8 TRANSITION_ON_ERROR_FAILURE`
        pub const TRANSITION_ON_ERROR_FAILURE: u8 = 61;
        /// `uint8 TRANSITION_ON_ERROR_ERROR`
        pub const TRANSITION_ON_ERROR_ERROR: u8 = 62;
        /// `uint8 TRANSITION_CALLBACK_SUCCESS`
        pub const TRANSITION_CALLBACK_SUCCESS: u8 = 97;
        /// `uint8 TRANSITION_CALLBACK_FAILURE`
        pub const TRANSITION_CALLBACK_FAILURE: u8 = 98;
        /// `uint8 TRANSITION_CALLBACK_ERROR`
        pub const TRANSITION_CALLBACK_ERROR: u8 = 99;
    }

    /// `lifecycle_msgs/msg/TransitionDescription`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TransitionDescription {
        /// `Transition transition`
        pub transition: super::msg::Transition,
        /// `State start_state`
        pub start_state: super::msg::State,
        /// `State goal_state`
        pub goal_state: super::msg::State,
    }

    impl ::sinew_messages::Message for TransitionDescription {
        const TYPE: &'static str = "lifecycle_msgs/msg/TransitionDescription";
    }

    /// `lifecycle_msgs/msg/TransitionEvent`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TransitionEvent {
        /// `uint64 timestamp`
        pub timestamp: u64,
        /// `Transition transition`
        pub transition: super::msg::Transition,
        /// `State start_state`
        pub start_state: super::msg::State,
        /// `State goal_state`
        pub goal_state: super::msg::State,
    }

    impl ::sinew_messages::Message for TransitionEvent {
        const TYPE: &'static str = "lifecycle_msgs/msg/TransitionEvent";
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
    /// `lifecycle_msgs/srv/ChangeState`
    #[derive(Debug, Clone, Copy)]
    pub struct ChangeState;

    impl ::sinew_messages::Service for ChangeState {
        const TYPE: &'static str = "lifecycle_msgs/srv/ChangeState";
        type Request = ChangeStateRequest;
        type Response = ChangeStateResponse;
    }

    /// `lifecycle_msgs/srv/ChangeState_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ChangeStateRequest {
        /// `Transition transition`
        pub transition: super::msg::Transition,
    }

    impl ::sinew_messages::Message for ChangeStateRequest {
        const TYPE: &'static str = "lifecycle_msgs/srv/ChangeState_Request";
    }

    /// `lifecycle_msgs/srv/ChangeState_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ChangeStateResponse {
        /// `bool success`
        pub success: bool,
    }

    impl ::sinew_messages::Message for ChangeStateResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/ChangeState_Response";
    }

    /// `lifecycle_msgs/srv/GetAvailableStates`
    #[derive(Debug, Clone, Copy)]
    pub struct GetAvailableStates;

    impl ::sinew_messages::Service for GetAvailableStates {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableStates";
        type Request = GetAvailableStatesRequest;
        type Response = GetAvailableStatesResponse;
    }

    /// `lifecycle_msgs/srv/GetAvailableStates_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetAvailableStatesRequest {
    }

    impl ::sinew_messages::Message for GetAvailableStatesRequest {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableStates_Request";
    }

    /// `lifecycle_msgs/srv/GetAvailableStates_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetAvailableStatesResponse {
        /// `State[] available_states`
        pub available_states: ::std::vec::Vec<super::msg::State>,
    }

    impl ::sinew_messages::Message for GetAvailableStatesResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableStates_Response";
    }

    /// `lifecycle_msgs/srv/GetAvailableTransitions`
    #[derive(Debug, Clone, Copy)]
    pub struct GetAvailableTransitions;

    impl ::sinew_messages::Service for GetAvailableTransitions {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableTransitions";
        type Request = GetAvailableTransitionsRequest;
        type Response = GetAvailableTransitionsResponse;
    }

    /// `lifecycle_msgs/srv/GetAvailableTransitions_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetAvailableTransitionsRequest {
    }

    impl ::sinew_messages::Message for GetAvailableTransitionsRequest {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableTransitions_Request";
    }

    /// `lifecycle_msgs/srv/GetAvailableTransitions_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetAvailableTransitionsResponse {
        /// `TransitionDescription[] available_transitions`
        pub available_transitions: ::std::vec::Vec<super::msg::TransitionDescription>,
    }

    impl ::sinew_messages::Message for GetAvailableTransitionsResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableTransitions_Response";
    }

    /// `lifecycle_msgs/srv/GetState`
    #[derive(Debug, Clone, Copy)]
    pub struct GetState;

    impl ::sinew_messages::Service for GetState {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetState";
        type Request = GetStateRequest;
        type Response = GetStateResponse;
    }

    /// `lifecycle_msgs/srv/GetState_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetStateRequest {
    }

    impl ::sinew_messages::Message for GetStateRequest {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetState_Request";
    }

    /// `lifecycle_msgs/srv/GetState_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetStateResponse {
        /// `State current_state`
        pub current_state: super::msg::State,
    }

    impl ::sinew_messages::Message for GetStateResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetState_Response";
    }
}

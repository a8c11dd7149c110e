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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 PRIMARY_STATE_UNKNOWN=0\n",
                "uint8 PRIMARY_STATE_UNCONFIGURED=1\n",
                "uint8 PRIMARY_STATE_INACTIVE=2\n",
                "uint8 PRIMARY_STATE_ACTIVE=3\n",
                "uint8 PRIMARY_STATE_FINALIZED=4\n",
                "uint8 TRANSITION_STATE_CONFIGURING=10\n",
                "uint8 TRANSITION_STATE_CLEANINGUP=11\n",
                "uint8 TRANSITION_STATE_SHUTTINGDOWN=12\n",
                "uint8 TRANSITION_STATE_ACTIVATING=13\n",
                "uint8 TRANSITION_STATE_DEACTIVATING=14\n",
                "uint8 TRANSITION_STATE_ERRORPROCESSING=15\n",
                "uint8 id\n",
                "string label\n",
            ),
            nested: &[],
        };
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 TRANSITION_CREATE=0\n",
                "uint8 TRANSITION_CONFIGURE=1\n",
                "uint8 TRANSITION_CLEANUP=2\n",
                "uint8 TRANSITION_ACTIVATE=3\n",
                "uint8 TRANSITION_DEACTIVATE=4\n",
                "uint8 TRANSITION_UNCONFIGURED_SHUTDOWN=5\n",
                "uint8 TRANSITION_INACTIVE_SHUTDOWN=6\n",
                "uint8 TRANSITION_ACTIVE_SHUTDOWN=7\n",
                "uint8 TRANSITION_DESTROY=8\n",
                "uint8 TRANSITION_ON_CONFIGURE_SUCCESS=10\n",
                "uint8 TRANSITION_ON_CONFIGURE_FAILURE=11\n",
                "uint8 TRANSITION_ON_CONFIGURE_ERROR=12\n",
                "uint8 TRANSITION_ON_CLEANUP_SUCCESS=20\n",
                "uint8 TRANSITION_ON_CLEANUP_FAILURE=21\n",
                "uint8 TRANSITION_ON_CLEANUP_ERROR=22\n",
                "uint8 TRANSITION_ON_ACTIVATE_SUCCESS=30\n",
                "uint8 TRANSITION_ON_ACTIVATE_FAILURE=31\n",
                "uint8 TRANSITION_ON_ACTIVATE_ERROR=32\n",
                "uint8 TRANSITION_ON_DEACTIVATE_SUCCESS=40\n",
                "uint8 TRANSITION_ON_DEACTIVATE_FAILURE=41\n",
                "uint8 TRANSITION_ON_DEACTIVATE_ERROR=42\n",
                "uint8 TRANSITION_ON_SHUTDOWN_SUCCESS=50\n",
                "uint8 TRANSITION_ON_SHUTDOWN_FAILURE=51\n",
                "uint8 TRANSITION_ON_SHUTDOWN_ERROR=52\n",
                "uint8 TRANSITION_ON_ERROR_SUCCESS=60\n",
                "uint8 TRANSITION_ON_ERROR_FAILURE=61\n",
                "uint8 TRANSITION_ON_ERROR_ERROR=62\n",
                "uint8 TRANSITION_CALLBACK_SUCCESS=97\n",
                "uint8 TRANSITION_CALLBACK_FAILURE=98\n",
                "uint8 TRANSITION_CALLBACK_ERROR=99\n",
                "uint8 id\n",
                "string label\n",
            ),
            nested: &[],
        };
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "lifecycle_msgs/Transition transition\n",
                "lifecycle_msgs/State start_state\n",
                "lifecycle_msgs/State goal_state\n",
            ),
            nested: &[
                <super::msg::Transition as ::sinew_messages::Message>::DEFINITION,
                <super::msg::State as ::sinew_messages::Message>::DEFINITION,
            ],
        };
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint64 timestamp\n",
                "lifecycle_msgs/Transition transition\n",
                "lifecycle_msgs/State start_state\n",
                "lifecycle_msgs/State goal_state\n",
            ),
            nested: &[
                <super::msg::Transition as ::sinew_messages::Message>::DEFINITION,
                <super::msg::State as ::sinew_messages::Message>::DEFINITION,
            ],
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "lifecycle_msgs/Transition transition\n",
            ),
            nested: &[
                <super::msg::Transition as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `lifecycle_msgs/srv/ChangeState_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ChangeStateResponse {
        /// `bool success`
        pub success: bool,
    }

    impl ::sinew_messages::Message for ChangeStateResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/ChangeState_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
            ),
            nested: &[],
        };
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `lifecycle_msgs/srv/GetAvailableStates_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetAvailableStatesResponse {
        /// `State[] available_states`
        pub available_states: ::std::vec::Vec<super::msg::State>,
    }

    impl ::sinew_messages::Message for GetAvailableStatesResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableStates_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "lifecycle_msgs/State[] available_states\n",
            ),
            nested: &[
                <super::msg::State as ::sinew_messages::Message>::DEFINITION,
            ],
        };
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `lifecycle_msgs/srv/GetAvailableTransitions_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetAvailableTransitionsResponse {
        /// `TransitionDescription[] available_transitions`
        pub available_transitions: ::std::vec::Vec<super::msg::TransitionDescription>,
    }

    impl ::sinew_messages::Message for GetAvailableTransitionsResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetAvailableTransitions_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "lifecycle_msgs/TransitionDescription[] available_transitions\n",
            ),
            nested: &[
                <super::msg::TransitionDescription as ::sinew_messages::Message>::DEFINITION,
            ],
        };
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
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `lifecycle_msgs/srv/GetState_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetStateResponse {
        /// `State current_state`
        pub current_state: super::msg::State,
    }

    impl ::sinew_messages::Message for GetStateResponse {
        const TYPE: &'static str = "lifecycle_msgs/srv/GetState_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "lifecycle_msgs/State current_state\n",
            ),
            nested: &[
                <super::msg::State as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

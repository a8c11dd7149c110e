//! Package `builtin_interfaces`, made from its definitions by `sinew_messages::generate`.

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
    /// `builtin_interfaces/msg/Duration`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Duration {
        /// `int32 sec`
        pub sec: i32,
        /// `uint32 nanosec`
        pub nanosec: u32,
    }

    impl ::sinew_messages::Message for Duration {
        const TYPE: &'static str = "builtin_interfaces/msg/Duration";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int32 sec\n",
                "uint32 nanosec\n",
            ),
            nested: &[],
        };
    }

    /// `builtin_interfaces/msg/Time`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Time {
        /// `int32 sec`
        pub sec: i32,
        /// `uint32 nanosec`
        pub nanosec: u32,
    }

    impl ::sinew_messages::Message for Time {
        const TYPE: &'static str = "builtin_interfaces/msg/Time";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int32 sec\n",
                "uint32 nanosec\n",
            ),
            nested: &[],
        };
    }
}

//! Package `rosgraph_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `rosgraph_msgs/msg/Clock`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Clock {
        /// `builtin_interfaces/Time clock`
        pub clock: ::sinew_messages::builtin_interfaces::msg::Time,
    }

    impl ::sinew_messages::Message for Clock {
        const TYPE: &'static str = "rosgraph_msgs/msg/Clock";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "builtin_interfaces/Time clock\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Time as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

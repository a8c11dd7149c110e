//! Package `unique_identifier_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `unique_identifier_msgs/msg/UUID`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UUID {
        /// `uint8[16] uuid`
        pub uuid: [u8; 16],
    }

    impl ::sinew_messages::Message for UUID {
        const TYPE: &'static str = "unique_identifier_msgs/msg/UUID";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8[16] uuid\n",
            ),
            nested: &[],
        };
    }
}

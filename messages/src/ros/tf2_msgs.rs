//! Package `tf2_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `tf2_msgs/msg/TFMessage`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TFMessage {
        /// `geometry_msgs/TransformStamped[] transforms`
        pub transforms: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::TransformStamped>,
    }

    impl ::sinew_messages::Message for TFMessage {
        const TYPE: &'static str = "tf2_msgs/msg/TFMessage";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/TransformStamped[] transforms\n",
            ),
            nested: &[
                <::sinew_messages::geometry_msgs::msg::TransformStamped as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

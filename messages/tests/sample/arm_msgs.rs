//! Package `arm_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `arm_msgs/msg/Arm`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Arm {
        /// `float64[7] joints`
        pub joints: [f64; 7],
        /// `geometry_msgs/Pose tip`
        pub tip: ::sinew_messages::geometry_msgs::msg::Pose,
    }

    impl ::sinew_messages::Message for Arm {
        const TYPE: &'static str = "arm_msgs/msg/Arm";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64[7] joints\n",
                "geometry_msgs/Pose tip\n",
            ),
            nested: &[
                <::sinew_messages::geometry_msgs::msg::Pose as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

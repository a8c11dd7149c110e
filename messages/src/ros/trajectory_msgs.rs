//! Package `trajectory_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `trajectory_msgs/msg/JointTrajectory`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct JointTrajectory {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string[] joint_names`
        pub joint_names: ::std::vec::Vec<::std::string::String>,
        /// `JointTrajectoryPoint[] points`
        pub points: ::std::vec::Vec<super::msg::JointTrajectoryPoint>,
    }

    impl ::sinew_messages::Message for JointTrajectory {
        const TYPE: &'static str = "trajectory_msgs/msg/JointTrajectory";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string[] joint_names\n",
                "trajectory_msgs/JointTrajectoryPoint[] points\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::JointTrajectoryPoint as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `trajectory_msgs/msg/JointTrajectoryPoint`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct JointTrajectoryPoint {
        /// `float64[] positions`
        pub positions: ::std::vec::Vec<f64>,
        /// `float64[] velocities`
        pub velocities: ::std::vec::Vec<f64>,
        /// `float64[] accelerations`
        pub accelerations: ::std::vec::Vec<f64>,
        /// `float64[] effort`
        pub effort: ::std::vec::Vec<f64>,
        /// `builtin_interfaces/Duration time_from_start`
        pub time_from_start: ::sinew_messages::builtin_interfaces::msg::Duration,
    }

    impl ::sinew_messages::Message for JointTrajectoryPoint {
        const TYPE: &'static str = "trajectory_msgs/msg/JointTrajectoryPoint";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64[] positions\n",
                "float64[] velocities\n",
                "float64[] accelerations\n",
                "float64[] effort\n",
                "builtin_interfaces/Duration time_from_start\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Duration as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `trajectory_msgs/msg/MultiDOFJointTrajectory`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MultiDOFJointTrajectory {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string[] joint_names`
        pub joint_names: ::std::vec::Vec<::std::string::String>,
        /// `MultiDOFJointTrajectoryPoint[] points`
        pub points: ::std::vec::Vec<super::msg::MultiDOFJointTrajectoryPoint>,
    }

    impl ::sinew_messages::Message for MultiDOFJointTrajectory {
        const TYPE: &'static str = "trajectory_msgs/msg/MultiDOFJointTrajectory";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string[] joint_names\n",
                "trajectory_msgs/MultiDOFJointTrajectoryPoint[] points\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::MultiDOFJointTrajectoryPoint as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `trajectory_msgs/msg/MultiDOFJointTrajectoryPoint`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MultiDOFJointTrajectoryPoint {
        /// `geometry_msgs/Transform[] transforms`
        pub transforms: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Transform>,
        /// `geometry_msgs/Twist[] velocities`
        pub velocities: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Twist>,
        /// `geometry_msgs/Twist[] accelerations`
        pub accelerations: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Twist>,
        /// `builtin_interfaces/Duration time_from_start`
        pub time_from_start: ::sinew_messages::builtin_interfaces::msg::Duration,
    }

    impl ::sinew_messages::Message for MultiDOFJointTrajectoryPoint {
        const TYPE: &'static str = "trajectory_msgs/msg/MultiDOFJointTrajectoryPoint";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Transform[] transforms\n",
                "geometry_msgs/Twist[] velocities\n",
                "geometry_msgs/Twist[] accelerations\n",
                "builtin_interfaces/Duration time_from_start\n",
            ),
            nested: &[
                <::sinew_messages::geometry_msgs::msg::Transform as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Twist as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::builtin_interfaces::msg::Duration as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

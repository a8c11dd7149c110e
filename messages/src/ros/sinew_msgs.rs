//! Package `sinew_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `sinew_msgs/msg/Policies`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Policies {
        /// `uint32 place`
        pub place: u32,
        /// `uint32 number`
        pub number: u32,
        /// `uint32[] installed`
        pub installed: ::std::vec::Vec<u32>,
        /// `uint32[] switch_to`
        pub switch_to: ::std::vec::Vec<u32>,
    }

    impl ::sinew_messages::Message for Policies {
        const TYPE: &'static str = "sinew_msgs/msg/Policies";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint32 STANDING=0\n",
                "uint32 RUNNING=1\n",
                "uint32 place\n",
                "uint32 number\n",
                "uint32[] installed\n",
                "uint32[] switch_to\n",
            ),
            nested: &[],
        };
    }

    impl Policies {
        /// `uint32 STANDING`
        pub const STANDING: u32 = 0;
        /// `uint32 RUNNING`
        pub const RUNNING: u32 = 1;
    }

    /// `sinew_msgs/msg/State`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct State {
        /// `float64[] position`
        pub position: ::std::vec::Vec<f64>,
        /// `float64[] velocity`
        pub velocity: ::std::vec::Vec<f64>,
        /// `float64[] effort`
        pub effort: ::std::vec::Vec<f64>,
        /// `uint64[] joint_stamp_nanos`
        pub joint_stamp_nanos: ::std::vec::Vec<u64>,
        /// `float64[4] imu_orientation`
        pub imu_orientation: [f64; 4],
        /// `float64[3] imu_angular_velocity`
        pub imu_angular_velocity: [f64; 3],
        /// `float64[3] imu_linear_acceleration`
        pub imu_linear_acceleration: [f64; 3],
        /// `uint64 imu_stamp_nanos`
        pub imu_stamp_nanos: u64,
        /// `float64[] base_velocity`
        pub base_velocity: ::std::vec::Vec<f64>,
        /// `bool[] foot_contact`
        pub foot_contact: ::std::vec::Vec<bool>,
        /// `float64[] temperature_celsius`
        pub temperature_celsius: ::std::vec::Vec<f64>,
    }

    impl ::sinew_messages::Message for State {
        const TYPE: &'static str = "sinew_msgs/msg/State";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64[] position\n",
                "float64[] velocity\n",
                "float64[] effort\n",
                "uint64[] joint_stamp_nanos\n",
                "float64[4] imu_orientation\n",
                "float64[3] imu_angular_velocity\n",
                "float64[3] imu_linear_acceleration\n",
                "uint64 imu_stamp_nanos\n",
                "float64[] base_velocity\n",
                "bool[] foot_contact\n",
                "float64[] temperature_celsius\n",
            ),
            nested: &[],
        };
    }

    /// `sinew_msgs/msg/Tick`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Tick {
        /// `uint64 tick`
        pub tick: u64,
        /// `float64 time_secs`
        pub time_secs: f64,
        /// `uint8 mode`
        pub mode: u8,
        /// `float64[3] command`
        pub command: [f64; 3],
        /// `uint64 tick_nanos`
        pub tick_nanos: u64,
        /// `uint64 jitter_nanos`
        pub jitter_nanos: u64,
        /// `int64 inference_nanos`
        pub inference_nanos: i64,
        /// `uint64 missed`
        pub missed: u64,
        /// `float64 power_w`
        pub power_w: f64,
        /// `float64 torque_share`
        pub torque_share: f64,
        /// `float64[] truth`
        pub truth: ::std::vec::Vec<f64>,
        /// `uint64 began_nanos`
        pub began_nanos: u64,
        /// `uint64 scheduled_nanos`
        pub scheduled_nanos: u64,
        /// `uint64 woken_nanos`
        pub woken_nanos: u64,
        /// `uint64 read_nanos`
        pub read_nanos: u64,
        /// `uint64 decided_nanos`
        pub decided_nanos: u64,
        /// `uint64 done_nanos`
        pub done_nanos: u64,
        /// `uint8 read_answer`
        pub read_answer: u8,
        /// `uint8 write_answer`
        pub write_answer: u8,
        /// `uint8 own_stop_answer`
        pub own_stop_answer: u8,
        /// `int32[3] answer_joints`
        pub answer_joints: [i32; 3],
        /// `uint8[] requests`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub requests: ::std::vec::Vec<u8>,
        /// `float64[] asked_velocity`
        pub asked_velocity: ::std::vec::Vec<f64>,
        /// `string asked_stop`
        pub asked_stop: ::std::string::String,
        /// `bool stands`
        pub stands: bool,
        /// `bool accepted_as_read`
        pub accepted_as_read: bool,
        /// `sinew_msgs/State[] read`
        pub read: ::std::vec::Vec<super::msg::State>,
        /// `sinew_msgs/State state`
        pub state: super::msg::State,
        /// `float32[] observation`
        pub observation: ::std::vec::Vec<f32>,
        /// `float32[] action`
        pub action: ::std::vec::Vec<f32>,
        /// `float64[] asked_position`
        pub asked_position: ::std::vec::Vec<f64>,
        /// `float64[] asked_velocities`
        pub asked_velocities: ::std::vec::Vec<f64>,
        /// `float64[] asked_effort`
        pub asked_effort: ::std::vec::Vec<f64>,
        /// `float64[] asked_kp`
        pub asked_kp: ::std::vec::Vec<f64>,
        /// `float64[] asked_kd`
        pub asked_kd: ::std::vec::Vec<f64>,
        /// `float64[] written_position`
        pub written_position: ::std::vec::Vec<f64>,
        /// `float64[] written_velocity`
        pub written_velocity: ::std::vec::Vec<f64>,
        /// `float64[] written_effort`
        pub written_effort: ::std::vec::Vec<f64>,
        /// `float64[] written_kp`
        pub written_kp: ::std::vec::Vec<f64>,
        /// `float64[] written_kd`
        pub written_kd: ::std::vec::Vec<f64>,
        /// `string[] checks`
        pub checks: ::std::vec::Vec<::std::string::String>,
        /// `uint64[] check_counts`
        pub check_counts: ::std::vec::Vec<u64>,
        /// `sinew_msgs/Verdict[] verdict`
        pub verdict: ::std::vec::Vec<super::msg::Verdict>,
        /// `sinew_msgs/Verdict[] stop`
        pub stop: ::std::vec::Vec<super::msg::Verdict>,
        /// `string stop_action`
        pub stop_action: ::std::string::String,
        /// `sinew_msgs/Policies[] policies`
        pub policies: ::std::vec::Vec<super::msg::Policies>,
    }

    impl ::sinew_messages::Message for Tick {
        const TYPE: &'static str = "sinew_msgs/msg/Tick";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 DAMP=0\n",
                "uint8 STAND=1\n",
                "uint8 RUN=2\n",
                "uint8 STOPPED=3\n",
                "uint8 NOT_ASKED=0\n",
                "uint8 OK=1\n",
                "uint8 NO_STATE=2\n",
                "uint8 JOINT_MISSING=3\n",
                "uint8 IMU_MISSING=4\n",
                "uint8 WRITE_FAILED=5\n",
                "uint8 WRONG_LENGTH=6\n",
                "uint8 PANICKED=7\n",
                "uint8 DISCONNECTED=8\n",
                "uint8 START=1\n",
                "uint8 DAMP_AGAIN=2\n",
                "uint8 CLEAR_STOP=3\n",
                "uint64 tick\n",
                "float64 time_secs\n",
                "uint8 mode\n",
                "float64[3] command\n",
                "uint64 tick_nanos\n",
                "uint64 jitter_nanos\n",
                "int64 inference_nanos\n",
                "uint64 missed\n",
                "float64 power_w\n",
                "float64 torque_share\n",
                "float64[] truth\n",
                "uint64 began_nanos\n",
                "uint64 scheduled_nanos\n",
                "uint64 woken_nanos\n",
                "uint64 read_nanos\n",
                "uint64 decided_nanos\n",
                "uint64 done_nanos\n",
                "uint8 read_answer\n",
                "uint8 write_answer\n",
                "uint8 own_stop_answer\n",
                "int32[3] answer_joints\n",
                "uint8[] requests\n",
                "float64[] asked_velocity\n",
                "string asked_stop\n",
                "bool stands\n",
                "bool accepted_as_read\n",
                "sinew_msgs/State[] read\n",
                "sinew_msgs/State state\n",
                "float32[] observation\n",
                "float32[] action\n",
                "float64[] asked_position\n",
                "float64[] asked_velocities\n",
                "float64[] asked_effort\n",
                "float64[] asked_kp\n",
                "float64[] asked_kd\n",
                "float64[] written_position\n",
                "float64[] written_velocity\n",
                "float64[] written_effort\n",
                "float64[] written_kp\n",
                "float64[] written_kd\n",
                "string[] checks\n",
                "uint64[] check_counts\n",
                "sinew_msgs/Verdict[] verdict\n",
                "sinew_msgs/Verdict[] stop\n",
                "string stop_action\n",
                "sinew_msgs/Policies[] policies\n",
            ),
            nested: &[
                <super::msg::State as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Verdict as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Policies as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl Tick {
        /// `uint8 DAMP`
        pub const DAMP: u8 = 0;
        /// `uint8 STAND`
        pub const STAND: u8 = 1;
        /// `uint8 RUN`
        pub const RUN: u8 = 2;
        /// `uint8 STOPPED`
        pub const STOPPED: u8 = 3;
        /// `uint8 NOT_ASKED`
        pub const NOT_ASKED: u8 = 0;
        /// `uint8 OK`
        pub const OK: u8 = 1;
        /// `uint8 NO_STATE`
        pub const NO_STATE: u8 = 2;
        /// `uint8 JOINT_MISSING`
        pub const JOINT_MISSING: u8 = 3;
        /// `uint8 IMU_MISSING`
        pub const IMU_MISSING: u8 = 4;
        /// `uint8 WRITE_FAILED`
        pub const WRITE_FAILED: u8 = 5;
        /// `uint8 WRONG_LENGTH`
        pub const WRONG_LENGTH: u8 = 6;
        /// `uint8 PANICKED`
        pub const PANICKED: u8 = 7;
        /// `uint8 DISCONNECTED`
        pub const DISCONNECTED: u8 = 8;
        /// `uint8 START`
        pub const START: u8 = 1;
        /// `uint8 DAMP_AGAIN`
        pub const DAMP_AGAIN: u8 = 2;
        /// `uint8 CLEAR_STOP`
        pub const CLEAR_STOP: u8 = 3;
    }

    /// `sinew_msgs/msg/Verdict`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Verdict {
        /// `string check`
        pub check: ::std::string::String,
        /// `int32 joint`
        pub joint: i32,
        /// `float64 value`
        pub value: f64,
        /// `float64 limit`
        pub limit: f64,
        /// `uint64 tick`
        pub tick: u64,
        /// `string not_finite`
        pub not_finite: ::std::string::String,
        /// `float64 not_finite_value`
        pub not_finite_value: f64,
    }

    impl ::sinew_messages::Message for Verdict {
        const TYPE: &'static str = "sinew_msgs/msg/Verdict";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string check\n",
                "int32 joint\n",
                "float64 value\n",
                "float64 limit\n",
                "uint64 tick\n",
                "string not_finite\n",
                "float64 not_finite_value\n",
            ),
            nested: &[],
        };
    }
}

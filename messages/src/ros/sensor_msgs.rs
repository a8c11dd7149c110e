//! Package `sensor_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `sensor_msgs/msg/BatteryState`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct BatteryState {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float32 voltage`
        pub voltage: f32,
        /// `float32 temperature`
        pub temperature: f32,
        /// `float32 current`
        pub current: f32,
        /// `float32 charge`
        pub charge: f32,
        /// `float32 capacity`
        pub capacity: f32,
        /// `float32 design_capacity`
        pub design_capacity: f32,
        /// `float32 percentage`
        pub percentage: f32,
        /// `uint8 power_supply_status`
        pub power_supply_status: u8,
        /// `uint8 power_supply_health`
        pub power_supply_health: u8,
        /// `uint8 power_supply_technology`
        pub power_supply_technology: u8,
        /// `bool present`
        pub present: bool,
        /// `float32[] cell_voltage`
        pub cell_voltage: ::std::vec::Vec<f32>,
        /// `float32[] cell_temperature`
        pub cell_temperature: ::std::vec::Vec<f32>,
        /// `string location`
        pub location: ::std::string::String,
        /// `string serial_number`
        pub serial_number: ::std::string::String,
    }

    impl ::sinew_messages::Message for BatteryState {
        const TYPE: &'static str = "sensor_msgs/msg/BatteryState";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 POWER_SUPPLY_STATUS_UNKNOWN=0\n",
                "uint8 POWER_SUPPLY_STATUS_CHARGING=1\n",
                "uint8 POWER_SUPPLY_STATUS_DISCHARGING=2\n",
                "uint8 POWER_SUPPLY_STATUS_NOT_CHARGING=3\n",
                "uint8 POWER_SUPPLY_STATUS_FULL=4\n",
                "uint8 POWER_SUPPLY_HEALTH_UNKNOWN=0\n",
                "uint8 POWER_SUPPLY_HEALTH_GOOD=1\n",
                "uint8 POWER_SUPPLY_HEALTH_OVERHEAT=2\n",
                "uint8 POWER_SUPPLY_HEALTH_DEAD=3\n",
                "uint8 POWER_SUPPLY_HEALTH_OVERVOLTAGE=4\n",
                "uint8 POWER_SUPPLY_HEALTH_UNSPEC_FAILURE=5\n",
                "uint8 POWER_SUPPLY_HEALTH_COLD=6\n",
                "uint8 POWER_SUPPLY_HEALTH_WATCHDOG_TIMER_EXPIRE=7\n",
                "uint8 POWER_SUPPLY_HEALTH_SAFETY_TIMER_EXPIRE=8\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_UNKNOWN=0\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_NIMH=1\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_LION=2\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_LIPO=3\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_LIFE=4\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_NICD=5\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_LIMN=6\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_TERNARY=7\n",
                "uint8 POWER_SUPPLY_TECHNOLOGY_VRLA=8\n",
                "std_msgs/Header header\n",
                "float32 voltage\n",
                "float32 temperature\n",
                "float32 current\n",
                "float32 charge\n",
                "float32 capacity\n",
                "float32 design_capacity\n",
                "float32 percentage\n",
                "uint8 power_supply_status\n",
                "uint8 power_supply_health\n",
                "uint8 power_supply_technology\n",
                "bool present\n",
                "float32[] cell_voltage\n",
                "float32[] cell_temperature\n",
                "string location\n",
                "string serial_number\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl BatteryState {
        /// `uint8 POWER_SUPPLY_STATUS_UNKNOWN`
        pub const POWER_SUPPLY_STATUS_UNKNOWN: u8 = 0;
        /// `uint8 POWER_SUPPLY_STATUS_CHARGING`
        pub const POWER_SUPPLY_STATUS_CHARGING: u8 = 1;
        /// `uint8 POWER_SUPPLY_STATUS_DISCHARGING`
        pub const POWER_SUPPLY_STATUS_DISCHARGING: u8 = 2;
        /// `uint8 POWER_SUPPLY_STATUS_NOT_CHARGING`
        pub const POWER_SUPPLY_STATUS_NOT_CHARGING: u8 = 3;
        /// `uint8 POWER_SUPPLY_STATUS_FULL`
        pub const POWER_SUPPLY_STATUS_FULL: u8 = 4;
        /// `uint8 POWER_SUPPLY_HEALTH_UNKNOWN`
        pub const POWER_SUPPLY_HEALTH_UNKNOWN: u8 = 0;
        /// `uint8 POWER_SUPPLY_HEALTH_GOOD`
        pub const POWER_SUPPLY_HEALTH_GOOD: u8 = 1;
        /// `uint8 POWER_SUPPLY_HEALTH_OVERHEAT`
        pub const POWER_SUPPLY_HEALTH_OVERHEAT: u8 = 2;
        /// `uint8 POWER_SUPPLY_HEALTH_DEAD`
        pub const POWER_SUPPLY_HEALTH_DEAD: u8 = 3;
        /// `uint8 POWER_SUPPLY_HEALTH_OVERVOLTAGE`
        pub const POWER_SUPPLY_HEALTH_OVERVOLTAGE: u8 = 4;
        /// `uint8 POWER_SUPPLY_HEALTH_UNSPEC_FAILURE`
        pub const POWER_SUPPLY_HEALTH_UNSPEC_FAILURE: u8 = 5;
        /// `uint8 POWER_SUPPLY_HEALTH_COLD`
        pub const POWER_SUPPLY_HEALTH_COLD: u8 = 6;
        /// `uint8 POWER_SUPPLY_HEALTH_WATCHDOG_TIMER_EXPIRE`
        pub const POWER_SUPPLY_HEALTH_WATCHDOG_TIMER_EXPIRE: u8 = 7;
        /// `uint8 POWER_SUPPLY_HEALTH_SAFETY_TIMER_EXPIRE`
        pub const POWER_SUPPLY_HEALTH_SAFETY_TIMER_EXPIRE: u8 = 8;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_UNKNOWN`
        pub const POWER_SUPPLY_TECHNOLOGY_UNKNOWN: u8 = 0;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_NIMH`
        pub const POWER_SUPPLY_TECHNOLOGY_NIMH: u8 = 1;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_LION`
        pub const POWER_SUPPLY_TECHNOLOGY_LION: u8 = 2;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_LIPO`
        pub const POWER_SUPPLY_TECHNOLOGY_LIPO: u8 = 3;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_LIFE`
        pub const POWER_SUPPLY_TECHNOLOGY_LIFE: u8 = 4;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_NICD`
        pub const POWER_SUPPLY_TECHNOLOGY_NICD: u8 = 5;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_LIMN`
        pub const POWER_SUPPLY_TECHNOLOGY_LIMN: u8 = 6;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_TERNARY`
        pub const POWER_SUPPLY_TECHNOLOGY_TERNARY: u8 = 7;
        /// `uint8 POWER_SUPPLY_TECHNOLOGY_VRLA`
        pub const POWER_SUPPLY_TECHNOLOGY_VRLA: u8 = 8;
    }

    /// `sensor_msgs/msg/CameraInfo`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct CameraInfo {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `uint32 height`
        pub height: u32,
        /// `uint32 width`
        pub width: u32,
        /// `string distortion_model`
        pub distortion_model: ::std::string::String,
        /// `float64[] d`
        pub d: ::std::vec::Vec<f64>,
        /// `float64[9] k`
        pub k: [f64; 9],
        /// `float64[9] r`
        pub r: [f64; 9],
        /// `float64[12] p`
        pub p: [f64; 12],
        /// `uint32 binning_x`
        pub binning_x: u32,
        /// `uint32 binning_y`
        pub binning_y: u32,
        /// `RegionOfInterest roi`
        pub roi: super::msg::RegionOfInterest,
    }

    impl ::sinew_messages::Message for CameraInfo {
        const TYPE: &'static str = "sensor_msgs/msg/CameraInfo";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "uint32 height\n",
                "uint32 width\n",
                "string distortion_model\n",
                "float64[] d\n",
                "float64[9] k\n",
                "float64[9] r\n",
                "float64[12] p\n",
                "uint32 binning_x\n",
                "uint32 binning_y\n",
                "sensor_msgs/RegionOfInterest roi\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::RegionOfInterest as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/ChannelFloat32`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ChannelFloat32 {
        /// `string name`
        pub name: ::std::string::String,
        /// `float32[] values`
        pub values: ::std::vec::Vec<f32>,
    }

    impl ::sinew_messages::Message for ChannelFloat32 {
        const TYPE: &'static str = "sensor_msgs/msg/ChannelFloat32";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string name\n",
                "float32[] values\n",
            ),
            nested: &[],
        };
    }

    /// `sensor_msgs/msg/CompressedImage`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct CompressedImage {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string format`
        pub format: ::std::string::String,
        /// `uint8[] data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub data: ::std::vec::Vec<u8>,
    }

    impl ::sinew_messages::Message for CompressedImage {
        const TYPE: &'static str = "sensor_msgs/msg/CompressedImage";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string format\n",
                "uint8[] data\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/FluidPressure`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct FluidPressure {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float64 fluid_pressure`
        pub fluid_pressure: f64,
        /// `float64 variance`
        pub variance: f64,
    }

    impl ::sinew_messages::Message for FluidPressure {
        const TYPE: &'static str = "sensor_msgs/msg/FluidPressure";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float64 fluid_pressure\n",
                "float64 variance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/Illuminance`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Illuminance {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float64 illuminance`
        pub illuminance: f64,
        /// `float64 variance`
        pub variance: f64,
    }

    impl ::sinew_messages::Message for Illuminance {
        const TYPE: &'static str = "sensor_msgs/msg/Illuminance";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float64 illuminance\n",
                "float64 variance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/Image`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Image {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `uint32 height`
        pub height: u32,
        /// `uint32 width`
        pub width: u32,
        /// `string encoding`
        pub encoding: ::std::string::String,
        /// `uint8 is_bigendian`
        pub is_bigendian: u8,
        /// `uint32 step`
        pub step: u32,
        /// `uint8[] data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub data: ::std::vec::Vec<u8>,
    }

    impl ::sinew_messages::Message for Image {
        const TYPE: &'static str = "sensor_msgs/msg/Image";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "uint32 height\n",
                "uint32 width\n",
                "string encoding\n",
                "uint8 is_bigendian\n",
                "uint32 step\n",
                "uint8[] data\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/Imu`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Imu {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/Quaternion orientation`
        pub orientation: ::sinew_messages::geometry_msgs::msg::Quaternion,
        /// `float64[9] orientation_covariance`
        pub orientation_covariance: [f64; 9],
        /// `geometry_msgs/Vector3 angular_velocity`
        pub angular_velocity: ::sinew_messages::geometry_msgs::msg::Vector3,
        /// `float64[9] angular_velocity_covariance`
        pub angular_velocity_covariance: [f64; 9],
        /// `geometry_msgs/Vector3 linear_acceleration`
        pub linear_acceleration: ::sinew_messages::geometry_msgs::msg::Vector3,
        /// `float64[9] linear_acceleration_covariance`
        pub linear_acceleration_covariance: [f64; 9],
    }

    impl ::sinew_messages::Message for Imu {
        const TYPE: &'static str = "sensor_msgs/msg/Imu";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Quaternion orientation\n",
                "float64[9] orientation_covariance\n",
                "geometry_msgs/Vector3 angular_velocity\n",
                "float64[9] angular_velocity_covariance\n",
                "geometry_msgs/Vector3 linear_acceleration\n",
                "float64[9] linear_acceleration_covariance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Quaternion as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/JointState`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct JointState {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string[] name`
        pub name: ::std::vec::Vec<::std::string::String>,
        /// `float64[] position`
        pub position: ::std::vec::Vec<f64>,
        /// `float64[] velocity`
        pub velocity: ::std::vec::Vec<f64>,
        /// `float64[] effort`
        pub effort: ::std::vec::Vec<f64>,
    }

    impl ::sinew_messages::Message for JointState {
        const TYPE: &'static str = "sensor_msgs/msg/JointState";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string[] name\n",
                "float64[] position\n",
                "float64[] velocity\n",
                "float64[] effort\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/Joy`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Joy {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float32[] axes`
        pub axes: ::std::vec::Vec<f32>,
        /// `int32[] buttons`
        pub buttons: ::std::vec::Vec<i32>,
    }

    impl ::sinew_messages::Message for Joy {
        const TYPE: &'static str = "sensor_msgs/msg/Joy";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float32[] axes\n",
                "int32[] buttons\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/JoyFeedback`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct JoyFeedback {
        /// `uint8 type`
        pub r#type: u8,
        /// `uint8 id`
        pub id: u8,
        /// `float32 intensity`
        pub intensity: f32,
    }

    impl ::sinew_messages::Message for JoyFeedback {
        const TYPE: &'static str = "sensor_msgs/msg/JoyFeedback";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 TYPE_LED=0\n",
                "uint8 TYPE_RUMBLE=1\n",
                "uint8 TYPE_BUZZER=2\n",
                "uint8 type\n",
                "uint8 id\n",
                "float32 intensity\n",
            ),
            nested: &[],
        };
    }

    impl JoyFeedback {
        /// `uint8 TYPE_LED`
        pub const TYPE_LED: u8 = 0;
        /// `uint8 TYPE_RUMBLE`
        pub const TYPE_RUMBLE: u8 = 1;
        /// `uint8 TYPE_BUZZER`
        pub const TYPE_BUZZER: u8 = 2;
    }

    /// `sensor_msgs/msg/JoyFeedbackArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct JoyFeedbackArray {
        /// `JoyFeedback[] array`
        pub array: ::std::vec::Vec<super::msg::JoyFeedback>,
    }

    impl ::sinew_messages::Message for JoyFeedbackArray {
        const TYPE: &'static str = "sensor_msgs/msg/JoyFeedbackArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "sensor_msgs/JoyFeedback[] array\n",
            ),
            nested: &[
                <super::msg::JoyFeedback as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/LaserEcho`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct LaserEcho {
        /// `float32[] echoes`
        pub echoes: ::std::vec::Vec<f32>,
    }

    impl ::sinew_messages::Message for LaserEcho {
        const TYPE: &'static str = "sensor_msgs/msg/LaserEcho";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float32[] echoes\n",
            ),
            nested: &[],
        };
    }

    /// `sensor_msgs/msg/LaserScan`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct LaserScan {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float32 angle_min`
        pub angle_min: f32,
        /// `float32 angle_max`
        pub angle_max: f32,
        /// `float32 angle_increment`
        pub angle_increment: f32,
        /// `float32 time_increment`
        pub time_increment: f32,
        /// `float32 scan_time`
        pub scan_time: f32,
        /// `float32 range_min`
        pub range_min: f32,
        /// `float32 range_max`
        pub range_max: f32,
        /// `float32[] ranges`
        pub ranges: ::std::vec::Vec<f32>,
        /// `float32[] intensities`
        pub intensities: ::std::vec::Vec<f32>,
    }

    impl ::sinew_messages::Message for LaserScan {
        const TYPE: &'static str = "sensor_msgs/msg/LaserScan";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float32 angle_min\n",
                "float32 angle_max\n",
                "float32 angle_increment\n",
                "float32 time_increment\n",
                "float32 scan_time\n",
                "float32 range_min\n",
                "float32 range_max\n",
                "float32[] ranges\n",
                "float32[] intensities\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/MagneticField`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MagneticField {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/Vector3 magnetic_field`
        pub magnetic_field: ::sinew_messages::geometry_msgs::msg::Vector3,
        /// `float64[9] magnetic_field_covariance`
        pub magnetic_field_covariance: [f64; 9],
    }

    impl ::sinew_messages::Message for MagneticField {
        const TYPE: &'static str = "sensor_msgs/msg/MagneticField";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Vector3 magnetic_field\n",
                "float64[9] magnetic_field_covariance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/MultiDOFJointState`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MultiDOFJointState {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string[] joint_names`
        pub joint_names: ::std::vec::Vec<::std::string::String>,
        /// `geometry_msgs/Transform[] transforms`
        pub transforms: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Transform>,
        /// `geometry_msgs/Twist[] twist`
        pub twist: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Twist>,
        /// `geometry_msgs/Wrench[] wrench`
        pub wrench: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Wrench>,
    }

    impl ::sinew_messages::Message for MultiDOFJointState {
        const TYPE: &'static str = "sensor_msgs/msg/MultiDOFJointState";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string[] joint_names\n",
                "geometry_msgs/Transform[] transforms\n",
                "geometry_msgs/Twist[] twist\n",
                "geometry_msgs/Wrench[] wrench\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Transform as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Twist as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Wrench as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/MultiEchoLaserScan`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MultiEchoLaserScan {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float32 angle_min`
        pub angle_min: f32,
        /// `float32 angle_max`
        pub angle_max: f32,
        /// `float32 angle_increment`
        pub angle_increment: f32,
        /// `float32 time_increment`
        pub time_increment: f32,
        /// `float32 scan_time`
        pub scan_time: f32,
        /// `float32 range_min`
        pub range_min: f32,
        /// `float32 range_max`
        pub range_max: f32,
        /// `LaserEcho[] ranges`
        pub ranges: ::std::vec::Vec<super::msg::LaserEcho>,
        /// `LaserEcho[] intensities`
        pub intensities: ::std::vec::Vec<super::msg::LaserEcho>,
    }

    impl ::sinew_messages::Message for MultiEchoLaserScan {
        const TYPE: &'static str = "sensor_msgs/msg/MultiEchoLaserScan";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float32 angle_min\n",
                "float32 angle_max\n",
                "float32 angle_increment\n",
                "float32 time_increment\n",
                "float32 scan_time\n",
                "float32 range_min\n",
                "float32 range_max\n",
                "sensor_msgs/LaserEcho[] ranges\n",
                "sensor_msgs/LaserEcho[] intensities\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::LaserEcho as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/NavSatFix`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct NavSatFix {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `NavSatStatus status`
        pub status: super::msg::NavSatStatus,
        /// `float64 latitude`
        pub latitude: f64,
        /// `float64 longitude`
        pub longitude: f64,
        /// `float64 altitude`
        pub altitude: f64,
        /// `float64[9] position_covariance`
        pub position_covariance: [f64; 9],
        /// `uint8 position_covariance_type`
        pub position_covariance_type: u8,
    }

    impl ::sinew_messages::Message for NavSatFix {
        const TYPE: &'static str = "sensor_msgs/msg/NavSatFix";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 COVARIANCE_TYPE_UNKNOWN=0\n",
                "uint8 COVARIANCE_TYPE_APPROXIMATED=1\n",
                "uint8 COVARIANCE_TYPE_DIAGONAL_KNOWN=2\n",
                "uint8 COVARIANCE_TYPE_KNOWN=3\n",
                "std_msgs/Header header\n",
                "sensor_msgs/NavSatStatus status\n",
                "float64 latitude\n",
                "float64 longitude\n",
                "float64 altitude\n",
                "float64[9] position_covariance\n",
                "uint8 position_covariance_type\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::NavSatStatus as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl NavSatFix {
        /// `uint8 COVARIANCE_TYPE_UNKNOWN`
        pub const COVARIANCE_TYPE_UNKNOWN: u8 = 0;
        /// `uint8 COVARIANCE_TYPE_APPROXIMATED`
        pub const COVARIANCE_TYPE_APPROXIMATED: u8 = 1;
        /// `uint8 COVARIANCE_TYPE_DIAGONAL_KNOWN`
        pub const COVARIANCE_TYPE_DIAGONAL_KNOWN: u8 = 2;
        /// `uint8 COVARIANCE_TYPE_KNOWN`
        pub const COVARIANCE_TYPE_KNOWN: u8 = 3;
    }

    /// `sensor_msgs/msg/NavSatStatus`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct NavSatStatus {
        /// `int8 status`
        pub status: i8,
        /// `uint16 service`
        pub service: u16,
    }

    impl ::sinew_messages::Message for NavSatStatus {
        const TYPE: &'static str = "sensor_msgs/msg/NavSatStatus";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int8 STATUS_UNKNOWN=-2\n",
                "int8 STATUS_NO_FIX=-1\n",
                "int8 STATUS_FIX=0\n",
                "int8 STATUS_SBAS_FIX=1\n",
                "int8 STATUS_GBAS_FIX=2\n",
                "uint16 SERVICE_UNKNOWN=0\n",
                "uint16 SERVICE_GPS=1\n",
                "uint16 SERVICE_GLONASS=2\n",
                "uint16 SERVICE_COMPASS=4\n",
                "uint16 SERVICE_GALILEO=8\n",
                "int8 status -2\n",
                "uint16 service\n",
            ),
            nested: &[],
        };
    }

    impl NavSatStatus {
        /// `int8 STATUS_UNKNOWN`
        pub const STATUS_UNKNOWN: i8 = -2;
        /// `int8 STATUS_NO_FIX`
        pub const STATUS_NO_FIX: i8 = -1;
        /// `int8 STATUS_FIX`
        pub const STATUS_FIX: i8 = 0;
        /// `int8 STATUS_SBAS_FIX`
        pub const STATUS_SBAS_FIX: i8 = 1;
        /// `int8 STATUS_GBAS_FIX`
        pub const STATUS_GBAS_FIX: i8 = 2;
        /// `uint16 SERVICE_UNKNOWN`
        pub const SERVICE_UNKNOWN: u16 = 0;
        /// `uint16 SERVICE_GPS`
        pub const SERVICE_GPS: u16 = 1;
        /// `uint16 SERVICE_GLONASS`
        pub const SERVICE_GLONASS: u16 = 2;
        /// `uint16 SERVICE_COMPASS`
        pub const SERVICE_COMPASS: u16 = 4;
        /// `uint16 SERVICE_GALILEO`
        pub const SERVICE_GALILEO: u16 = 8;
    }

    impl ::core::default::Default for NavSatStatus {
        fn default() -> Self {
            Self {
                status: -2,
                service: ::core::default::Default::default(),
            }
        }
    }

    /// `sensor_msgs/msg/PointCloud`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PointCloud {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/Point32[] points`
        pub points: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Point32>,
        /// `ChannelFloat32[] channels`
        pub channels: ::std::vec::Vec<super::msg::ChannelFloat32>,
    }

    impl ::sinew_messages::Message for PointCloud {
        const TYPE: &'static str = "sensor_msgs/msg/PointCloud";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Point32[] points\n",
                "sensor_msgs/ChannelFloat32[] channels\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Point32 as ::sinew_messages::Message>::DEFINITION,
                <super::msg::ChannelFloat32 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/PointCloud2`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PointCloud2 {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `uint32 height`
        pub height: u32,
        /// `uint32 width`
        pub width: u32,
        /// `PointField[] fields`
        pub fields: ::std::vec::Vec<super::msg::PointField>,
        /// `bool is_bigendian`
        pub is_bigendian: bool,
        /// `uint32 point_step`
        pub point_step: u32,
        /// `uint32 row_step`
        pub row_step: u32,
        /// `uint8[] data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub data: ::std::vec::Vec<u8>,
        /// `bool is_dense`
        pub is_dense: bool,
    }

    impl ::sinew_messages::Message for PointCloud2 {
        const TYPE: &'static str = "sensor_msgs/msg/PointCloud2";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "uint32 height\n",
                "uint32 width\n",
                "sensor_msgs/PointField[] fields\n",
                "bool is_bigendian\n",
                "uint32 point_step\n",
                "uint32 row_step\n",
                "uint8[] data\n",
                "bool is_dense\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::PointField as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/PointField`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PointField {
        /// `string name`
        pub name: ::std::string::String,
        /// `uint32 offset`
        pub offset: u32,
        /// `uint8 datatype`
        pub datatype: u8,
        /// `uint32 count`
        pub count: u32,
    }

    impl ::sinew_messages::Message for PointField {
        const TYPE: &'static str = "sensor_msgs/msg/PointField";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 INT8=1\n",
                "uint8 UINT8=2\n",
                "uint8 INT16=3\n",
                "uint8 UINT16=4\n",
                "uint8 INT32=5\n",
                "uint8 UINT32=6\n",
                "uint8 FLOAT32=7\n",
                "uint8 FLOAT64=8\n",
                "string name\n",
                "uint32 offset\n",
                "uint8 datatype\n",
                "uint32 count\n",
            ),
            nested: &[],
        };
    }

    impl PointField {
        /// `uint8 INT8`
        pub const INT8: u8 = 1;
        /// `uint8 UINT8`
        pub const UINT8: u8 = 2;
        /// `uint8 INT16`
        pub const INT16: u8 = 3;
        /// `uint8 UINT16`
        pub const UINT16: u8 = 4;
        /// `uint8 INT32`
        pub const INT32: u8 = 5;
        /// `uint8 UINT32`
        pub const UINT32: u8 = 6;
        /// `uint8 FLOAT32`
        pub const FLOAT32: u8 = 7;
        /// `uint8 FLOAT64`
        pub const FLOAT64: u8 = 8;
    }

    /// `sensor_msgs/msg/Range`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Range {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `uint8 radiation_type`
        pub radiation_type: u8,
        /// `float32 field_of_view`
        pub field_of_view: f32,
        /// `float32 min_range`
        pub min_range: f32,
        /// `float32 max_range`
        pub max_range: f32,
        /// `float32 range`
        pub range: f32,
        /// `float32 variance`
        pub variance: f32,
    }

    impl ::sinew_messages::Message for Range {
        const TYPE: &'static str = "sensor_msgs/msg/Range";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 ULTRASOUND=0\n",
                "uint8 INFRARED=1\n",
                "std_msgs/Header header\n",
                "uint8 radiation_type\n",
                "float32 field_of_view\n",
                "float32 min_range\n",
                "float32 max_range\n",
                "float32 range\n",
                "float32 variance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl Range {
        /// `uint8 ULTRASOUND`
        pub const ULTRASOUND: u8 = 0;
        /// `uint8 INFRARED`
        pub const INFRARED: u8 = 1;
    }

    /// `sensor_msgs/msg/RegionOfInterest`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct RegionOfInterest {
        /// `uint32 x_offset`
        pub x_offset: u32,
        /// `uint32 y_offset`
        pub y_offset: u32,
        /// `uint32 height`
        pub height: u32,
        /// `uint32 width`
        pub width: u32,
        /// `bool do_rectify`
        pub do_rectify: bool,
    }

    impl ::sinew_messages::Message for RegionOfInterest {
        const TYPE: &'static str = "sensor_msgs/msg/RegionOfInterest";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint32 x_offset\n",
                "uint32 y_offset\n",
                "uint32 height\n",
                "uint32 width\n",
                "bool do_rectify\n",
            ),
            nested: &[],
        };
    }

    /// `sensor_msgs/msg/RelativeHumidity`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct RelativeHumidity {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float64 relative_humidity`
        pub relative_humidity: f64,
        /// `float64 variance`
        pub variance: f64,
    }

    impl ::sinew_messages::Message for RelativeHumidity {
        const TYPE: &'static str = "sensor_msgs/msg/RelativeHumidity";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float64 relative_humidity\n",
                "float64 variance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/Temperature`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Temperature {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float64 temperature`
        pub temperature: f64,
        /// `float64 variance`
        pub variance: f64,
    }

    impl ::sinew_messages::Message for Temperature {
        const TYPE: &'static str = "sensor_msgs/msg/Temperature";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float64 temperature\n",
                "float64 variance\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/msg/TimeReference`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TimeReference {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `builtin_interfaces/Time time_ref`
        pub time_ref: ::sinew_messages::builtin_interfaces::msg::Time,
        /// `string source`
        pub source: ::std::string::String,
    }

    impl ::sinew_messages::Message for TimeReference {
        const TYPE: &'static str = "sensor_msgs/msg/TimeReference";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "builtin_interfaces/Time time_ref\n",
                "string source\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::builtin_interfaces::msg::Time as ::sinew_messages::Message>::DEFINITION,
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
    /// `sensor_msgs/srv/SetCameraInfo`
    #[derive(Debug, Clone, Copy)]
    pub struct SetCameraInfo;

    impl ::sinew_messages::Service for SetCameraInfo {
        const TYPE: &'static str = "sensor_msgs/srv/SetCameraInfo";
        type Request = SetCameraInfoRequest;
        type Response = SetCameraInfoResponse;
    }

    /// `sensor_msgs/srv/SetCameraInfo_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetCameraInfoRequest {
        /// `sensor_msgs/CameraInfo camera_info`
        pub camera_info: super::msg::CameraInfo,
    }

    impl ::sinew_messages::Message for SetCameraInfoRequest {
        const TYPE: &'static str = "sensor_msgs/srv/SetCameraInfo_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "sensor_msgs/CameraInfo camera_info\n",
            ),
            nested: &[
                <super::msg::CameraInfo as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `sensor_msgs/srv/SetCameraInfo_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetCameraInfoResponse {
        /// `bool success`
        pub success: bool,
        /// `string status_message`
        pub status_message: ::std::string::String,
    }

    impl ::sinew_messages::Message for SetCameraInfoResponse {
        const TYPE: &'static str = "sensor_msgs/srv/SetCameraInfo_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
                "string status_message\n",
            ),
            nested: &[],
        };
    }
}

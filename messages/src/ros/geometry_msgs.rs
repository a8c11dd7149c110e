//! Package `geometry_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `geometry_msgs/msg/Accel`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Accel {
        /// `Vector3 linear`
        pub linear: super::msg::Vector3,
        /// `Vector3 angular`
        pub angular: super::msg::Vector3,
    }

    impl ::sinew_messages::Message for Accel {
        const TYPE: &'static str = "geometry_msgs/msg/Accel";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Vector3 linear\n",
                "geometry_msgs/Vector3 angular\n",
            ),
            nested: &[
                <super::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/AccelStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct AccelStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Accel accel`
        pub accel: super::msg::Accel,
    }

    impl ::sinew_messages::Message for AccelStamped {
        const TYPE: &'static str = "geometry_msgs/msg/AccelStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Accel accel\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Accel as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/AccelWithCovariance`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct AccelWithCovariance {
        /// `Accel accel`
        pub accel: super::msg::Accel,
        /// `float64[36] covariance`
        #[serde(with = "::sinew_messages::cdr::array")]
        pub covariance: [f64; 36],
    }

    impl ::sinew_messages::Message for AccelWithCovariance {
        const TYPE: &'static str = "geometry_msgs/msg/AccelWithCovariance";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Accel accel\n",
                "float64[36] covariance\n",
            ),
            nested: &[
                <super::msg::Accel as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl ::core::default::Default for AccelWithCovariance {
        fn default() -> Self {
            Self {
                accel: ::core::default::Default::default(),
                covariance: ::core::array::from_fn(|_| ::core::default::Default::default()),
            }
        }
    }

    /// `geometry_msgs/msg/AccelWithCovarianceStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct AccelWithCovarianceStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `AccelWithCovariance accel`
        pub accel: super::msg::AccelWithCovariance,
    }

    impl ::sinew_messages::Message for AccelWithCovarianceStamped {
        const TYPE: &'static str = "geometry_msgs/msg/AccelWithCovarianceStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/AccelWithCovariance accel\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::AccelWithCovariance as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Inertia`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Inertia {
        /// `float64 m`
        pub m: f64,
        /// `geometry_msgs/Vector3 com`
        pub com: super::msg::Vector3,
        /// `float64 ixx`
        pub ixx: f64,
        /// `float64 ixy`
        pub ixy: f64,
        /// `float64 ixz`
        pub ixz: f64,
        /// `float64 iyy`
        pub iyy: f64,
        /// `float64 iyz`
        pub iyz: f64,
        /// `float64 izz`
        pub izz: f64,
    }

    impl ::sinew_messages::Message for Inertia {
        const TYPE: &'static str = "geometry_msgs/msg/Inertia";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 m\n",
                "geometry_msgs/Vector3 com\n",
                "float64 ixx\n",
                "float64 ixy\n",
                "float64 ixz\n",
                "float64 iyy\n",
                "float64 iyz\n",
                "float64 izz\n",
            ),
            nested: &[
                <super::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/InertiaStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct InertiaStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Inertia inertia`
        pub inertia: super::msg::Inertia,
    }

    impl ::sinew_messages::Message for InertiaStamped {
        const TYPE: &'static str = "geometry_msgs/msg/InertiaStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Inertia inertia\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Inertia as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Point`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Point {
        /// `float64 x`
        pub x: f64,
        /// `float64 y`
        pub y: f64,
        /// `float64 z`
        pub z: f64,
    }

    impl ::sinew_messages::Message for Point {
        const TYPE: &'static str = "geometry_msgs/msg/Point";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 x\n",
                "float64 y\n",
                "float64 z\n",
            ),
            nested: &[],
        };
    }

    /// `geometry_msgs/msg/Point32`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Point32 {
        /// `float32 x`
        pub x: f32,
        /// `float32 y`
        pub y: f32,
        /// `float32 z`
        pub z: f32,
    }

    impl ::sinew_messages::Message for Point32 {
        const TYPE: &'static str = "geometry_msgs/msg/Point32";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float32 x\n",
                "float32 y\n",
                "float32 z\n",
            ),
            nested: &[],
        };
    }

    /// `geometry_msgs/msg/PointStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PointStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Point point`
        pub point: super::msg::Point,
    }

    impl ::sinew_messages::Message for PointStamped {
        const TYPE: &'static str = "geometry_msgs/msg/PointStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Point point\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Point as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Polygon`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Polygon {
        /// `Point32[] points`
        pub points: ::std::vec::Vec<super::msg::Point32>,
    }

    impl ::sinew_messages::Message for Polygon {
        const TYPE: &'static str = "geometry_msgs/msg/Polygon";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Point32[] points\n",
            ),
            nested: &[
                <super::msg::Point32 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/PolygonInstance`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PolygonInstance {
        /// `geometry_msgs/Polygon polygon`
        pub polygon: super::msg::Polygon,
        /// `int64 id`
        pub id: i64,
    }

    impl ::sinew_messages::Message for PolygonInstance {
        const TYPE: &'static str = "geometry_msgs/msg/PolygonInstance";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Polygon polygon\n",
                "int64 id\n",
            ),
            nested: &[
                <super::msg::Polygon as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/PolygonInstanceStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PolygonInstanceStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/PolygonInstance polygon`
        pub polygon: super::msg::PolygonInstance,
    }

    impl ::sinew_messages::Message for PolygonInstanceStamped {
        const TYPE: &'static str = "geometry_msgs/msg/PolygonInstanceStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/PolygonInstance polygon\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::PolygonInstance as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/PolygonStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PolygonStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Polygon polygon`
        pub polygon: super::msg::Polygon,
    }

    impl ::sinew_messages::Message for PolygonStamped {
        const TYPE: &'static str = "geometry_msgs/msg/PolygonStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Polygon polygon\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Polygon as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Pose`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Pose {
        /// `Point position`
        pub position: super::msg::Point,
        /// `Quaternion orientation`
        pub orientation: super::msg::Quaternion,
    }

    impl ::sinew_messages::Message for Pose {
        const TYPE: &'static str = "geometry_msgs/msg/Pose";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Point position\n",
                "geometry_msgs/Quaternion orientation\n",
            ),
            nested: &[
                <super::msg::Point as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Quaternion as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Pose2D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Pose2D {
        /// `float64 x`
        pub x: f64,
        /// `float64 y`
        pub y: f64,
        /// `float64 theta`
        pub theta: f64,
    }

    impl ::sinew_messages::Message for Pose2D {
        const TYPE: &'static str = "geometry_msgs/msg/Pose2D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 x\n",
                "float64 y\n",
                "float64 theta\n",
            ),
            nested: &[],
        };
    }

    /// `geometry_msgs/msg/PoseArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PoseArray {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Pose[] poses`
        pub poses: ::std::vec::Vec<super::msg::Pose>,
    }

    impl ::sinew_messages::Message for PoseArray {
        const TYPE: &'static str = "geometry_msgs/msg/PoseArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Pose[] poses\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Pose as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/PoseStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PoseStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Pose pose`
        pub pose: super::msg::Pose,
    }

    impl ::sinew_messages::Message for PoseStamped {
        const TYPE: &'static str = "geometry_msgs/msg/PoseStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Pose pose\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Pose as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/PoseWithCovariance`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PoseWithCovariance {
        /// `Pose pose`
        pub pose: super::msg::Pose,
        /// `float64[36] covariance`
        #[serde(with = "::sinew_messages::cdr::array")]
        pub covariance: [f64; 36],
    }

    impl ::sinew_messages::Message for PoseWithCovariance {
        const TYPE: &'static str = "geometry_msgs/msg/PoseWithCovariance";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Pose pose\n",
                "float64[36] covariance\n",
            ),
            nested: &[
                <super::msg::Pose as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl ::core::default::Default for PoseWithCovariance {
        fn default() -> Self {
            Self {
                pose: ::core::default::Default::default(),
                covariance: ::core::array::from_fn(|_| ::core::default::Default::default()),
            }
        }
    }

    /// `geometry_msgs/msg/PoseWithCovarianceStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct PoseWithCovarianceStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `PoseWithCovariance pose`
        pub pose: super::msg::PoseWithCovariance,
    }

    impl ::sinew_messages::Message for PoseWithCovarianceStamped {
        const TYPE: &'static str = "geometry_msgs/msg/PoseWithCovarianceStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/PoseWithCovariance pose\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::PoseWithCovariance as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Quaternion`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Quaternion {
        /// `float64 x`
        pub x: f64,
        /// `float64 y`
        pub y: f64,
        /// `float64 z`
        pub z: f64,
        /// `float64 w`
        pub w: f64,
    }

    impl ::sinew_messages::Message for Quaternion {
        const TYPE: &'static str = "geometry_msgs/msg/Quaternion";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 x\n",
                "float64 y\n",
                "float64 z\n",
                "float64 w 1.0\n",
            ),
            nested: &[],
        };
    }

    impl ::core::default::Default for Quaternion {
        fn default() -> Self {
            Self {
                x: ::core::default::Default::default(),
                y: ::core::default::Default::default(),
                z: ::core::default::Default::default(),
                w: 1.0,
            }
        }
    }

    /// `geometry_msgs/msg/QuaternionStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct QuaternionStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Quaternion quaternion`
        pub quaternion: super::msg::Quaternion,
    }

    impl ::sinew_messages::Message for QuaternionStamped {
        const TYPE: &'static str = "geometry_msgs/msg/QuaternionStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Quaternion quaternion\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Quaternion as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Transform`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Transform {
        /// `Vector3 translation`
        pub translation: super::msg::Vector3,
        /// `Quaternion rotation`
        pub rotation: super::msg::Quaternion,
    }

    impl ::sinew_messages::Message for Transform {
        const TYPE: &'static str = "geometry_msgs/msg/Transform";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Vector3 translation\n",
                "geometry_msgs/Quaternion rotation\n",
            ),
            nested: &[
                <super::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Quaternion as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/TransformStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TransformStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string child_frame_id`
        pub child_frame_id: ::std::string::String,
        /// `Transform transform`
        pub transform: super::msg::Transform,
    }

    impl ::sinew_messages::Message for TransformStamped {
        const TYPE: &'static str = "geometry_msgs/msg/TransformStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string child_frame_id\n",
                "geometry_msgs/Transform transform\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Transform as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Twist`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Twist {
        /// `Vector3 linear`
        pub linear: super::msg::Vector3,
        /// `Vector3 angular`
        pub angular: super::msg::Vector3,
    }

    impl ::sinew_messages::Message for Twist {
        const TYPE: &'static str = "geometry_msgs/msg/Twist";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Vector3 linear\n",
                "geometry_msgs/Vector3 angular\n",
            ),
            nested: &[
                <super::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/TwistStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TwistStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Twist twist`
        pub twist: super::msg::Twist,
    }

    impl ::sinew_messages::Message for TwistStamped {
        const TYPE: &'static str = "geometry_msgs/msg/TwistStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Twist twist\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Twist as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/TwistWithCovariance`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TwistWithCovariance {
        /// `Twist twist`
        pub twist: super::msg::Twist,
        /// `float64[36] covariance`
        #[serde(with = "::sinew_messages::cdr::array")]
        pub covariance: [f64; 36],
    }

    impl ::sinew_messages::Message for TwistWithCovariance {
        const TYPE: &'static str = "geometry_msgs/msg/TwistWithCovariance";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Twist twist\n",
                "float64[36] covariance\n",
            ),
            nested: &[
                <super::msg::Twist as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl ::core::default::Default for TwistWithCovariance {
        fn default() -> Self {
            Self {
                twist: ::core::default::Default::default(),
                covariance: ::core::array::from_fn(|_| ::core::default::Default::default()),
            }
        }
    }

    /// `geometry_msgs/msg/TwistWithCovarianceStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct TwistWithCovarianceStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `TwistWithCovariance twist`
        pub twist: super::msg::TwistWithCovariance,
    }

    impl ::sinew_messages::Message for TwistWithCovarianceStamped {
        const TYPE: &'static str = "geometry_msgs/msg/TwistWithCovarianceStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/TwistWithCovariance twist\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::TwistWithCovariance as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Vector3`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Vector3 {
        /// `float64 x`
        pub x: f64,
        /// `float64 y`
        pub y: f64,
        /// `float64 z`
        pub z: f64,
    }

    impl ::sinew_messages::Message for Vector3 {
        const TYPE: &'static str = "geometry_msgs/msg/Vector3";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 x\n",
                "float64 y\n",
                "float64 z\n",
            ),
            nested: &[],
        };
    }

    /// `geometry_msgs/msg/Vector3Stamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Vector3Stamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Vector3 vector`
        pub vector: super::msg::Vector3,
    }

    impl ::sinew_messages::Message for Vector3Stamped {
        const TYPE: &'static str = "geometry_msgs/msg/Vector3Stamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Vector3 vector\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/VelocityStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct VelocityStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string body_frame_id`
        pub body_frame_id: ::std::string::String,
        /// `string reference_frame_id`
        pub reference_frame_id: ::std::string::String,
        /// `Twist velocity`
        pub velocity: super::msg::Twist,
    }

    impl ::sinew_messages::Message for VelocityStamped {
        const TYPE: &'static str = "geometry_msgs/msg/VelocityStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string body_frame_id\n",
                "string reference_frame_id\n",
                "geometry_msgs/Twist velocity\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Twist as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/Wrench`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Wrench {
        /// `Vector3 force`
        pub force: super::msg::Vector3,
        /// `Vector3 torque`
        pub torque: super::msg::Vector3,
    }

    impl ::sinew_messages::Message for Wrench {
        const TYPE: &'static str = "geometry_msgs/msg/Wrench";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Vector3 force\n",
                "geometry_msgs/Vector3 torque\n",
            ),
            nested: &[
                <super::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `geometry_msgs/msg/WrenchStamped`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct WrenchStamped {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Wrench wrench`
        pub wrench: super::msg::Wrench,
    }

    impl ::sinew_messages::Message for WrenchStamped {
        const TYPE: &'static str = "geometry_msgs/msg/WrenchStamped";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/Wrench wrench\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Wrench as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

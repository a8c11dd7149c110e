//! Package `vision_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `vision_msgs/msg/BoundingBox2D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct BoundingBox2D {
        /// `Pose2D center`
        pub center: super::msg::Pose2D,
        /// `float64 size_x`
        pub size_x: f64,
        /// `float64 size_y`
        pub size_y: f64,
    }

    impl ::sinew_messages::Message for BoundingBox2D {
        const TYPE: &'static str = "vision_msgs/msg/BoundingBox2D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "vision_msgs/Pose2D center\n",
                "float64 size_x\n",
                "float64 size_y\n",
            ),
            nested: &[
                <super::msg::Pose2D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/BoundingBox2DArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct BoundingBox2DArray {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `BoundingBox2D[] boxes`
        pub boxes: ::std::vec::Vec<super::msg::BoundingBox2D>,
    }

    impl ::sinew_messages::Message for BoundingBox2DArray {
        const TYPE: &'static str = "vision_msgs/msg/BoundingBox2DArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/BoundingBox2D[] boxes\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::BoundingBox2D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/BoundingBox3D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct BoundingBox3D {
        /// `geometry_msgs/Pose center`
        pub center: ::sinew_messages::geometry_msgs::msg::Pose,
        /// `geometry_msgs/Vector3 size`
        pub size: ::sinew_messages::geometry_msgs::msg::Vector3,
    }

    impl ::sinew_messages::Message for BoundingBox3D {
        const TYPE: &'static str = "vision_msgs/msg/BoundingBox3D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/Pose center\n",
                "geometry_msgs/Vector3 size\n",
            ),
            nested: &[
                <::sinew_messages::geometry_msgs::msg::Pose as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/BoundingBox3DArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct BoundingBox3DArray {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `BoundingBox3D[] boxes`
        pub boxes: ::std::vec::Vec<super::msg::BoundingBox3D>,
    }

    impl ::sinew_messages::Message for BoundingBox3DArray {
        const TYPE: &'static str = "vision_msgs/msg/BoundingBox3DArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/BoundingBox3D[] boxes\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::BoundingBox3D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/Classification`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Classification {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `ObjectHypothesis[] results`
        pub results: ::std::vec::Vec<super::msg::ObjectHypothesis>,
    }

    impl ::sinew_messages::Message for Classification {
        const TYPE: &'static str = "vision_msgs/msg/Classification";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/ObjectHypothesis[] results\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::ObjectHypothesis as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/Detection2D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Detection2D {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `ObjectHypothesisWithPose[] results`
        pub results: ::std::vec::Vec<super::msg::ObjectHypothesisWithPose>,
        /// `BoundingBox2D bbox`
        pub bbox: super::msg::BoundingBox2D,
        /// `string id`
        pub id: ::std::string::String,
    }

    impl ::sinew_messages::Message for Detection2D {
        const TYPE: &'static str = "vision_msgs/msg/Detection2D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/ObjectHypothesisWithPose[] results\n",
                "vision_msgs/BoundingBox2D bbox\n",
                "string id\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::ObjectHypothesisWithPose as ::sinew_messages::Message>::DEFINITION,
                <super::msg::BoundingBox2D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/Detection2DArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Detection2DArray {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Detection2D[] detections`
        pub detections: ::std::vec::Vec<super::msg::Detection2D>,
    }

    impl ::sinew_messages::Message for Detection2DArray {
        const TYPE: &'static str = "vision_msgs/msg/Detection2DArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/Detection2D[] detections\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Detection2D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/Detection3D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Detection3D {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `ObjectHypothesisWithPose[] results`
        pub results: ::std::vec::Vec<super::msg::ObjectHypothesisWithPose>,
        /// `BoundingBox3D bbox`
        pub bbox: super::msg::BoundingBox3D,
        /// `string id`
        pub id: ::std::string::String,
    }

    impl ::sinew_messages::Message for Detection3D {
        const TYPE: &'static str = "vision_msgs/msg/Detection3D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/ObjectHypothesisWithPose[] results\n",
                "vision_msgs/BoundingBox3D bbox\n",
                "string id\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::ObjectHypothesisWithPose as ::sinew_messages::Message>::DEFINITION,
                <super::msg::BoundingBox3D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/Detection3DArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Detection3DArray {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Detection3D[] detections`
        pub detections: ::std::vec::Vec<super::msg::Detection3D>,
    }

    impl ::sinew_messages::Message for Detection3DArray {
        const TYPE: &'static str = "vision_msgs/msg/Detection3DArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/Detection3D[] detections\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Detection3D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/LabelInfo`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct LabelInfo {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `VisionClass[] class_map`
        pub class_map: ::std::vec::Vec<super::msg::VisionClass>,
        /// `float32 threshold`
        pub threshold: f32,
    }

    impl ::sinew_messages::Message for LabelInfo {
        const TYPE: &'static str = "vision_msgs/msg/LabelInfo";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "vision_msgs/VisionClass[] class_map\n",
                "float32 threshold\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::VisionClass as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/ObjectHypothesis`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ObjectHypothesis {
        /// `string class_id`
        pub class_id: ::std::string::String,
        /// `float64 score`
        pub score: f64,
    }

    impl ::sinew_messages::Message for ObjectHypothesis {
        const TYPE: &'static str = "vision_msgs/msg/ObjectHypothesis";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string class_id\n",
                "float64 score\n",
            ),
            nested: &[],
        };
    }

    /// `vision_msgs/msg/ObjectHypothesisWithPose`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ObjectHypothesisWithPose {
        /// `ObjectHypothesis hypothesis`
        pub hypothesis: super::msg::ObjectHypothesis,
        /// `geometry_msgs/PoseWithCovariance pose`
        pub pose: ::sinew_messages::geometry_msgs::msg::PoseWithCovariance,
    }

    impl ::sinew_messages::Message for ObjectHypothesisWithPose {
        const TYPE: &'static str = "vision_msgs/msg/ObjectHypothesisWithPose";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "vision_msgs/ObjectHypothesis hypothesis\n",
                "geometry_msgs/PoseWithCovariance pose\n",
            ),
            nested: &[
                <super::msg::ObjectHypothesis as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::PoseWithCovariance as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/Point2D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Point2D {
        /// `float64 x`
        pub x: f64,
        /// `float64 y`
        pub y: f64,
    }

    impl ::sinew_messages::Message for Point2D {
        const TYPE: &'static str = "vision_msgs/msg/Point2D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 x\n",
                "float64 y\n",
            ),
            nested: &[],
        };
    }

    /// `vision_msgs/msg/Pose2D`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Pose2D {
        /// `Point2D position`
        pub position: super::msg::Point2D,
        /// `float64 theta`
        pub theta: f64,
    }

    impl ::sinew_messages::Message for Pose2D {
        const TYPE: &'static str = "vision_msgs/msg/Pose2D";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "vision_msgs/Point2D position\n",
                "float64 theta\n",
            ),
            nested: &[
                <super::msg::Point2D as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `vision_msgs/msg/VisionClass`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct VisionClass {
        /// `uint16 class_id`
        pub class_id: u16,
        /// `string class_name`
        pub class_name: ::std::string::String,
    }

    impl ::sinew_messages::Message for VisionClass {
        const TYPE: &'static str = "vision_msgs/msg/VisionClass";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint16 class_id\n",
                "string class_name\n",
            ),
            nested: &[],
        };
    }

    /// `vision_msgs/msg/VisionInfo`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct VisionInfo {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string method`
        pub method: ::std::string::String,
        /// `string database_location`
        pub database_location: ::std::string::String,
        /// `int32 database_version`
        pub database_version: i32,
    }

    impl ::sinew_messages::Message for VisionInfo {
        const TYPE: &'static str = "vision_msgs/msg/VisionInfo";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string method\n",
                "string database_location\n",
                "int32 database_version\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

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
    }
}

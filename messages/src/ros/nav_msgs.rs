//! Package `nav_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `nav_msgs/msg/Goals`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Goals {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/PoseStamped[] goals`
        pub goals: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::PoseStamped>,
    }

    impl ::sinew_messages::Message for Goals {
        const TYPE: &'static str = "nav_msgs/msg/Goals";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/PoseStamped[] goals\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::PoseStamped as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/msg/GridCells`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GridCells {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `float32 cell_width`
        pub cell_width: f32,
        /// `float32 cell_height`
        pub cell_height: f32,
        /// `geometry_msgs/Point[] cells`
        pub cells: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Point>,
    }

    impl ::sinew_messages::Message for GridCells {
        const TYPE: &'static str = "nav_msgs/msg/GridCells";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "float32 cell_width\n",
                "float32 cell_height\n",
                "geometry_msgs/Point[] cells\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Point as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/msg/MapMetaData`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MapMetaData {
        /// `builtin_interfaces/Time map_load_time`
        pub map_load_time: ::sinew_messages::builtin_interfaces::msg::Time,
        /// `float32 resolution`
        pub resolution: f32,
        /// `uint32 width`
        pub width: u32,
        /// `uint32 height`
        pub height: u32,
        /// `geometry_msgs/Pose origin`
        pub origin: ::sinew_messages::geometry_msgs::msg::Pose,
    }

    impl ::sinew_messages::Message for MapMetaData {
        const TYPE: &'static str = "nav_msgs/msg/MapMetaData";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "builtin_interfaces/Time map_load_time\n",
                "float32 resolution\n",
                "uint32 width\n",
                "uint32 height\n",
                "geometry_msgs/Pose origin\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Time as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Pose as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/msg/OccupancyGrid`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct OccupancyGrid {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `MapMetaData info`
        pub info: super::msg::MapMetaData,
        /// `int8[] data`
        pub data: ::std::vec::Vec<i8>,
    }

    impl ::sinew_messages::Message for OccupancyGrid {
        const TYPE: &'static str = "nav_msgs/msg/OccupancyGrid";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "nav_msgs/MapMetaData info\n",
                "int8[] data\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::MapMetaData as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/msg/Odometry`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Odometry {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `string child_frame_id`
        pub child_frame_id: ::std::string::String,
        /// `geometry_msgs/PoseWithCovariance pose`
        pub pose: ::sinew_messages::geometry_msgs::msg::PoseWithCovariance,
        /// `geometry_msgs/TwistWithCovariance twist`
        pub twist: ::sinew_messages::geometry_msgs::msg::TwistWithCovariance,
    }

    impl ::sinew_messages::Message for Odometry {
        const TYPE: &'static str = "nav_msgs/msg/Odometry";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "string child_frame_id\n",
                "geometry_msgs/PoseWithCovariance pose\n",
                "geometry_msgs/TwistWithCovariance twist\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::PoseWithCovariance as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::TwistWithCovariance as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/msg/Path`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Path {
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/PoseStamped[] poses`
        pub poses: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::PoseStamped>,
    }

    impl ::sinew_messages::Message for Path {
        const TYPE: &'static str = "nav_msgs/msg/Path";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "geometry_msgs/PoseStamped[] poses\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::PoseStamped as ::sinew_messages::Message>::DEFINITION,
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
    /// `nav_msgs/srv/GetMap`
    #[derive(Debug, Clone, Copy)]
    pub struct GetMap;

    impl ::sinew_messages::Service for GetMap {
        const TYPE: &'static str = "nav_msgs/srv/GetMap";
        type Request = GetMapRequest;
        type Response = GetMapResponse;
    }

    /// `nav_msgs/srv/GetMap_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetMapRequest {
    }

    impl ::sinew_messages::Message for GetMapRequest {
        const TYPE: &'static str = "nav_msgs/srv/GetMap_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `nav_msgs/srv/GetMap_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetMapResponse {
        /// `OccupancyGrid map`
        pub map: super::msg::OccupancyGrid,
    }

    impl ::sinew_messages::Message for GetMapResponse {
        const TYPE: &'static str = "nav_msgs/srv/GetMap_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "nav_msgs/OccupancyGrid map\n",
            ),
            nested: &[
                <super::msg::OccupancyGrid as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/srv/GetPlan`
    #[derive(Debug, Clone, Copy)]
    pub struct GetPlan;

    impl ::sinew_messages::Service for GetPlan {
        const TYPE: &'static str = "nav_msgs/srv/GetPlan";
        type Request = GetPlanRequest;
        type Response = GetPlanResponse;
    }

    /// `nav_msgs/srv/GetPlan_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetPlanRequest {
        /// `geometry_msgs/PoseStamped start`
        pub start: ::sinew_messages::geometry_msgs::msg::PoseStamped,
        /// `geometry_msgs/PoseStamped goal`
        pub goal: ::sinew_messages::geometry_msgs::msg::PoseStamped,
        /// `float32 tolerance`
        pub tolerance: f32,
    }

    impl ::sinew_messages::Message for GetPlanRequest {
        const TYPE: &'static str = "nav_msgs/srv/GetPlan_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "geometry_msgs/PoseStamped start\n",
                "geometry_msgs/PoseStamped goal\n",
                "float32 tolerance\n",
            ),
            nested: &[
                <::sinew_messages::geometry_msgs::msg::PoseStamped as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/srv/GetPlan_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct GetPlanResponse {
        /// `Path plan`
        pub plan: super::msg::Path,
    }

    impl ::sinew_messages::Message for GetPlanResponse {
        const TYPE: &'static str = "nav_msgs/srv/GetPlan_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "nav_msgs/Path plan\n",
            ),
            nested: &[
                <super::msg::Path as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/srv/LoadMap`
    #[derive(Debug, Clone, Copy)]
    pub struct LoadMap;

    impl ::sinew_messages::Service for LoadMap {
        const TYPE: &'static str = "nav_msgs/srv/LoadMap";
        type Request = LoadMapRequest;
        type Response = LoadMapResponse;
    }

    /// `nav_msgs/srv/LoadMap_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct LoadMapRequest {
        /// `string map_url`
        pub map_url: ::std::string::String,
    }

    impl ::sinew_messages::Message for LoadMapRequest {
        const TYPE: &'static str = "nav_msgs/srv/LoadMap_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string map_url\n",
            ),
            nested: &[],
        };
    }

    /// `nav_msgs/srv/LoadMap_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct LoadMapResponse {
        /// `nav_msgs/OccupancyGrid map`
        pub map: super::msg::OccupancyGrid,
        /// `uint8 result`
        pub result: u8,
    }

    impl ::sinew_messages::Message for LoadMapResponse {
        const TYPE: &'static str = "nav_msgs/srv/LoadMap_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 RESULT_SUCCESS=0\n",
                "uint8 RESULT_MAP_DOES_NOT_EXIST=1\n",
                "uint8 RESULT_INVALID_MAP_DATA=2\n",
                "uint8 RESULT_INVALID_MAP_METADATA=3\n",
                "uint8 RESULT_UNDEFINED_FAILURE=255\n",
                "nav_msgs/OccupancyGrid map\n",
                "uint8 result\n",
            ),
            nested: &[
                <super::msg::OccupancyGrid as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl LoadMapResponse {
        /// `uint8 RESULT_SUCCESS`
        pub const RESULT_SUCCESS: u8 = 0;
        /// `uint8 RESULT_MAP_DOES_NOT_EXIST`
        pub const RESULT_MAP_DOES_NOT_EXIST: u8 = 1;
        /// `uint8 RESULT_INVALID_MAP_DATA`
        pub const RESULT_INVALID_MAP_DATA: u8 = 2;
        /// `uint8 RESULT_INVALID_MAP_METADATA`
        pub const RESULT_INVALID_MAP_METADATA: u8 = 3;
        /// `uint8 RESULT_UNDEFINED_FAILURE`
        pub const RESULT_UNDEFINED_FAILURE: u8 = 255;
    }

    /// `nav_msgs/srv/SetMap`
    #[derive(Debug, Clone, Copy)]
    pub struct SetMap;

    impl ::sinew_messages::Service for SetMap {
        const TYPE: &'static str = "nav_msgs/srv/SetMap";
        type Request = SetMapRequest;
        type Response = SetMapResponse;
    }

    /// `nav_msgs/srv/SetMap_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetMapRequest {
        /// `nav_msgs/OccupancyGrid map`
        pub map: super::msg::OccupancyGrid,
        /// `geometry_msgs/PoseWithCovarianceStamped initial_pose`
        pub initial_pose: ::sinew_messages::geometry_msgs::msg::PoseWithCovarianceStamped,
    }

    impl ::sinew_messages::Message for SetMapRequest {
        const TYPE: &'static str = "nav_msgs/srv/SetMap_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "nav_msgs/OccupancyGrid map\n",
                "geometry_msgs/PoseWithCovarianceStamped initial_pose\n",
            ),
            nested: &[
                <super::msg::OccupancyGrid as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::PoseWithCovarianceStamped as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `nav_msgs/srv/SetMap_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct SetMapResponse {
        /// `bool success`
        pub success: bool,
    }

    impl ::sinew_messages::Message for SetMapResponse {
        const TYPE: &'static str = "nav_msgs/srv/SetMap_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
            ),
            nested: &[],
        };
    }
}

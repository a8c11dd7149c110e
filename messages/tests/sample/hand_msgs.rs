//! Package `hand_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `hand_msgs/msg/Everything`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Everything {
        /// `bool flag`
        pub flag: bool,
        /// `byte octet`
        pub octet: u8,
        /// `char letter`
        pub letter: u8,
        /// `int16 negative`
        pub negative: i16,
        /// `uint32 count`
        pub count: u32,
        /// `float32 ratio`
        pub ratio: f32,
        /// `float64 nothing`
        pub nothing: f64,
        /// `string name`
        pub name: ::std::string::String,
        /// `string<=10 short`
        pub short: ::std::string::String,
        /// `string[] words`
        pub words: ::std::vec::Vec<::std::string::String>,
        /// `float64[] many`
        pub many: ::std::vec::Vec<f64>,
        /// `float64[3] three`
        pub three: [f64; 3],
        /// `int32[<=4] few`
        pub few: ::std::vec::Vec<i32>,
        /// `uint8[] data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub data: ::std::vec::Vec<u8>,
        /// `uint8[<=8] small_data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub small_data: ::std::vec::Vec<u8>,
        /// `uint8[4] mac`
        pub mac: [u8; 4],
        /// `float64[36] covariance`
        #[serde(with = "::sinew_messages::cdr::array")]
        pub covariance: [f64; 36],
        /// `float32[33] ramp`
        #[serde(with = "::sinew_messages::cdr::array")]
        pub ramp: [f32; 33],
        /// `Finger[40] fingers`
        #[serde(with = "::sinew_messages::cdr::array")]
        pub fingers: [super::msg::Finger; 40],
        /// `std_msgs/Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `geometry_msgs/Vector3[] points`
        pub points: ::std::vec::Vec<::sinew_messages::geometry_msgs::msg::Vector3>,
        /// `hand_msgs/Finger thumb`
        pub thumb: super::msg::Finger,
        /// `arm_msgs/Arm arm`
        pub arm: super::super::arm_msgs::msg::Arm,
        /// `string[2] sides`
        pub sides: [::std::string::String; 2],
        /// `bool[] states`
        pub states: ::std::vec::Vec<bool>,
        /// `uint8 type`
        pub r#type: u8,
        /// `uint8 self`
        #[serde(rename = "self")]
        pub self_: u8,
        /// `bool crate`
        #[serde(rename = "crate")]
        pub crate_: bool,
        /// `float64 match`
        pub r#match: f64,
    }

    impl ::sinew_messages::Message for Everything {
        const TYPE: &'static str = "hand_msgs/msg/Everything";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool OPEN=true\n",
                "byte LOW=15\n",
                "char LETTER=65\n",
                "int8 LEAST=-128\n",
                "uint64 MOST=18446744073709551615\n",
                "float32 PI=3.1415\n",
                "float64 TINY=-1e-300\n",
                "string GREETING=\"it's \\\"here\\\"\"\n",
                "string BARE=\"two words, no quotes\"\n",
                "bool flag true\n",
                "byte octet\n",
                "char letter 97\n",
                "int16 negative -7\n",
                "uint32 count 42\n",
                "float32 ratio 0.5\n",
                "float64 nothing\n",
                "string name \"no name\"\n",
                "string<=10 short \"abc\"\n",
                "string[] words [\"a, b\", \"c\"]\n",
                "float64[] many [1.0, -2.5]\n",
                "float64[3] three [1.0, 2.0, 3.0]\n",
                "int32[<=4] few\n",
                "uint8[] data\n",
                "uint8[<=8] small_data\n",
                "uint8[4] mac\n",
                "float64[36] covariance\n",
                "float32[33] ramp\n",
                "hand_msgs/Finger[40] fingers\n",
                "std_msgs/Header header\n",
                "geometry_msgs/Vector3[] points\n",
                "hand_msgs/Finger thumb\n",
                "arm_msgs/Arm arm\n",
                "string[2] sides\n",
                "bool[] states\n",
                "uint8 type\n",
                "uint8 self\n",
                "bool crate\n",
                "float64 match\n",
            ),
            nested: &[
                <super::msg::Finger as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <::sinew_messages::geometry_msgs::msg::Vector3 as ::sinew_messages::Message>::DEFINITION,
                <super::super::arm_msgs::msg::Arm as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    impl Everything {
        /// `bool OPEN`
        pub const OPEN: bool = true;
        /// `byte LOW`
        pub const LOW: u8 = 15;
        /// `char LETTER`
        pub const LETTER: u8 = 65;
        /// `int8 LEAST`
        pub const LEAST: i8 = -128;
        /// `uint64 MOST`
        pub const MOST: u64 = 18446744073709551615;
        /// `float32 PI`
        pub const PI: f32 = 3.1415;
        /// `float64 TINY`
        pub const TINY: f64 = -1e-300;
        /// `string GREETING`
        pub const GREETING: &'static str = "it's \"here\"";
        /// `string BARE`
        pub const BARE: &'static str = "two words, no quotes";
    }

    impl ::core::default::Default for Everything {
        fn default() -> Self {
            Self {
                flag: true,
                octet: ::core::default::Default::default(),
                letter: 97,
                negative: -7,
                count: 42,
                ratio: 0.5,
                nothing: ::core::default::Default::default(),
                name: ::std::string::String::from("no name"),
                short: ::std::string::String::from("abc"),
                words: ::std::vec![::std::string::String::from("a, b"), ::std::string::String::from("c")],
                many: ::std::vec![1.0, -2.5],
                three: [1.0, 2.0, 3.0],
                few: ::core::default::Default::default(),
                data: ::core::default::Default::default(),
                small_data: ::core::default::Default::default(),
                mac: ::core::default::Default::default(),
                covariance: ::core::array::from_fn(|_| ::core::default::Default::default()),
                ramp: ::core::array::from_fn(|_| ::core::default::Default::default()),
                fingers: ::core::array::from_fn(|_| ::core::default::Default::default()),
                header: ::core::default::Default::default(),
                points: ::core::default::Default::default(),
                thumb: ::core::default::Default::default(),
                arm: ::core::default::Default::default(),
                sides: ::core::default::Default::default(),
                states: ::core::default::Default::default(),
                r#type: ::core::default::Default::default(),
                self_: ::core::default::Default::default(),
                crate_: ::core::default::Default::default(),
                r#match: ::core::default::Default::default(),
            }
        }
    }

    /// `hand_msgs/msg/Finger`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Finger {
        /// `string name`
        pub name: ::std::string::String,
        /// `float64 force`
        pub force: f64,
    }

    impl ::sinew_messages::Message for Finger {
        const TYPE: &'static str = "hand_msgs/msg/Finger";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string name\n",
                "float64 force 1.5\n",
            ),
            nested: &[],
        };
    }

    impl ::core::default::Default for Finger {
        fn default() -> Self {
            Self {
                name: ::core::default::Default::default(),
                force: 1.5,
            }
        }
    }

    /// `hand_msgs/msg/Nothing`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Nothing {
    }

    impl ::sinew_messages::Message for Nothing {
        const TYPE: &'static str = "hand_msgs/msg/Nothing";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `hand_msgs/msg/String`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct String {
        /// `Header header`
        pub header: ::sinew_messages::std_msgs::msg::Header,
        /// `Nothing nothing`
        pub nothing: super::msg::Nothing,
        /// `Nothing[] more`
        pub more: ::std::vec::Vec<super::msg::Nothing>,
        /// `uint32 behind`
        pub behind: u32,
    }

    impl ::sinew_messages::Message for String {
        const TYPE: &'static str = "hand_msgs/msg/String";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/Header header\n",
                "hand_msgs/Nothing nothing\n",
                "hand_msgs/Nothing[] more\n",
                "uint32 behind\n",
            ),
            nested: &[
                <::sinew_messages::std_msgs::msg::Header as ::sinew_messages::Message>::DEFINITION,
                <super::msg::Nothing as ::sinew_messages::Message>::DEFINITION,
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
    /// `hand_msgs/srv/Open`
    #[derive(Debug, Clone, Copy)]
    pub struct Open;

    impl ::sinew_messages::Service for Open {
        const TYPE: &'static str = "hand_msgs/srv/Open";
        type Request = OpenRequest;
        type Response = OpenResponse;
    }

    /// `hand_msgs/srv/Open_Request`
    #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct OpenRequest {
        /// `uint8 how`
        pub how: u8,
    }

    impl ::sinew_messages::Message for OpenRequest {
        const TYPE: &'static str = "hand_msgs/srv/Open_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 SOFT=0\n",
                "uint8 HARD=1\n",
                "uint8 how 1\n",
            ),
            nested: &[],
        };
    }

    impl OpenRequest {
        /// `uint8 SOFT`
        pub const SOFT: u8 = 0;
        /// `uint8 HARD`
        pub const HARD: u8 = 1;
    }

    impl ::core::default::Default for OpenRequest {
        fn default() -> Self {
            Self {
                how: 1,
            }
        }
    }

    /// `hand_msgs/srv/Open_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct OpenResponse {
        /// `bool success`
        pub success: bool,
        /// `string message`
        pub message: ::std::string::String,
        /// `Finger[] fingers`
        pub fingers: ::std::vec::Vec<super::msg::Finger>,
    }

    impl ::sinew_messages::Message for OpenResponse {
        const TYPE: &'static str = "hand_msgs/srv/Open_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool success\n",
                "string message\n",
                "hand_msgs/Finger[] fingers\n",
            ),
            nested: &[
                <super::msg::Finger as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `hand_msgs/srv/Stop`
    #[derive(Debug, Clone, Copy)]
    pub struct Stop;

    impl ::sinew_messages::Service for Stop {
        const TYPE: &'static str = "hand_msgs/srv/Stop";
        type Request = StopRequest;
        type Response = StopResponse;
    }

    /// `hand_msgs/srv/Stop_Request`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct StopRequest {
    }

    impl ::sinew_messages::Message for StopRequest {
        const TYPE: &'static str = "hand_msgs/srv/Stop_Request";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `hand_msgs/srv/Stop_Response`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct StopResponse {
    }

    impl ::sinew_messages::Message for StopResponse {
        const TYPE: &'static str = "hand_msgs/srv/Stop_Response";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }
}

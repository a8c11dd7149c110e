//! Package `std_msgs`, made from its definitions by `sinew_messages::generate`.

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
    /// `std_msgs/msg/Bool`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Bool {
        /// `bool data`
        pub data: bool,
    }

    impl ::sinew_messages::Message for Bool {
        const TYPE: &'static str = "std_msgs/msg/Bool";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "bool data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Byte`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Byte {
        /// `byte data`
        pub data: u8,
    }

    impl ::sinew_messages::Message for Byte {
        const TYPE: &'static str = "std_msgs/msg/Byte";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "byte data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/ByteMultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ByteMultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `byte[] data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub data: ::std::vec::Vec<u8>,
    }

    impl ::sinew_messages::Message for ByteMultiArray {
        const TYPE: &'static str = "std_msgs/msg/ByteMultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "byte[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Char`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Char {
        /// `char data`
        pub data: u8,
    }

    impl ::sinew_messages::Message for Char {
        const TYPE: &'static str = "std_msgs/msg/Char";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "char data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/ColorRGBA`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct ColorRGBA {
        /// `float32 r`
        pub r: f32,
        /// `float32 g`
        pub g: f32,
        /// `float32 b`
        pub b: f32,
        /// `float32 a`
        pub a: f32,
    }

    impl ::sinew_messages::Message for ColorRGBA {
        const TYPE: &'static str = "std_msgs/msg/ColorRGBA";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float32 r\n",
                "float32 g\n",
                "float32 b\n",
                "float32 a\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Empty`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Empty {
    }

    impl ::sinew_messages::Message for Empty {
        const TYPE: &'static str = "std_msgs/msg/Empty";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Float32`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Float32 {
        /// `float32 data`
        pub data: f32,
    }

    impl ::sinew_messages::Message for Float32 {
        const TYPE: &'static str = "std_msgs/msg/Float32";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float32 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Float32MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Float32MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `float32[] data`
        pub data: ::std::vec::Vec<f32>,
    }

    impl ::sinew_messages::Message for Float32MultiArray {
        const TYPE: &'static str = "std_msgs/msg/Float32MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "float32[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Float64`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Float64 {
        /// `float64 data`
        pub data: f64,
    }

    impl ::sinew_messages::Message for Float64 {
        const TYPE: &'static str = "std_msgs/msg/Float64";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "float64 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Float64MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Float64MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `float64[] data`
        pub data: ::std::vec::Vec<f64>,
    }

    impl ::sinew_messages::Message for Float64MultiArray {
        const TYPE: &'static str = "std_msgs/msg/Float64MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "float64[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Header`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Header {
        /// `builtin_interfaces/Time stamp`
        pub stamp: ::sinew_messages::builtin_interfaces::msg::Time,
        /// `string frame_id`
        pub frame_id: ::std::string::String,
    }

    impl ::sinew_messages::Message for Header {
        const TYPE: &'static str = "std_msgs/msg/Header";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "builtin_interfaces/Time stamp\n",
                "string frame_id\n",
            ),
            nested: &[
                <::sinew_messages::builtin_interfaces::msg::Time as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Int16`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int16 {
        /// `int16 data`
        pub data: i16,
    }

    impl ::sinew_messages::Message for Int16 {
        const TYPE: &'static str = "std_msgs/msg/Int16";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int16 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Int16MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int16MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `int16[] data`
        pub data: ::std::vec::Vec<i16>,
    }

    impl ::sinew_messages::Message for Int16MultiArray {
        const TYPE: &'static str = "std_msgs/msg/Int16MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "int16[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Int32`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int32 {
        /// `int32 data`
        pub data: i32,
    }

    impl ::sinew_messages::Message for Int32 {
        const TYPE: &'static str = "std_msgs/msg/Int32";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int32 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Int32MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int32MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `int32[] data`
        pub data: ::std::vec::Vec<i32>,
    }

    impl ::sinew_messages::Message for Int32MultiArray {
        const TYPE: &'static str = "std_msgs/msg/Int32MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "int32[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Int64`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int64 {
        /// `int64 data`
        pub data: i64,
    }

    impl ::sinew_messages::Message for Int64 {
        const TYPE: &'static str = "std_msgs/msg/Int64";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int64 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Int64MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int64MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `int64[] data`
        pub data: ::std::vec::Vec<i64>,
    }

    impl ::sinew_messages::Message for Int64MultiArray {
        const TYPE: &'static str = "std_msgs/msg/Int64MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "int64[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/Int8`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int8 {
        /// `int8 data`
        pub data: i8,
    }

    impl ::sinew_messages::Message for Int8 {
        const TYPE: &'static str = "std_msgs/msg/Int8";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "int8 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/Int8MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct Int8MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `int8[] data`
        pub data: ::std::vec::Vec<i8>,
    }

    impl ::sinew_messages::Message for Int8MultiArray {
        const TYPE: &'static str = "std_msgs/msg/Int8MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "int8[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/MultiArrayDimension`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MultiArrayDimension {
        /// `string label`
        pub label: ::std::string::String,
        /// `uint32 size`
        pub size: u32,
        /// `uint32 stride`
        pub stride: u32,
    }

    impl ::sinew_messages::Message for MultiArrayDimension {
        const TYPE: &'static str = "std_msgs/msg/MultiArrayDimension";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string label\n",
                "uint32 size\n",
                "uint32 stride\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/MultiArrayLayout`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct MultiArrayLayout {
        /// `MultiArrayDimension[] dim`
        pub dim: ::std::vec::Vec<super::msg::MultiArrayDimension>,
        /// `uint32 data_offset`
        pub data_offset: u32,
    }

    impl ::sinew_messages::Message for MultiArrayLayout {
        const TYPE: &'static str = "std_msgs/msg/MultiArrayLayout";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayDimension[] dim\n",
                "uint32 data_offset\n",
            ),
            nested: &[
                <super::msg::MultiArrayDimension as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/String`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct String {
        /// `string data`
        pub data: ::std::string::String,
    }

    impl ::sinew_messages::Message for String {
        const TYPE: &'static str = "std_msgs/msg/String";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "string data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/UInt16`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt16 {
        /// `uint16 data`
        pub data: u16,
    }

    impl ::sinew_messages::Message for UInt16 {
        const TYPE: &'static str = "std_msgs/msg/UInt16";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint16 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/UInt16MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt16MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `uint16[] data`
        pub data: ::std::vec::Vec<u16>,
    }

    impl ::sinew_messages::Message for UInt16MultiArray {
        const TYPE: &'static str = "std_msgs/msg/UInt16MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "uint16[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/UInt32`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt32 {
        /// `uint32 data`
        pub data: u32,
    }

    impl ::sinew_messages::Message for UInt32 {
        const TYPE: &'static str = "std_msgs/msg/UInt32";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint32 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/UInt32MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt32MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `uint32[] data`
        pub data: ::std::vec::Vec<u32>,
    }

    impl ::sinew_messages::Message for UInt32MultiArray {
        const TYPE: &'static str = "std_msgs/msg/UInt32MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "uint32[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/UInt64`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt64 {
        /// `uint64 data`
        pub data: u64,
    }

    impl ::sinew_messages::Message for UInt64 {
        const TYPE: &'static str = "std_msgs/msg/UInt64";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint64 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/UInt64MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt64MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `uint64[] data`
        pub data: ::std::vec::Vec<u64>,
    }

    impl ::sinew_messages::Message for UInt64MultiArray {
        const TYPE: &'static str = "std_msgs/msg/UInt64MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "uint64[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }

    /// `std_msgs/msg/UInt8`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt8 {
        /// `uint8 data`
        pub data: u8,
    }

    impl ::sinew_messages::Message for UInt8 {
        const TYPE: &'static str = "std_msgs/msg/UInt8";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "uint8 data\n",
            ),
            nested: &[],
        };
    }

    /// `std_msgs/msg/UInt8MultiArray`
    #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
    pub struct UInt8MultiArray {
        /// `MultiArrayLayout layout`
        pub layout: super::msg::MultiArrayLayout,
        /// `uint8[] data`
        #[serde(with = "::sinew_messages::cdr::bytes")]
        pub data: ::std::vec::Vec<u8>,
    }

    impl ::sinew_messages::Message for UInt8MultiArray {
        const TYPE: &'static str = "std_msgs/msg/UInt8MultiArray";
        const DEFINITION: ::sinew_messages::Definition = ::sinew_messages::Definition {
            name: Self::TYPE,
            text: ::core::concat!(
                "std_msgs/MultiArrayLayout layout\n",
                "uint8[] data\n",
            ),
            nested: &[
                <super::msg::MultiArrayLayout as ::sinew_messages::Message>::DEFINITION,
            ],
        };
    }
}

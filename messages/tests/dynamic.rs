//! Messages are read by their schemas as by their types, and nothing that a recording may hold harms its reader.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;
mod sample;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sinew_messages::dynamic::{Element, Schema, Value};
use sinew_messages::{Message, cdr, for_each_message, for_each_request_and_response, schema};

/// A value as serde has it, by the names of its type.
fn json(schema: &Schema, element: Element, value: &Value) -> serde_json::Value {
    match (value, element) {
        (Value::Message(values), Element::Message(number)) => {
            let fields = schema.message(number).fields.iter().zip(values);
            let named = fields.map(|(field, value)| (field.name.clone(), json(schema, field.element, value)));
            serde_json::Value::Object(named.collect())
        }
        (Value::List(values), _) => values.iter().map(|value| json(schema, element, value)).collect(),
        (Value::Bytes(bytes), _) => bytes.clone().into(),
        (Value::Bool(value), _) => (*value).into(),
        (Value::Int(value), _) => (*value).into(),
        (Value::Uint(value), _) => (*value).into(),
        (Value::Float32(value), _) => (*value).into(),
        (Value::Float64(value), _) => (*value).into(),
        (Value::Text(value), _) => value.clone().into(),
        (Value::Message(_), _) => panic!("a message where {element:?} was expected"),
    }
}

fn is_read_as_its_type<M: Message>(seed: u64) {
    let message: M = random::message(seed, 5);
    let mut bytes = Vec::new();
    cdr::encode(&message, &mut bytes).unwrap();
    let schema = Schema::parse(M::TYPE, &schema::<M>()).unwrap();
    let value = schema.decode(&bytes).unwrap();
    assert_eq!(
        json(&schema, Element::Message(0), &value),
        serde_json::to_value(&message).unwrap(),
        "{} of seed {seed}",
        M::TYPE
    );
    for length in 0..bytes.len() {
        let error = schema.decode(&bytes[..length]).unwrap_err();
        assert!(error.length == length && error.offset <= length, "{error}");
    }
}

fn refusal(name: &str, text: &str) -> String {
    Schema::parse(name, text).unwrap_err().to_string()
}

#[test]
fn schemas_of_others_are_read() {
    // With comments, without packages, in the order of whoever wrote them, `Header` by its old name.
    let separator = "=".repeat(80);
    let text = format!(
        "# What a hand does.\nHeader header   # when\nFinger[] fingers\n\n{separator}\nMSG: hand_msgs/msg/Finger\n\
         float64 force 1.0\nuint8 MAX=3\n{separator}\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\n\
         string frame_id\n{separator}\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n"
    );
    let schema = Schema::parse("hand_msgs/msg/Grip", &text).unwrap();
    let names: Vec<_> = schema.root().fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["header", "fingers"]);
    assert!(schema.path("header.stamp.sec").is_some());
    let Element::Message(finger) = schema.root().fields[1].element else {
        panic!("{schema:?}")
    };
    assert_eq!(schema.message(finger).constant("MAX"), Some(&Value::Uint(3)));
    assert!(schema.path("fingers.force").is_none() && schema.path("header.sec").is_none());
}

#[test]
fn what_is_wrong_with_a_schema_is_named() {
    let separator = "=".repeat(80);
    assert_eq!(
        refusal("a/msg/B", "b/C c"),
        "the schema of a/msg/B: b/C: expected its definition in the schema, found only those of a/B"
    );
    assert_eq!(
        refusal("a/msg/B", &format!("C c\n{separator}\nMSG: a/C\nB b\n")),
        "the schema of a/msg/B: a/B: expected no message that contains itself, found a/B > a/C"
    );
    assert_eq!(
        refusal("a/msg/B", "uint8 a\nfloat65 b"),
        "the schema of a/msg/B: a/B, line 2: expected a type, such as `float64` or `geometry_msgs/Vector3`, found `float65`"
    );
    let idl = refusal("a/msg/B", &format!("uint8 a\n{separator}\nIDL: a/msg/C\n"));
    assert!(idl.contains("expected a line `MSG: package/Name`"), "{idl}");
    assert!(refusal("B", "uint8 a").contains("expected a type such as"));
    assert!(refusal("a/msg/B", &"uint8 a\n".repeat(20_000)).contains("at most 16384 lines"));
}

#[test]
fn messages_may_not_lie_in_each_other_without_end() {
    let mut text = "M1 m\n".to_owned();
    for depth in 1..40 {
        text += &format!("{}\nMSG: a/M{depth}\nM{} m\n", "=".repeat(80), depth + 1);
    }
    assert!(refusal("a/msg/M0", &text).contains("32 deep at most"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_read_by_its_schema_as_by_its_type(seed: u64) {
        macro_rules! check { ($message:ty) => { is_read_as_its_type::<$message>(seed) } }
        for_each_message!(check);
        for_each_request_and_response!(check);
        check!(sample::hand_msgs::msg::Everything);
        check!(sample::hand_msgs::msg::String);
    }

    #[test]
    fn any_text_is_a_schema_or_refused(
        lines in prop::collection::vec("(MSG: |IDL: |={80}|bool|string<=9|uint8\\[3\\]|float64\\[\\]|a/B|B|Header|int32 X=|#)?[ ]?[a-zA-Z_/=0-9\\[\\]<]{0,9}( [a-z0-9]{0,4})?", 0..12),
        bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        if let Ok(schema) = Schema::parse("a/msg/B", &lines.join("\n")) {
            let _ = schema.decode(&bytes);
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), big_endian: bool) {
        if let Some(header) = bytes.get_mut(..2) {
            header.copy_from_slice(&[0, u8::from(!big_endian)]);
        }
        macro_rules! check {
            ($message:ty) => {
                if let Err(error) = Schema::parse(<$message>::TYPE, &schema::<$message>()).unwrap().decode(&bytes) {
                    assert!(error.offset <= bytes.len(), "{error}");
                }
            };
        }
        for_each_message!(check);
        check!(sample::hand_msgs::msg::Everything);
    }
}

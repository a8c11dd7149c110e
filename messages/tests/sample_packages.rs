//! What the generator makes of a user's definitions compiles, and means what they say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::approx_constant, reason = "a number as a definition has it")]

mod sample;

use sample::hand_msgs::msg::{Everything, Finger, Nothing};
use sample::hand_msgs::srv::{Open, OpenRequest, OpenResponse, StopRequest};
use sinew_messages::{Message, Service, cdr};

#[test]
fn constants_have_their_values() {
    const { assert!(Everything::OPEN) };
    assert_eq!((Everything::LOW, Everything::LETTER, Everything::LEAST), (15, 65, -128));
    assert_eq!(
        (Everything::MOST, Everything::PI, Everything::TINY),
        (u64::MAX, 3.1415, -1e-300)
    );
    assert_eq!(
        (Everything::GREETING, Everything::BARE),
        ("it's \"here\"", "two words, no quotes")
    );
    assert_eq!(OpenRequest::HARD, 1);
}

#[test]
fn default_values_are_those_of_the_definition() {
    let everything = Everything::default();
    assert!(everything.flag);
    assert_eq!(
        (
            everything.octet,
            everything.letter,
            everything.negative,
            everything.count
        ),
        (0, 97, -7, 42)
    );
    assert_eq!((everything.ratio, everything.nothing), (0.5, 0.0));
    assert_eq!(
        (everything.name.as_str(), everything.short.as_str()),
        ("no name", "abc")
    );
    assert_eq!(everything.words, ["a, b", "c"]);
    assert_eq!((everything.many, everything.three), (vec![1.0, -2.5], [1.0, 2.0, 3.0]));
    assert_eq!((everything.covariance, everything.ramp), ([0.0; 36], [0.0; 33]));
    assert!(everything.fingers.iter().all(|finger| finger.force == 1.5));
    assert_eq!(OpenRequest::default().how, OpenRequest::HARD);
}

#[test]
fn types_know_their_ros_names() {
    assert_eq!(Everything::TYPE, "hand_msgs/msg/Everything");
    assert_eq!(Open::TYPE, "hand_msgs/srv/Open");
    assert_eq!(<Open as Service>::Request::TYPE, "hand_msgs/srv/Open_Request");
    assert_eq!(<Open as Service>::Response::TYPE, "hand_msgs/srv/Open_Response");
}

#[test]
fn all_kinds_of_fields_survive_the_wire() {
    let mut everything = Everything {
        few: vec![1, -2],
        data: vec![1, 2, 3],
        small_data: vec![4],
        mac: [1, 2, 3, 4],
        sides: ["left".into(), "right".into()],
        states: vec![true, false],
        r#type: 1,
        self_: 2,
        crate_: true,
        r#match: 4.0,
        ..Everything::default()
    };
    everything.covariance[35] = 35.0;
    everything.fingers[39] = Finger {
        name: "last".into(),
        force: -1.0,
    };
    everything.arm.tip.position.x = 0.25;
    everything
        .points
        .push(sinew_messages::geometry_msgs::msg::Vector3 { x: 1.0, y: 2.0, z: 3.0 });
    survives(&everything);
    survives(&OpenResponse {
        success: true,
        message: "done".into(),
        fingers: vec![Finger::default(); 3],
    });
}

#[test]
fn a_definition_without_fields_is_one_byte() {
    let mut bytes = Vec::new();
    cdr::encode(&StopRequest::default(), &mut bytes).unwrap();
    assert_eq!(bytes, [0, 1, 0, 0, 0]);

    let string = sample::hand_msgs::msg::String {
        more: vec![Nothing {}; 2],
        behind: 7,
        ..Default::default()
    };
    cdr::encode(&string, &mut bytes).unwrap();
    // Stamp, an empty name with its NUL, Nothing, two bytes of padding; two of Nothing, with their number; 7.
    assert_eq!(
        bytes[4..],
        [
            0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0
        ]
    );
    survives(&string);
}

fn survives<M: Message>(message: &M) {
    let mut bytes = Vec::new();
    cdr::encode(message, &mut bytes).unwrap();
    assert_eq!(cdr::decode::<M>(&bytes).as_ref(), Ok(message));
}

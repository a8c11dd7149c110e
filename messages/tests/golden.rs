//! Bytes worked out by hand from the rules of CDR.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use sinew_messages::cdr::{self, EncodeError, Problem};
use sinew_messages::geometry_msgs::msg::Vector3;
use sinew_messages::sensor_msgs::msg::{Image, JointState};
use sinew_messages::std_msgs::msg::{Bool, Empty, Header, String as Text, UInt64};
use sinew_messages::std_srvs::srv::{SetBoolResponse, TriggerRequest};

const LITTLE: [u8; 4] = [0, 1, 0, 0];
const BIG: [u8; 4] = [0, 0, 0, 0];

fn encoded<M: sinew_messages::Message>(message: &M) -> Vec<u8> {
    let mut bytes = vec![7; 100];
    cdr::encode(message, &mut bytes).unwrap();
    assert_eq!(cdr::decode::<M>(&bytes).as_ref(), Ok(message));
    assert_eq!(bytes[..4], LITTLE);
    bytes[4..].to_vec()
}

fn problem<M: sinew_messages::Message>(header: [u8; 4], body: &[u8]) -> Problem {
    cdr::decode::<M>(&[&header, body].concat()).unwrap_err().problem
}

#[test]
fn a_header_is_a_stamp_and_a_string_with_its_nul() {
    let mut header = Header {
        frame_id: "imu".into(),
        ..Header::default()
    };
    header.stamp.sec = -2;
    header.stamp.nanosec = 0x0102_0304;
    assert_eq!(
        encoded(&header),
        [254, 255, 255, 255, 4, 3, 2, 1, 4, 0, 0, 0, b'i', b'm', b'u', 0]
    );
}

#[test]
fn numbers_are_aligned_behind_the_encapsulation() {
    let state = JointState {
        name: vec!["a".into()],
        position: vec![1.0],
        effort: vec![-2.0],
        ..Default::default()
    };
    let expected = [
        &[0; 8][..],                              // stamp
        &[1, 0, 0, 0, 0, 0, 0, 0],                // frame_id, and padding to the number of names
        &[1, 0, 0, 0, 2, 0, 0, 0, b'a', 0, 0, 0], // name, and padding to the number of positions
        &[1, 0, 0, 0],                            // position: 32 bytes lie before the element
        &[0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
        &[0, 0, 0, 0], // velocity
        &[1, 0, 0, 0], // effort
        &[0, 0, 0, 0, 0, 0, 0, 0xc0],
    ];
    assert_eq!(encoded(&state), expected.concat());
}

#[test]
fn a_bool_and_the_absence_of_fields_are_one_byte() {
    assert_eq!(encoded(&Bool { data: true }), [1]);
    assert_eq!(encoded(&Empty {}), [0]);
    assert_eq!(encoded(&TriggerRequest {}), [0]);
    assert_eq!(
        encoded(&SetBoolResponse {
            success: true,
            message: String::new()
        }),
        [1, 0, 0, 0, 1, 0, 0, 0, 0],
        "an empty string is its NUL"
    );
}

#[test]
fn bytes_are_copied_behind_their_length() {
    let image = Image {
        encoding: "mono8".into(),
        data: vec![1, 2, 3],
        ..Image::default()
    };
    assert!(encoded(&image).ends_with(&[3, 0, 0, 0, 1, 2, 3]));
}

#[test]
fn both_byte_orders_are_read() {
    let big = [&BIG[..], &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, b'x', 0]].concat();
    let header: Header = cdr::decode(&big).unwrap();
    assert_eq!(
        (header.stamp.sec, header.stamp.nanosec, header.frame_id.as_str()),
        (1, 2, "x")
    );

    let vector = Vector3 {
        x: 1.0,
        y: -0.5,
        z: 1e300,
    };
    let numbers = [vector.x, vector.y, vector.z].map(f64::to_be_bytes).concat();
    assert_eq!(cdr::decode(&[&BIG[..], &numbers].concat()), Ok(vector));
    assert_eq!(
        cdr::decode(&[&BIG[..], &[0, 0, 0, 0, 0, 0, 1, 2]].concat()),
        Ok(UInt64 { data: 258 })
    );
}

#[test]
fn senders_may_leave_out_the_nul_and_leave_bytes_behind() {
    let lone = [&LITTLE[..], &[0, 0, 0, 0]].concat();
    assert_eq!(cdr::decode(&lone), Ok(Text::default()));
    let long = [&LITTLE[..], &[2, 0, 0, 0, b'x', 0, 99, 99, 99, 99, 99]].concat();
    assert_eq!(cdr::decode(&long), Ok(Text { data: "x".into() }));
}

#[test]
fn an_error_says_what_was_expected_where_and_how_much_there_was() {
    let error = cdr::decode::<Vector3>(&[0, 1, 0, 0, 1, 2, 3]).unwrap_err();
    assert_eq!((error.offset, error.length), (4, 7));
    assert!(
        error
            .to_string()
            .contains("Vector3: at byte 4 of 7, expected f64 in 8 more bytes, and 3 are left")
    );

    let error = cdr::decode::<Vector3>(&[0, 3, 0, 0]).unwrap_err();
    assert_eq!((error.offset, error.problem), (0, Problem::Representation([0, 3])));
    assert_eq!(problem::<Bool>(LITTLE, &[2]), Problem::Bool(2));
    assert_eq!(problem::<Text>(LITTLE, &[2, 0, 0, 0, 0xff, 0]), Problem::Utf8);
    let too_short = Problem::Ends {
        expected: "a string",
        needed: 0x0100_0000,
        found: 2,
    };
    assert_eq!(problem::<Text>(BIG, &[1, 0, 0, 0, 0xff, 0]), too_short);
}

#[test]
fn a_length_beyond_the_input_is_refused_before_anything_is_made_room_for() {
    let body = [&[0; 8][..], &[1, 0, 0, 0, 0, 0, 0, 0], &[255; 4], &[0; 8]].concat();
    assert_eq!(
        problem::<JointState>(LITTLE, &body),
        Problem::Sequence {
            elements: u32::MAX,
            found: 8
        }
    );

    // A sequence never announces more elements than there are bytes left: room is made by what it announces.
    #[derive(Debug)]
    struct Announced(Option<usize>);
    impl<'de> Deserialize<'de> for Announced {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_seq(Announcement)
        }
    }
    struct Announcement;
    impl<'de> Visitor<'de> for Announcement {
        type Value = Announced;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a sequence")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Announced, A::Error> {
            Ok(Announced(sequence.size_hint()))
        }
    }
    let announced: Announced = cdr::decode(&[&LITTLE[..], &[5, 0, 0, 0], &[0; 5]].concat()).unwrap();
    assert_eq!(announced.0, Some(5));
    let refused = cdr::decode::<Announced>(&[&LITTLE[..], &[6, 0, 0, 0], &[0; 5]].concat()).unwrap_err();
    assert_eq!(refused.problem, Problem::Sequence { elements: 6, found: 5 });
}

#[test]
fn what_no_ros_message_has_is_refused() {
    let mut bytes = Vec::new();
    assert_eq!(
        cdr::encode(&Some(1), &mut bytes),
        Err(EncodeError::Unsupported("an option"))
    );
    assert_eq!(
        cdr::encode(&'x', &mut bytes),
        Err(EncodeError::Unsupported("a character"))
    );
    let error = cdr::decode::<Option<u8>>(&[0, 1, 0, 0, 1]).unwrap_err();
    assert_eq!(error.problem, Problem::Unsupported("an option"));
}

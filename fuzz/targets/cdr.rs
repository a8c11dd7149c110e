//! Messages off the wire: an error, or one that is the same after it was written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sinew_fuzz::plant;
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_messages::sensor_msgs::msg::{CameraInfo, CompressedImage, Image, JointState};
use sinew_messages::tf2_msgs::msg::TFMessage;
use sinew_messages::vision_msgs::msg::Detection2DArray;
use sinew_messages::{Message, cdr};

/// For each type: how it is read and written again, and a seed.
const TYPES: [(fn(&[u8]), fn() -> Vec<u8>); 7] = [
    (again::<Image>, seed::<Image>),
    (again::<CompressedImage>, seed::<CompressedImage>),
    (again::<CameraInfo>, seed::<CameraInfo>),
    (again::<Detection2DArray>, seed::<Detection2DArray>),
    (again::<JointState>, seed::<JointState>),
    (again::<TFMessage>, seed::<TFMessage>),
    (again::<DiagnosticArray>, seed::<DiagnosticArray>),
];

fuzz_target!(init: plant("cdr", seeds()), |bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    TYPES[usize::from(*first) % TYPES.len()].0(bytes);
});

fn again<M: Message>(bytes: &[u8]) {
    let Ok(message) = cdr::decode::<M>(bytes) else { return };
    let written = encoded(&message);
    let Ok(read) = cdr::decode::<M>(&written) else {
        panic!("what was written can be read")
    };
    // Not the messages: a NaN is unequal to itself.
    assert_eq!(encoded(&read), written);
}

fn encoded<M: Message>(message: &M) -> Vec<u8> {
    let mut bytes = Vec::new();
    match cdr::encode(message, &mut bytes) {
        Ok(()) => bytes,
        Err(error) => panic!("what was read can be written: {error}"),
    }
}

/// An empty message, and room for what a longer one would hold.
fn seed<M: Message>() -> Vec<u8> {
    let mut bytes = encoded(&M::default());
    bytes.extend([1, 0, 0, 0].repeat(24));
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let seed = |(i, (_, seed)): (u8, &(fn(&[u8]), fn() -> Vec<u8>))| [&[i][..], &seed()].concat();
    (0..).zip(&TYPES).map(seed).collect()
}

//! What holds for every shipped message: it survives the wire, and nothing on the wire harms its reader.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sinew_messages::{Message, cdr, for_each_message, for_each_request_and_response};

fn written<M: Message>(message: &M) -> Vec<u8> {
    let mut bytes = Vec::new();
    cdr::encode(message, &mut bytes).unwrap();
    bytes
}

fn survives<M: Message>(seed: u64) {
    let message: M = random::message(seed, 6);
    let bytes = written(&message);
    let read: M = cdr::decode(&bytes).unwrap();
    assert_eq!(read, message, "{} of seed {seed}", M::TYPE);
    assert_eq!(written(&read), bytes, "{} of seed {seed}", M::TYPE);
}

fn misses_each_byte<M: Message>(seed: u64) {
    let bytes = written::<M>(&random::message(seed, 3));
    for length in 0..bytes.len() {
        let error = cdr::decode::<M>(&bytes[..length]).unwrap_err();
        assert_eq!(error.length, length);
        assert!(error.offset <= length, "{error}");
    }
}

/// Reads bytes that may be anything. What can be read can be written again.
fn takes<M: Message>(bytes: &[u8]) {
    match cdr::decode::<M>(bytes) {
        Ok(message) => drop(written(&message)),
        Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
    }
}

fn takes_damaged<M: Message>(seed: u64, place: usize, flipped: u8) {
    let bytes = written::<M>(&random::message(seed, 6));
    let place = place % bytes.len();
    let mut damaged = bytes.clone();
    damaged[place] ^= flipped;
    takes::<M>(&damaged);

    let mut damaged = bytes;
    for byte in damaged.iter_mut().skip(place & !3).take(4) {
        *byte = 255;
    }
    takes::<M>(&damaged);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn every_message_survives_the_wire(seed: u64) {
        macro_rules! check { ($message:ty) => { survives::<$message>(seed) } }
        for_each_message!(check);
        for_each_request_and_response!(check);
    }

    #[test]
    fn a_byte_that_is_missing_is_noticed(seed: u64) {
        macro_rules! check { ($message:ty) => { misses_each_byte::<$message>(seed) } }
        for_each_message!(check);
        for_each_request_and_response!(check);
    }

    #[test]
    fn bytes_of_anything_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), big_endian: bool) {
        if let Some(header) = bytes.get_mut(..2) {
            header.copy_from_slice(&[0, u8::from(!big_endian)]);
        }
        macro_rules! check { ($message:ty) => { takes::<$message>(&bytes) } }
        for_each_message!(check);
        for_each_request_and_response!(check);
    }

    #[test]
    fn damaged_messages_are_read_or_refused(seed: u64, place: usize, flipped in 1u8..) {
        macro_rules! check { ($message:ty) => { takes_damaged::<$message>(seed, place, flipped) } }
        for_each_message!(check);
        for_each_request_and_response!(check);
    }
}

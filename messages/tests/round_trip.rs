//! What is written is what is read, for every shipped message.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;
#[macro_use]
mod shipped;

use proptest::prelude::*;
use sinew_messages::{Message, cdr};

fn survives<M: Message>(seed: u64) {
    let message: M = random::message(seed, 6);
    let mut bytes = Vec::new();
    cdr::encode(&message, &mut bytes).unwrap();
    let read: M = cdr::decode(&bytes).unwrap();
    assert_eq!(read, message, "{} of seed {seed}", M::TYPE);

    let mut again = vec![255; 3];
    cdr::encode(&read, &mut again).unwrap();
    assert_eq!(again, bytes, "{} of seed {seed}", M::TYPE);
}

fn loses_no_byte<M: Message>(seed: u64) {
    let message: M = random::message(seed, 6);
    let mut bytes = Vec::new();
    cdr::encode(&message, &mut bytes).unwrap();
    for length in 0..bytes.len() {
        let error = cdr::decode::<M>(&bytes[..length]).unwrap_err();
        assert_eq!(error.length, length);
        assert!(error.offset <= length, "{error}");
    }
    bytes.extend([0; 4]);
    assert!(cdr::decode::<M>(&bytes).is_err(), "four bytes too many for a {}", M::TYPE);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_survives_the_wire(seed: u64) {
        macro_rules! check { ($message:ty) => { survives::<$message>(seed) } }
        for_each_message!(check);
    }

    #[test]
    fn bytes_that_are_missing_or_too_many_are_noticed(seed: u64) {
        macro_rules! check { ($message:ty) => { loses_no_byte::<$message>(seed) } }
        for_each_message!(check);
    }
}

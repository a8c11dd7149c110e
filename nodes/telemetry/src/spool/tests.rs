use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::format::{VERSION, record_size};
use super::memory_disk::MemoryDisk;
use super::positions::{FILE, SLOT};
use super::*;

const SEGMENT: u64 = 300;

fn open(disk: &MemoryDisk, limits: Limits) -> (Spool, Opened) {
    Spool::on(Box::new(disk.clone()), limits, Path::new("spool")).unwrap()
}

fn wide() -> Limits {
    Limits::same(1 << 30, 1 << 20, SEGMENT)
}

/// A message that tells which one it is.
fn message(class: Class, n: u64) -> Vec<u8> {
    let mut bytes = format!("{class} {n} ").into_bytes();
    bytes.resize(16 + (n % 40) as usize, b'.');
    bytes
}

/// Takes and acknowledges all that is there.
fn drain(spool: &mut Spool) -> Vec<Outgoing> {
    let mut all = Vec::new();
    while let Some(outgoing) = spool.take_next(|_, _| true) {
        spool.acknowledge(outgoing.class, outgoing.sequence);
        all.push(outgoing);
    }
    all
}

#[test]
fn messages_come_back_in_their_order_the_highest_class_first() {
    let disk = MemoryDisk::default();
    let (mut spool, _) = open(&disk, wide());
    for n in 1..=20 {
        for class in [Class::Bulk, Class::Health, Class::Safety] {
            assert_eq!(spool.push(class, &message(class, n)).unwrap(), n);
        }
    }
    let came: Vec<(Class, u64)> = drain(&mut spool).iter().map(|out| (out.class, out.sequence)).collect();
    let expected = [Class::Safety, Class::Health, Class::Bulk].map(|class| (1..=20).map(move |n| (class, n)));
    assert_eq!(came, expected.into_iter().flatten().collect::<Vec<_>>());
}

#[test]
fn what_was_acknowledged_is_deleted_and_its_numbers_never_come_again() {
    let disk = MemoryDisk::default();
    let mut last = 0;
    for _ in 0..5 {
        let (mut spool, opened) = open(&disk, wide());
        assert_eq!(opened.damage, Vec::<String>::new());
        for n in 0..50 {
            let sequence = spool.push(Class::Events, &message(Class::Events, n)).unwrap();
            assert_eq!(sequence, last + 1, "a process that ended in order leaves no gap");
            last = sequence;
        }
        drain(&mut spool);
        spool.close().unwrap();
        let (spool, _) = open(&disk, wide());
        spool.close().unwrap();
        assert_eq!(disk.names(), [FILE]);
    }
}

#[test]
fn a_message_over_the_quota_takes_the_place_of_the_oldest_of_the_lowest_class_and_the_gap_is_told() {
    let disk = MemoryDisk::default();
    let limits = Limits {
        total: Quota {
            bytes: 1 << 20,
            messages: 10,
        },
        ..wide()
    };
    let (mut spool, _) = open(&disk, limits);
    for n in 1..=8 {
        spool.push(Class::Bulk, &message(Class::Bulk, n)).unwrap();
    }
    for n in 1..=6 {
        spool.push(Class::Safety, &message(Class::Safety, n)).unwrap();
    }
    assert_eq!(spool.counts(Class::Bulk).dropped, 4);
    let came = drain(&mut spool);
    assert_eq!(came.len(), 10);
    let bulk = came.iter().find(|out| out.class == Class::Bulk).unwrap();
    assert_eq!(bulk.sequence, 5);
    assert_eq!(
        bulk.gaps,
        [Gap {
            from: 1,
            to: 4,
            reason: Reason::Quota
        }]
    );
    assert!(spool.gaps(Class::Bulk).is_empty(), "what was acknowledged was told");
}

#[test]
fn what_matters_more_never_gives_way() {
    let disk = MemoryDisk::default();
    let (mut spool, _) = open(&disk, Limits::same(1 << 20, 5, SEGMENT));
    for n in 1..=5 {
        spool.push(Class::Safety, &message(Class::Safety, n)).unwrap();
    }
    let refused = spool.push(Class::Bulk, b"later").unwrap_err();
    assert!(matches!(refused, PushError::Full { class: Class::Bulk }), "{refused}");
    assert_eq!(spool.counts(Class::Safety).messages, 5);
    drain(&mut spool);
    spool.push(Class::Bulk, b"later").unwrap();
    let gaps = drain(&mut spool).remove(0).gaps;
    assert_eq!((gaps[0].from, gaps[0].to, gaps[0].reason), (1, 1, Reason::Quota));
}

#[test]
fn on_a_full_disk_safety_goes_on_as_long_as_anything_can_give_way() {
    let disk = MemoryDisk::default();
    let (mut spool, _) = open(&disk, wide());
    for n in 1..=100 {
        spool.push(Class::Bulk, &message(Class::Bulk, n)).unwrap();
        spool.push(Class::Health, &message(Class::Health, n)).unwrap();
    }
    disk.set_room(Some(0));
    for n in 1..=150 {
        assert_eq!(spool.push(Class::Safety, &message(Class::Safety, n)).unwrap(), n);
    }
    let (bulk, health) = (spool.counts(Class::Bulk), spool.counts(Class::Health));
    assert_eq!(bulk.messages, 0, "the lowest class gave way first");
    assert!(bulk.dropped == 100 && health.dropped > 0 && health.messages > 0);
    // Then its own oldest.
    for n in 151..=1000 {
        spool.push(Class::Safety, &message(Class::Safety, n)).unwrap();
    }
    let (mut spool, opened) = open(&disk, wide());
    assert_eq!(opened.damage, Vec::<String>::new());
    let came = drain(&mut spool);
    let (last, first) = (came.last().unwrap().sequence, &came[0]);
    assert_eq!(last, 1000);
    assert_eq!(
        first.gaps[0],
        Gap {
            from: 1,
            to: first.sequence - 1,
            reason: Reason::Quota
        }
    );
}

#[test]
fn a_message_that_is_refused_for_good_is_kept_aside_and_told() {
    let disk = MemoryDisk::default();
    let (mut spool, _) = open(&disk, wide());
    for n in 1..=3 {
        spool.push(Class::Events, &message(Class::Events, n)).unwrap();
    }
    let first = spool.take_next(|_, _| true).unwrap();
    spool.move_aside(first.class, first.sequence);
    let rest = drain(&mut spool);
    assert_eq!(rest.iter().map(|out| out.sequence).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(rest[0].gaps[0].reason, Reason::Refused);
    assert!(disk.names().contains(&"aside-events-00000000000000000001".to_owned()));
}

#[test]
fn a_spool_of_another_version_and_one_that_is_open_are_refused_with_words() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(folder.path(), wide()).unwrap();
    let said = Spool::open(folder.path(), wide()).unwrap_err().to_string();
    assert!(said.contains("another process has this spool open"), "{said}");
    spool.close().unwrap();

    let path = folder.path().join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    for slot in bytes.chunks_exact_mut(SLOT) {
        slot[8..12].copy_from_slice(&(VERSION + 1).to_le_bytes());
        let crc = crc32c::crc32c(&slot[..SLOT - 4]);
        slot[SLOT - 4..].copy_from_slice(&crc.to_le_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
    let said = Spool::open(folder.path(), wide()).unwrap_err().to_string();
    assert!(said.contains("expected a spool of version 1, found 2"), "{said}");
}

/// A closed spool of 20 messages in two classes, its disk and the message of each number.
fn written() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let (mut spool, _) = open(&disk, wide());
    for n in 1..=20 {
        spool.push(Class::Safety, &message(Class::Safety, n)).unwrap();
        spool.push(Class::Health, &message(Class::Health, n)).unwrap();
    }
    spool.close().unwrap();
    disk
}

/// Opens it and sends all that is there: each message as it was, none twice, and what is missing in front of one that
/// came is told. Returns how many came.
fn all_that_is_whole_goes_out(disk: &MemoryDisk) -> (usize, Opened) {
    let (mut spool, opened) = open(disk, wide());
    for class in [Class::Safety, Class::Health] {
        spool.push(class, b"behind").unwrap();
    }
    let came = drain(&mut spool);
    for class in [Class::Safety, Class::Health] {
        let mut told: BTreeSet<u64> = BTreeSet::new();
        let mut arrived = BTreeSet::new();
        for outgoing in came.iter().filter(|outgoing| outgoing.class == class) {
            told.extend(outgoing.gaps.iter().flat_map(|gap| gap.from..=gap.to));
            assert!(arrived.insert(outgoing.sequence), "{} twice", outgoing.sequence);
            if outgoing.message != b"behind" {
                assert_eq!(outgoing.message, message(class, outgoing.sequence));
            }
        }
        let last = *arrived.last().unwrap();
        let first_told = spool.counts(class).next;
        assert_eq!(first_told, last + 1);
        for n in 1..=last {
            assert!(
                arrived.contains(&n) || told.contains(&n) || opened_is_lost(&opened),
                "{class} {n}"
            );
        }
    }
    (came.len() - 2, opened)
}

/// With both slots gone it is not known where numbers began.
fn opened_is_lost(opened: &Opened) -> bool {
    opened.damage.iter().any(|said| said.contains("goes out again"))
}

#[test]
fn a_file_that_was_cut_off_at_any_length_loses_what_was_cut_off_and_no_more() {
    let whole = written();
    for name in whole.names() {
        let bytes = whole.bytes(&name);
        for length in 0..bytes.len() {
            // The middle of the slots is like their ends.
            if name == FILE && length % 97 != 0 {
                continue;
            }
            let disk = whole.copy();
            disk.set_bytes(&name, bytes[..length].to_vec());
            let (came, opened) = all_that_is_whole_goes_out(&disk);
            let lost = super::format::scan(&bytes).found.len() - super::format::scan(&bytes[..length]).found.len();
            let lost = if name == FILE { 0 } else { lost };
            assert_eq!(came, 40 - lost, "{name} of {length} bytes");
            assert!(
                lost == 0 || !opened.damage.is_empty(),
                "{name} of {length} bytes: nothing was said"
            );
        }
    }
}

#[test]
fn a_flipped_bit_costs_the_message_that_it_is_in_and_no_other() {
    let whole = written();
    for name in whole.names() {
        let bytes = whole.bytes(&name);
        for at in 0..bytes.len() {
            let disk = whole.copy();
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            disk.set_bytes(&name, flipped);
            let (came, opened) = all_that_is_whole_goes_out(&disk);
            let lost = usize::from(name != FILE && at >= super::format::SEGMENT_HEADER);
            assert_eq!(came, 40 - lost, "{name}, byte {at}");
            assert!(!opened.damage.is_empty(), "{name}, byte {at}: nothing was said");
        }
    }
}

#[test]
fn a_segment_that_is_gone_is_told_as_damage() {
    let disk = written();
    let (name, class) = (disk.names().into_iter().nth(1).unwrap(), Class::Health);
    let mut erased = disk.clone();
    super::disk::Disk::remove(&mut erased, &name).unwrap();
    let (_, opened) = open(&disk, wide());
    assert!(
        opened
            .damage
            .iter()
            .any(|said| said.contains(class.name()) && said.contains("are not there"))
    );
}

#[test]
fn damage_that_comes_while_it_is_open_is_counted_and_stepped_over() {
    let disk = MemoryDisk::default();
    let (mut spool, _) = open(&disk, wide());
    for n in 1..=3 {
        spool.push(Class::Events, &message(Class::Events, n)).unwrap();
    }
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = disk.bytes(&name);
    bytes[super::format::SEGMENT_HEADER + record_size(0)] ^= 1;
    disk.set_bytes(&name, bytes);
    let came = drain(&mut spool);
    assert_eq!(came.iter().map(|out| out.sequence).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(came[0].gaps[0].reason, Reason::Damaged);
    assert_eq!(spool.counts(Class::Events).damaged, 1);
}

#[derive(Debug, Clone)]
enum Step {
    Push(Class),
    Take,
    Acknowledge(usize),
    PutBack(usize),
    MoveAside(usize),
    Sync,
    /// The process ends in order.
    Close,
    /// The process is killed.
    Kill,
    PowerCut(u64),
    /// How much fits on the disk from now on.
    Room(Option<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    let class = (0..Class::ALL.len()).prop_map(|at| Class::ALL[at]);
    prop_oneof![
        30 => class.prop_map(Step::Push),
        15 => Just(Step::Take),
        12 => any::<usize>().prop_map(Step::Acknowledge),
        2 => any::<usize>().prop_map(Step::PutBack),
        1 => any::<usize>().prop_map(Step::MoveAside),
        4 => Just(Step::Sync),
        1 => Just(Step::Close),
        3 => Just(Step::Kill),
        2 => any::<u64>().prop_map(Step::PowerCut),
        1 => proptest::option::of(0_usize..2000).prop_map(Step::Room),
    ]
}

/// What is known of a message that was pushed.
#[derive(Debug)]
struct Known {
    message: Vec<u8>,
    is_synced: bool,
    /// Whether a power cut came before it was synced: then it may be gone.
    may_be_gone: bool,
    has_arrived: bool,
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("SINEW_SPOOL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1500),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_message_arrives_or_is_told_as_a_gap_whatever_happens(
        steps in proptest::collection::vec(step(), 1..150),
        messages in prop_oneof![Just(1000_u64), 5_u64..40],
    ) {
        let limits = Limits::same(1 << 20, messages, SEGMENT);
        let disk = MemoryDisk::default();
        let (mut spool, _) = open(&disk, limits);
        let mut known: BTreeMap<(Class, u64), Known> = BTreeMap::new();
        let mut told: BTreeMap<(Class, u64), Reason> = BTreeMap::new();
        let mut in_flight: Vec<Outgoing> = Vec::new();
        let mut pushed = 0;
        let mut arrive = |known: &mut BTreeMap<(Class, u64), Known>, outgoing: &Outgoing| {
            let message = known.get_mut(&(outgoing.class, outgoing.sequence)).expect("a message that was pushed");
            assert_eq!(message.message, outgoing.message);
            message.has_arrived = true;
            for gap in &outgoing.gaps {
                told.extend((gap.from..=gap.to).map(|n| ((outgoing.class, n), gap.reason)));
            }
        };
        for step in steps {
            match step {
                Step::Push(class) => {
                    pushed += 1;
                    let bytes = message(class, pushed);
                    if let Ok(sequence) = spool.push(class, &bytes) {
                        let newest = known.range((class, 0)..=(class, u64::MAX)).next_back();
                        prop_assert!(newest.is_none_or(|((_, newest), _)| sequence > *newest), "a number came again");
                        known.insert((class, sequence), Known {
                            message: bytes,
                            is_synced: class == Class::Safety,
                            may_be_gone: false,
                            has_arrived: false,
                        });
                    }
                }
                Step::Take => in_flight.extend(spool.take_next(|_, _| true)),
                Step::Acknowledge(at) if !in_flight.is_empty() => {
                    let outgoing = in_flight.swap_remove(at % in_flight.len());
                    arrive(&mut known, &outgoing);
                    spool.acknowledge(outgoing.class, outgoing.sequence);
                }
                Step::PutBack(at) if !in_flight.is_empty() => {
                    let outgoing = in_flight.swap_remove(at % in_flight.len());
                    spool.put_back(outgoing.class, outgoing.sequence);
                }
                Step::MoveAside(at) if !in_flight.is_empty() => {
                    let outgoing = in_flight.swap_remove(at % in_flight.len());
                    spool.move_aside(outgoing.class, outgoing.sequence);
                }
                Step::Acknowledge(_) | Step::PutBack(_) | Step::MoveAside(_) => {}
                Step::Sync => {
                    spool.sync().unwrap();
                    known.values_mut().filter(|message| !message.may_be_gone).for_each(|message| message.is_synced = true);
                }
                Step::Room(room) => disk.set_room(room),
                Step::Close | Step::Kill | Step::PowerCut(_) => {
                    in_flight.clear();
                    match step {
                        Step::Close => spool.close().unwrap(),
                        _ => drop(spool),
                    }
                    if let Step::PowerCut(seed) = step {
                        disk.power_cut(&mut Pcg64Mcg::seed_from_u64(seed));
                        known.values_mut().filter(|message| !message.is_synced).for_each(|message| message.may_be_gone = true);
                    }
                    spool = open(&disk, limits).0;
                }
            }
            let counts = Class::ALL.map(|class| spool.counts(class));
            prop_assert!(counts.iter().map(|count| count.messages).sum::<u64>() <= messages);
        }
        // In the end everything goes out, and one more of each class tells of the gaps.
        disk.set_room(None);
        for outgoing in std::mem::take(&mut in_flight) {
            spool.put_back(outgoing.class, outgoing.sequence);
        }
        let mut rest = drain(&mut spool);
        for _ in 0..=super::gaps::MOST {
            for class in Class::ALL {
                let sequence = spool.push(class, b"last").unwrap();
                known.insert((class, sequence), Known {
                    message: b"last".to_vec(),
                    is_synced: true,
                    may_be_gone: false,
                    has_arrived: false,
                });
            }
            rest.extend(drain(&mut spool));
        }
        for outgoing in &rest {
            arrive(&mut known, outgoing);
        }
        for ((class, sequence), message) in &known {
            let reason = told.get(&(*class, *sequence));
            let said = format!("{class} {sequence}: {message:?}, told {reason:?}");
            prop_assert!(message.has_arrived || reason.is_some(), "{}", said);
            // A power cut alone may take what was not synced, and nothing else is ever damaged.
            let may_be_damaged = message.has_arrived || message.may_be_gone;
            let is_lost = matches!(reason, Some(Reason::Damaged | Reason::Restart));
            prop_assert!(!is_lost || may_be_damaged, "{}", said);
        }
    }
}

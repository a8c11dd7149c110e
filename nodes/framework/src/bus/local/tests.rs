//! What holds for the local bus alone, or is too rare an interleaving to be seen over DDS.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sinew_messages::Service;
use sinew_messages::std_msgs::msg::{String as Text, UInt64};
use sinew_messages::std_srvs::srv::{SetBool, Trigger};

use super::super::{Client, Input, Publisher, Reliability, Requests, answer, listen};
use super::*;

const TOPIC: &str = "number";
const SERVICE: &str = "switch";

fn publisher(bus: &LocalBus, qos: Qos) -> Publisher<UInt64> {
    Publisher::new(&*bus.node("talker", "/"), TOPIC, qos).unwrap()
}

fn input(bus: &LocalBus, qos: Qos) -> Input<UInt64> {
    Input::new(&*bus.node("listener", "/"), TOPIC, qos).unwrap()
}

fn taken(input: &Input<UInt64>) -> Vec<u64> {
    std::iter::from_fn(|| input.try_recv())
        .map(|number| number.data)
        .collect()
}

fn number(data: u64) -> UInt64 {
    UInt64 { data }
}

fn is_empty(bus: &LocalBus) -> bool {
    format!("{:?}", lock(&bus.graph)) == format!("{:?}", Graph::default())
}

#[tokio::main(flavor = "current_thread")]
async fn call(bus: &LocalBus) -> Result<Arc<<SetBool as Service>::Response>, BusError> {
    let client = Client::<SetBool>::new(bus.node("client", "/"), SERVICE);
    client.call(Default::default(), Duration::from_secs(60)).await
}

#[test]
fn a_late_joiner_misses_nothing_and_gets_nothing_twice_while_others_publish() {
    const COUNT: u64 = 300;
    let bus = LocalBus::new();
    let durable = Qos::latched().keep_last(COUNT as usize);
    for round in 0..200 {
        let publisher = publisher(&bus, durable);
        let published = AtomicU64::new(0);
        let (sender, received) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                for data in 0..COUNT {
                    publisher.publish(number(data)).unwrap();
                    published.store(data + 1, Ordering::Relaxed);
                }
            });
            while published.load(Ordering::Relaxed) < round {
                std::hint::spin_loop();
            }
            let _joined = listen(&*bus.node("late", "/"), TOPIC, durable, move |number: Arc<UInt64>| {
                sender.send(number.data).unwrap();
            });
            let all: Vec<u64> = received.iter().take(COUNT as usize).collect();
            assert!(all.iter().copied().eq(0..COUNT), "{all:?}");
        });
    }
}

#[test]
fn what_is_published_while_a_late_joiner_catches_up_comes_after_what_it_missed() {
    let bus = LocalBus::new();
    let durable = Qos::latched().keep_last(2);
    let publisher = Arc::new(publisher(&bus, durable));
    publisher.publish(number(0)).unwrap();
    publisher.publish(number(1)).unwrap();
    let (sender, received) = mpsc::channel();
    let echo = publisher.clone();
    let _joined = listen(&*bus.node("late", "/"), TOPIC, durable, move |got: Arc<UInt64>| {
        sender.send(got.data).unwrap();
        if got.data == 0 {
            echo.publish(number(2)).unwrap();
        }
    });
    assert!(received.try_iter().eq(0..3));
}

#[test]
fn an_input_counts_what_it_lets_go() {
    let bus = LocalBus::new();
    let (input, publisher) = (input(&bus, Qos::default()), publisher(&bus, Qos::default()));
    (0..1000).for_each(|data| publisher.publish(number(data)).unwrap());
    assert_eq!(input.dropped(), 990);
    assert!(taken(&input).into_iter().eq(990..1000));
}

#[test]
fn a_late_joiner_is_given_no_more_than_it_keeps() {
    let bus = LocalBus::new();
    let publisher = publisher(&bus, Qos::latched().keep_last(10));
    (0..20).for_each(|data| publisher.publish(number(data)).unwrap());
    let input = input(&bus, Qos::latched().keep_last(3));
    assert_eq!((taken(&input), input.dropped()), (vec![17, 18, 19], 0));
}

#[test]
fn a_latched_message_vanishes_with_its_publisher() {
    let bus = LocalBus::new();
    let (kept, vanished) = (publisher(&bus, Qos::latched()), publisher(&bus, Qos::latched()));
    kept.publish(number(1)).unwrap();
    vanished.publish(number(2)).unwrap();
    drop(vanished);
    assert_eq!(taken(&input(&bus, Qos::latched())), [1]);
}

#[test]
fn a_subscriber_that_panics_harms_neither_the_publisher_nor_the_others() {
    let bus = LocalBus::new();
    let publisher = publisher(&bus, Qos::latched());
    publisher.publish(number(0)).unwrap();
    let _panicking = listen(&*bus.node("bad", "/"), TOPIC, Qos::latched(), |_: Arc<UInt64>| {
        panic!("a test")
    });
    let input = input(&bus, Qos::default());
    (1..3).for_each(|data| publisher.publish(number(data)).unwrap());
    assert_eq!(taken(&input), [1, 2]);
}

#[test]
fn a_server_that_panics_leaves_its_client_without_a_response() {
    let bus = LocalBus::new();
    let server = answer::<SetBool>(&*bus.node("bad", "/"), SERVICE, |_| panic!("a test"));
    assert!(matches!(call(&bus), Err(BusError::NoResponse { .. })));
    drop(server);
    let _good = answer::<SetBool>(&*bus.node("good", "/"), SERVICE, |_| Default::default());
    assert_eq!(call(&bus), Ok(Arc::default()));
}

#[test]
fn a_client_learns_at_once_that_nobody_will_answer() {
    let bus = LocalBus::new();
    assert!(matches!(call(&bus), Err(BusError::NoResponse { waited, .. }) if waited < Duration::from_secs(60)));
}

#[test]
fn a_topic_has_one_type_while_somebody_is_on_it() {
    let bus = LocalBus::new();
    let node = bus.node("other", "/");
    let other_type = || Input::<Text>::new(&*node, TOPIC, Qos::default());
    let publisher = publisher(&bus, Qos::default());
    let refused = other_type().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "/number carries std_msgs/msg/UInt64, not std_msgs/msg/String"
    );
    drop(publisher);
    assert!(other_type().is_ok());
}

#[test]
fn a_service_has_one_server_and_one_type() {
    let bus = LocalBus::new();
    let node = bus.node("server", "/");
    let server = Requests::<SetBool>::new(&*node, SERVICE).unwrap();
    let service = "/switch".to_owned();
    assert_eq!(
        Requests::<SetBool>::new(&*node, SERVICE).unwrap_err(),
        BusError::Taken { service }
    );
    let other = Client::<Trigger>::new(node.clone(), SERVICE);
    let called = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let refused = called.block_on(other.call(Default::default(), Duration::from_secs(60)));
    assert!(matches!(refused, Err(BusError::OtherType { .. })), "{refused:?}");
    drop(server);
    assert!(Requests::<SetBool>::new(&*node, SERVICE).is_ok());
}

#[test]
fn a_callback_may_come_and_go_on_the_bus_that_calls_it() {
    let bus = LocalBus::new();
    let publisher = publisher(&bus, Qos::latched());
    publisher.publish(number(1)).unwrap();
    let (network, own) = (bus.clone(), Mutex::new(Vec::new()));
    let joined = listen(&*bus.node("busy", "/"), TOPIC, Qos::latched(), move |_: Arc<UInt64>| {
        let mut own = own.lock().unwrap();
        own.clear();
        own.push((
            super::tests::publisher(&network, Qos::default()),
            input(&network, Qos::default()),
        ));
    });
    publisher.publish(number(2)).unwrap();
    // The callback's own places on the bus go with it.
    drop((joined, publisher));
    assert!(is_empty(&bus));
}

#[test]
fn everything_that_is_dropped_leaves_the_graph() {
    let bus = LocalBus::new();
    let all = (
        publisher(&bus, Qos::default()),
        input(&bus, Qos::default()),
        input(&bus, Qos::latched()),
        Requests::<SetBool>::new(&*bus.node("server", "/"), SERVICE).unwrap(),
    );
    assert!(!is_empty(&bus));
    drop(all);
    assert!(is_empty(&bus));
}

#[test]
fn a_qos_that_does_not_fit_is_said_with_both_sides() {
    let (sender, logged) = mpsc::channel::<Vec<u8>>();
    struct Log(mpsc::Sender<Vec<u8>>);
    impl std::io::Write for Log {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.send(text.to_vec()).unwrap();
            Ok(text.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || Log(sender.clone()))
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let bus = LocalBus::new();
        let _input = input(&bus, Qos::default());
        let _fitting = publisher(&bus, Qos::default());
        let _publisher = publisher(&bus, Qos::sensor_data());
    });
    let log = String::from_utf8(logged.try_iter().flatten().collect()).unwrap();
    let says = [
        TOPIC,
        &format!("{:?}", Reliability::BestEffort),
        &format!("{:?}", Reliability::Reliable),
    ];
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(says.iter().all(|word| log.contains(word)), "{log}");
}

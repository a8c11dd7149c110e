//! The robot's clock jumps, as one does that has found its time on the network.

use std::time::SystemTime;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_clock_that_jumps_by_a_day_changes_the_time_of_messages_and_nothing_else() {
    if !broker::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path(), "allow_anonymous true");
    let counted = Counted::at(broker.plain);
    let way = Way::to(broker.robots);
    let plain = BrokerParams {
        tls: false,
        ..params(way.port)
    };
    let spool = folder.path().join("spool");
    let now = SystemTime::now();
    let clocks = [now, now - DAY, now + DAY, SystemTime::UNIX_EPOCH - DAY, now];
    let mut expected = Vec::new();
    for (turn, clock) in clocks.into_iter().enumerate() {
        // Some of it waits while the clock jumps, and goes out from a spool that was opened in between.
        let robot = Robot::start(&spool, &plain);
        for n in 0..40 {
            if n == 20 {
                way.cut();
            }
            let draft = Draft::at(clock, "test", None, json!({ "turn": turn }));
            expected.push(draft.time.clone());
            robot.send_draft(Class::Events, draft);
        }
        if turn == 2 {
            broker.signal(libc::SIGSTOP);
            std::thread::sleep(Duration::from_millis(1500));
            broker.signal(libc::SIGCONT);
        }
        drop(robot);
        way.mend();
    }
    let robot = Robot::start(&spool, &plain);
    counted.wait_for(Class::Events, all(200));
    drop(robot);
    broker.kill();
    let events = counted.1.lock().unwrap();
    for event in &*events {
        let sequence: usize = event["sequence"].as_str().unwrap().parse().unwrap();
        assert_eq!(event["time"].as_str(), Some(expected[sequence - 1].as_str()), "{event}");
        assert!(event.get("gaps").is_none(), "{event}");
    }
}

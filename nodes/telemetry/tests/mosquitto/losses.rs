//! The broker and the way to it fail in every manner there is.

use super::*;

#[test]
fn nothing_is_lost_when_the_broker_is_killed_or_frozen_or_the_network_is_cut() {
    if !broker::is_there() {
        return;
    }
    let authority = Authority::new();
    authority.certify("strider", "strider", true);
    let spool = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(authority.folder.path(), &mutual_tls(&authority));
    let way = Way::to(broker.robots);
    let mut counted = Counted::at(broker.plain);
    let robot = Arc::new(Robot::start(
        spool.path(),
        &with_certificate(&authority, way.port, "strider"),
    ));
    let rounds: u64 = std::env::var("SINEW_TELEMETRY_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2);
    let total = rounds * 600;
    let sender = robot.clone();
    let sends = std::thread::spawn(move || {
        for n in 0..total {
            let class = if n % 3 == 0 { Class::Safety } else { Class::Health };
            sender.send(class, json!({ "n": n }));
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let mut before = BTreeMap::new();
    for _ in 0..rounds {
        std::thread::sleep(Duration::from_millis(700));
        // Killed. What it had acknowledged it has handed on; it is only reached again once somebody counts.
        way.cut();
        std::thread::sleep(Duration::from_millis(100));
        broker.kill();
        for class in [Class::Safety, Class::Health] {
            before
                .entry(class)
                .or_insert_with(BTreeSet::new)
                .extend(counted.of(class));
        }
        broker.start_again();
        counted = Counted::at(broker.plain);
        way.mend();
        std::thread::sleep(Duration::from_millis(700));
        // Frozen: connections stay, and nobody answers.
        let losses = robot.registry.clone();
        broker.signal(libc::SIGSTOP);
        let lost = move || {
            losses
                .parts()
                .iter()
                .any(|part| part.judgement().1.contains("does not acknowledge"))
        };
        wait("the frozen broker is noticed", lost);
        broker.signal(libc::SIGCONT);
        std::thread::sleep(Duration::from_millis(700));
        // Cut for longer than every pause.
        way.cut();
        std::thread::sleep(Duration::from_millis(1500));
        way.mend();
    }
    sends.join().unwrap();
    for (class, n) in [(Class::Safety, total / 3), (Class::Health, total - total / 3)] {
        let earlier = before[&class].clone();
        counted.wait_for(class, |came| all(n)(&came.union(&earlier).copied().collect()));
    }
}

#[test]
fn a_killed_broker_costs_at_most_duplicates() {
    if !broker::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path(), "allow_anonymous true");
    let way = Way::to(broker.robots);
    let plain = BrokerParams {
        tls: false,
        ..params(way.port)
    };
    let mut counters = vec![Counted::at(broker.plain)];
    let robot = Arc::new(Robot::start(&folder.path().join("spool"), &plain));
    let sender = robot.clone();
    let sends = std::thread::spawn(move || {
        for n in 0..2000 {
            sender.send(Class::Events, json!({ "n": n }));
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(300));
        // In the middle of everything: while it is down, the way is closed until somebody counts again.
        broker.kill();
        way.cut();
        broker.start_again();
        counters.push(Counted::at(broker.plain));
        way.mend();
    }
    sends.join().unwrap();
    let came = || {
        counters
            .iter()
            .flat_map(|counted| counted.of(Class::Events))
            .collect::<BTreeSet<u64>>()
    };
    wait_or(|| all(2000)(&came()), || format!("all events; {} came", came().len()));
}

#[test]
fn a_network_that_swallows_everything_for_long_costs_nothing() {
    if !broker::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path(), "allow_anonymous true");
    let counted = Counted::at(broker.plain);
    let way = Way::to(broker.robots);
    let plain = BrokerParams {
        tls: false,
        ..params(way.port)
    };
    let robot = Robot::start(&folder.path().join("spool"), &plain);
    wait("it is connected", || robot.report.is_connected());
    for round in 0..3 {
        for n in 0..50 {
            robot.send(Class::Events, json!({ "round": round, "n": n }));
        }
        // Connections stay and come about, and nothing passes in either direction.
        way.swallow(true);
        for n in 50..100 {
            robot.send(Class::Events, json!({ "round": round, "n": n }));
        }
        wait("the silence is noticed", || !robot.report.is_connected());
        std::thread::sleep(Duration::from_secs(2));
        way.swallow(false);
        // What was begun meanwhile is swallowed in half: it is given up, and begun anew.
        way.cut();
        way.mend();
        counted.wait_for(Class::Events, all((round + 1) * 100));
    }
}

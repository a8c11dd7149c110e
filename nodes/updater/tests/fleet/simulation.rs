//! The queue of events.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use sinew_node_updater::{Offers, Repository, UpdaterParams};
use sinew_releases::fleet::read_reports;
use tempfile::TempDir;

use crate::publisher::{Publisher, RELEASE, folder};
use crate::robot::Robot;
use crate::server::Server;

const CONTROL_SECS: u64 = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Poll(usize),
    Walk(usize),
    Control,
}

/// What the server was asked.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) polls: u64,
    pub(crate) total: u64,
    in_minute: BTreeMap<u64, u64>,
}

impl Requests {
    /// Polls of the busiest minute, and of a minute in the mean, once all robots have asked for the first time.
    pub(crate) fn most_and_mean(&self) -> (u64, f64) {
        let counts: Vec<u64> = self.in_minute.range(15..).map(|(_, count)| *count).collect();
        let sum: u64 = counts.iter().sum();
        (counts.iter().copied().max().unwrap(), sum as f64 / counts.len() as f64)
    }
}

pub(crate) struct Simulation<'a> {
    publisher: &'a Publisher,
    server: Server,
    robots: Vec<Robot>,
    reports: TempDir,
    queue: BinaryHeap<Reverse<(u64, Event)>>,
    now: u64,
    widens: bool,
    changed_at: u64,
    requests: Requests,
}

impl<'a> Simulation<'a> {
    /// Robots that come with the first release of the repository.
    pub(crate) fn new(publisher: &'a Publisher, count: usize) -> Self {
        let server = Server::of(&publisher.repository_folder());
        let factory = folder();
        let release = factory.path().join("release");
        let params = UpdaterParams {
            url: server.url.clone(),
            release: RELEASE.to_owned(),
            ..UpdaterParams::default()
        };
        let mut first = Repository::open(&params, "factory", factory.path(), &publisher.root()).unwrap();
        first.ask(None).unwrap();
        first.bring("walk-1", &release, None).unwrap();
        let robots = (0..count).map(|number| Robot::new(number, &server.url, &publisher.root(), &release));
        let mut simulation = Self {
            publisher,
            robots: robots.collect(),
            server,
            reports: folder(),
            queue: BinaryHeap::new(),
            now: 0,
            widens: true,
            changed_at: 0,
            requests: Requests::default(),
        };
        for number in 0..count {
            let first = simulation.robots[number].first_poll().as_secs();
            simulation.queue.push(Reverse((first, Event::Poll(number))));
            simulation.robots[number].report(0, simulation.reports.path());
        }
        simulation.queue.push(Reverse((CONTROL_SECS, Event::Control)));
        simulation
    }

    pub(crate) fn robots(&self) -> usize {
        self.robots.len()
    }

    /// The rollout stays as it was published.
    pub(crate) fn nobody_widens(&mut self) {
        self.widens = false;
    }

    /// So many seconds.
    pub(crate) fn run(&mut self, secs: u64) {
        let end = self.now + secs;
        // Whatever was published just now is looked at from now on.
        self.changed_at = self.now.max(self.changed_at);
        while self.queue.peek().is_some_and(|Reverse((at, _))| *at <= end) {
            let Some(Reverse((at, event))) = self.queue.pop() else {
                break;
            };
            self.now = at;
            match event {
                Event::Poll(number) => {
                    let before = self.server.requests();
                    let (pause, has_come) = self.robots[number].poll();
                    self.requests.polls += 1;
                    self.requests.total += self.server.requests() - before;
                    *self.requests.in_minute.entry(at / 60).or_default() += 1;
                    self.queue.push(Reverse((at + pause.as_secs(), Event::Poll(number))));
                    if has_come {
                        self.queue.push(Reverse((at + 1, Event::Walk(number))));
                    }
                    self.robots[number].report(at, self.reports.path());
                }
                Event::Walk(number) => {
                    if let Some(pause) = self.robots[number].walk() {
                        self.queue.push(Reverse((at + pause, Event::Walk(number))));
                    }
                    self.robots[number].report(at, self.reports.path());
                }
                Event::Control => {
                    let (reports, complaints) = read_reports(self.reports.path()).unwrap();
                    assert_eq!(complaints, Vec::<String>::new());
                    if self.widens && self.publisher.control(&reports, at - self.changed_at) {
                        self.changed_at = at;
                    }
                    self.queue.push(Reverse((at + CONTROL_SECS, Event::Control)));
                }
            }
        }
        self.now = end;
    }

    /// How many robots have a version in charge, its bytes verified.
    pub(crate) fn with(&self, version: &str) -> usize {
        self.robots.iter().filter(|robot| robot.in_charge() == version).count()
    }

    /// How many robots ever had it in charge.
    pub(crate) fn ever_with(&self, version: &str) -> usize {
        let has_run = |robot: &&Robot| robot.ran.iter().any(|ran| ran == version);
        self.robots.iter().filter(has_run).count()
    }

    pub(crate) fn requests(&self) -> &Requests {
        &self.requests
    }
}

//! Both ends on Sinew's bus.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use sinew_messages::sensor_msgs::msg::{Image, JointState};
use sinew_node::bus::ros2::Ros2Bus;
use sinew_node::bus::{Bus, Publisher, Qos, Subscription, listen};

use crate::{ends, messages};
use sinew_node::sync::lock;

pub(crate) struct Near {
    _bus: Arc<dyn Bus>,
    shared: Arc<Shared>,
    done: Receiver<Vec<u64>>,
    images: Publisher<Image>,
    image: Image,
    _back: Subscription,
}

struct Shared {
    there: Publisher<JointState>,
    turn: Mutex<Turn>,
    done: Sender<Vec<u64>>,
}

/// The round trips that go on.
struct Turn {
    message: Arc<JointState>,
    sent: Instant,
    left: usize,
    took: Vec<u64>,
}

impl Near {
    pub(crate) fn new() -> Result<Self> {
        let bus = Ros2Bus::new("near", "")?;
        let (sender, done) = channel();
        let shared = Arc::new(Shared {
            there: Publisher::new(&*bus, "there", Qos::default())?,
            turn: Mutex::new(Turn {
                message: Arc::new(messages::joint_state()),
                sent: Instant::now(),
                left: 0,
                took: Vec::new(),
            }),
            done: sender,
        });
        let coming_back = shared.clone();
        let back = listen(&*bus, "back", Qos::default(), move |message| {
            coming_back.came_back(message)
        })?;
        Ok(Self {
            shared,
            done,
            images: Publisher::new(&*bus, "images", Qos::default())?,
            image: messages::image(),
            _back: back,
            _bus: bus,
        })
    }
}

impl Shared {
    fn came_back(&self, _: Arc<JointState>) {
        let mut turn = lock(&self.turn);
        if turn.left == 0 {
            return;
        }
        let took = turn.sent.elapsed().as_nanos() as u64;
        turn.took.push(took);
        turn.left -= 1;
        match turn.left {
            0 => drop(self.done.send(std::mem::take(&mut turn.took))),
            _ => self.send(&mut turn),
        }
    }

    fn send(&self, turn: &mut Turn) {
        turn.sent = Instant::now();
        if let Err(error) = self.there.publish_shared(turn.message.clone()) {
            eprintln!("{error}");
        }
    }
}

impl ends::Near for Near {
    fn connect(&mut self) -> Result<()> {
        lock(&self.shared.turn).left = 1;
        loop {
            self.shared.send(&mut lock(&self.shared.turn));
            if self.done.recv_timeout(Duration::from_millis(100)).is_ok() {
                // What was sent twice comes back twice.
                thread::sleep(Duration::from_millis(300));
                return Ok(());
            }
        }
    }

    fn round_trips(&mut self, count: usize) -> Result<Vec<u64>> {
        {
            let mut turn = lock(&self.shared.turn);
            turn.left = count;
            self.shared.send(&mut turn);
        }
        Ok(self.done.recv()?)
    }

    fn send_image(&mut self) -> Result<()> {
        let mut image = self.image.clone();
        image.header.stamp = messages::stamp();
        Ok(self.images.publish(image)?)
    }
}

/// Sends back what comes, until the near end ends.
pub(crate) fn far() -> Result<()> {
    let over = ends::over();
    let bus = Ros2Bus::new("far", "")?;
    let back = Publisher::<JointState>::new(&*bus, "back", Qos::default())?;
    let _there = listen(&*bus, "there", Qos::default(), move |message: Arc<JointState>| {
        if let Err(error) = back.publish_shared(message) {
            eprintln!("{error}");
        }
    })?;
    let (sender, ages) = channel();
    let _images = listen(&*bus, "images", Qos::default(), move |image: Arc<Image>| {
        let _ = sender.send(messages::age_ns(&image.header.stamp));
    })?;
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(10));
    }
    ends::report(&ages.try_iter().collect::<Vec<_>>());
    Ok(())
}

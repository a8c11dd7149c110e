//! Where images wait for the model: the newest of each camera, and no other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use sinew_messages::std_msgs::msg::Header;
use sinew_node::sync::{lock, unpoisoned};

/// An image in the form in which it came.
#[derive(Debug, Clone)]
pub(super) enum Form {
    Raw(Arc<Image>),
    Compressed(Arc<CompressedImage>),
}

/// An image, and when it came.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) form: Form,
    pub(super) at: Instant,
}

impl Arrived {
    pub(super) fn now(form: Form) -> Self {
        Self {
            form,
            at: Instant::now(),
        }
    }

    /// Whether both are one image, once as it is and once compressed: cameras may publish it in both forms.
    fn is_twin(&self, other: &Self) -> bool {
        let stamp = &self.header().stamp;
        let both_forms = matches!(
            (&self.form, &other.form),
            (Form::Raw(_), Form::Compressed(_)) | (Form::Compressed(_), Form::Raw(_))
        );
        both_forms && *stamp == other.header().stamp && (stamp.sec, stamp.nanosec) != (0, 0)
    }

    pub(super) fn header(&self) -> &Header {
        match &self.form {
            Form::Raw(image) => &image.header,
            Form::Compressed(image) => &image.header,
        }
    }
}

/// A place for one image of each camera.
#[derive(Debug)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    news: Condvar,
    overtaken: AtomicU64,
}

#[derive(Debug)]
struct Waiting {
    images: Vec<Option<Arrived>>,
    /// The last image of each camera.
    last: Vec<Option<Arrived>>,
    /// The camera whose turn comes first, so that a fast one does not starve the others.
    turn: usize,
    closed: bool,
}

impl Inbox {
    pub(super) fn new(cameras: usize) -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                images: vec![None; cameras],
                last: vec![None; cameras],
                turn: 0,
                closed: false,
            }),
            news: Condvar::new(),
            overtaken: AtomicU64::new(0),
        }
    }

    /// Puts an image in the place of one that was not looked at in time.
    pub(super) fn put(&self, camera: usize, image: Arrived) {
        let mut waiting = lock(&self.waiting);
        if waiting.closed {
            return;
        }
        if waiting.last[camera].as_ref().is_some_and(|last| last.is_twin(&image)) {
            return;
        }
        waiting.last[camera] = Some(image.clone());
        let replaced = waiting.images[camera].replace(image);
        drop(waiting);
        if replaced.is_some() {
            self.overtaken.fetch_add(1, Ordering::Relaxed);
        }
        self.news.notify_one();
    }

    /// Waits for images, for as long as `patience`, and takes `most` of them; none when closed.
    pub(super) fn take(&self, most: usize, patience: Duration) -> Vec<(usize, Arrived)> {
        let empty = |waiting: &mut Waiting| !waiting.closed && waiting.images.iter().all(Option::is_none);
        let (mut waiting, _) = unpoisoned(self.news.wait_timeout_while(lock(&self.waiting), patience, empty));
        if waiting.closed {
            return Vec::new();
        }
        let cameras = waiting.images.len();
        let first = waiting.turn;
        let order = (first..cameras).chain(0..first);
        let mut taken = Vec::new();
        for camera in order {
            if taken.len() < most
                && let Some(image) = waiting.images[camera].take()
            {
                waiting.turn = (camera + 1) % cameras;
                taken.push((camera, image));
            }
        }
        // Each camera has its place in the model's batch.
        taken.sort_by_key(|(camera, _)| *camera);
        taken
    }

    pub(super) fn close(&self) {
        lock(&self.waiting).closed = true;
        self.news.notify_all();
    }

    /// Begins anew after it was closed: what waits is of another time.
    pub(super) fn open(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.closed = false;
        waiting.images.fill(None);
        waiting.last.fill(None);
    }

    /// Images that a newer one of the same camera has overtaken.
    pub(super) fn overtaken(&self) -> u64 {
        self.overtaken.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: u32) -> Arrived {
        Arrived::now(Form::Raw(Arc::new(Image {
            width,
            ..Image::default()
        })))
    }

    fn taken(inbox: &Inbox) -> Option<(usize, u32)> {
        let (camera, arrived) = inbox.take(1, Duration::ZERO).pop()?;
        match arrived.form {
            Form::Raw(image) => Some((camera, image.width)),
            Form::Compressed(_) => None,
        }
    }

    #[test]
    fn the_newest_image_of_each_camera_waits_and_the_others_are_counted() {
        let inbox = Inbox::new(2);
        for width in 1..=5 {
            inbox.put(0, image(width));
        }
        inbox.put(1, image(9));
        assert_eq!(taken(&inbox), Some((0, 5)));
        assert_eq!(taken(&inbox), Some((1, 9)));
        assert_eq!(taken(&inbox), None);
        assert_eq!(inbox.overtaken(), 4);
    }

    #[test]
    fn an_image_that_comes_in_both_forms_is_looked_at_once() {
        let inbox = Inbox::new(1);
        let stamped = |sec: i32, compressed: bool| {
            let (mut raw, mut jpeg) = (Image::default(), CompressedImage::default());
            (raw.header.stamp.sec, jpeg.header.stamp.sec) = (sec, sec);
            Arrived::now(if compressed {
                Form::Compressed(Arc::new(jpeg))
            } else {
                Form::Raw(Arc::new(raw))
            })
        };
        inbox.put(0, stamped(7, false));
        assert_eq!(inbox.take(1, Duration::ZERO).len(), 1);
        inbox.put(0, stamped(7, true));
        assert!(inbox.take(1, Duration::ZERO).is_empty());
        inbox.put(0, stamped(8, true));
        inbox.put(0, stamped(8, false));
        assert_eq!((inbox.take(1, Duration::ZERO).len(), inbox.overtaken()), (1, 0));
        // Without stamps nobody knows.
        inbox.put(0, stamped(0, false));
        inbox.put(0, stamped(0, true));
        assert_eq!(inbox.overtaken(), 1);
    }

    #[test]
    fn a_fast_camera_does_not_starve_a_slow_one() {
        let inbox = Inbox::new(2);
        inbox.put(0, image(1));
        inbox.put(1, image(2));
        assert_eq!(taken(&inbox), Some((0, 1)));
        inbox.put(0, image(3));
        assert_eq!(taken(&inbox), Some((1, 2)));
    }

    #[test]
    fn a_batch_takes_what_is_there_in_the_order_of_the_cameras() {
        let inbox = Inbox::new(3);
        inbox.put(2, image(1));
        inbox.put(0, image(2));
        let taken = inbox.take(3, Duration::ZERO);
        assert!(taken.iter().map(|(camera, _)| *camera).eq([0, 2]));
        assert!(inbox.take(3, Duration::ZERO).is_empty());
    }

    #[test]
    fn closing_wakes_who_waits() {
        let inbox = Inbox::new(1);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| inbox.take(1, Duration::from_secs(3600)).is_empty());
            inbox.close();
            assert!(waits.join().unwrap());
        });
    }
}

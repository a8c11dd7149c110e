//! What is done with a camera's frames and faults, on one that the tests make.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_messages::sensor_msgs::msg::Image;

use super::super::calibration::Lens;
use super::super::capture::{self, Outputs, Shared};
use super::super::monitor::{Monitor, State};
use super::super::pool::Pool;
use super::device::DeviceInfo;
use super::fake::{Fake, FakeFrame};
use super::format::OfferedFormat;
use super::*;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Input, Qos};
use sinew_node::node::{NodeTime, Setup, to_nanos};
use sinew_node::worker::Ending;

/// Far more than anything here takes.
const PATIENT: Duration = Duration::from_secs(30);

fn asked(yaml: &str) -> CaptureRequest {
    let params: CameraParams = serde_yaml_ng::from_str(yaml).unwrap();
    CaptureRequest::new(Path::new("/dev/video0"), &params)
}

fn camera(fake: &Fake, yaml: &str) -> Result<Camera<Fake>, Fault> {
    Camera::new(fake.clone(), asked(yaml))
}

/// What a listener to images, to JPEGs, or to neither gets next.
fn next(camera: &mut Camera<Fake>, wants_image: bool, wants_jpeg: bool) -> Result<Next, Fault> {
    camera.next(&mut FrameNeeds {
        pool: &mut Pool::default(),
        ending: &Ending::default(),
        time: &NodeTime::system(),
        frame_id: "eye",
        wants_image,
        wants_jpeg,
    })
}

fn frame(camera: &mut Camera<Fake>) -> Frame {
    match next(camera, true, true).unwrap() {
        Next::Frame(frame) => frame,
        other => panic!("{other:?}"),
    }
}

fn yuyv(level: u8) -> FakeFrame {
    FakeFrame {
        data: vec![level; 16],
        ..FakeFrame::default()
    }
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(width, height, image::Rgb([200, 40, 10]));
    pixels.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

#[test]
fn a_frame_is_published_in_the_cameras_own_encoding_with_its_rows_as_they_lie() {
    let fake = Fake::new();
    fake.state().padding = 4;
    let mut camera = camera(&fake, "{}").unwrap();
    // The driver leaves out what follows the last row, and keeps something of its own behind it.
    for extra in [0, 4, 100] {
        let data: Vec<u8> = (0..20 + extra).collect();
        fake.shoot(FakeFrame {
            data: data.clone(),
            ..FakeFrame::default()
        });
        let image = frame(&mut camera).image.unwrap();
        assert_eq!((image.width, image.height, image.step), (4, 2, 12));
        assert_eq!((image.encoding.as_str(), image.data.len()), ("yuv422_yuy2", 24));
        assert_eq!(image.data[..20], data[..20]);
        assert!(ImageView::of(&image).is_ok());
    }
}

#[test]
fn the_stamp_is_when_the_driver_says_that_the_frame_was_taken() {
    let fake = Fake::new();
    let mut camera = camera(&fake, "{}").unwrap();
    let now = || to_nanos(&NodeTime::system().now());
    let second = Duration::from_secs(1).as_nanos() as u64;
    let before = now();
    for (at, age) in [
        (monotonic_nanos() - second, second),
        // From another clock: then it was taken when it came.
        (monotonic_nanos() + 3600 * second, 0),
        (0, 0),
    ] {
        fake.shoot(FakeFrame {
            at_nanos: Some(at),
            ..yuyv(1)
        });
        let frame = frame(&mut camera);
        let stamp = to_nanos(&frame.header.stamp) + age;
        // The time between the two clocks' readings is the machine's.
        assert!(
            (before..now() + second / 2).contains(&stamp),
            "{age}: {stamp} after {before}"
        );
        assert_eq!(frame.image.unwrap().header, frame.header);
        assert_eq!(frame.header.frame_id, "eye");
    }
}

#[test]
fn the_newest_frame_wins_and_all_buffers_go_back() {
    let fake = Fake::new();
    let mut camera = camera(&fake, "{}").unwrap();
    (1..=3).for_each(|level| fake.shoot(yuyv(level)));
    let newest = frame(&mut camera);
    assert_eq!((newest.image.unwrap().data[0], newest.dropped), (3, 2));
    assert!(fake.state().taken.is_empty());
}

#[test]
fn frames_that_the_driver_has_dropped_are_counted_by_their_numbers() {
    let fake = Fake::new();
    let mut camera = camera(&fake, "{}").unwrap();
    // The last has begun anew.
    for (sequence, dropped) in [(7, 0), (8, 0), (12, 3), (u32::MAX, 0), (1, 1), (0, 0)] {
        fake.shoot(FakeFrame { sequence, ..yuyv(1) });
        assert_eq!(frame(&mut camera).dropped, dropped, "{sequence}");
    }
}

#[test]
fn a_broken_frame_is_let_go_and_the_next_one_comes() {
    let fake = Fake::new();
    let mut camera = camera(&fake, "{}").unwrap();
    let short = FakeFrame {
        data: vec![1; 15],
        ..FakeFrame::default()
    };
    let lying = FakeFrame {
        bytes: Some(usize::MAX),
        ..short.clone()
    };
    let damaged = FakeFrame {
        is_damaged: true,
        ..yuyv(1)
    };
    for broken in [short, lying, damaged, FakeFrame::default()] {
        fake.shoot(broken);
        assert!(matches!(next(&mut camera, true, true), Ok(Next::Broken)));
        assert!(fake.state().taken.is_empty());
    }
    fake.shoot(yuyv(9));
    assert_eq!(frame(&mut camera).image.unwrap().data, [9; 16]);
}

#[test]
fn jpegs_are_handed_on_as_they_are_and_decoded_for_who_wants_it() {
    let fake = Fake::new();
    let mut camera = camera(&fake, "{pixel_format: MJPG, width: 16, height: 8}").unwrap();
    let whole = FakeFrame {
        data: jpeg(16, 8),
        ..FakeFrame::default()
    };
    for (wants_image, wants_jpeg) in [(true, true), (true, false), (false, true), (false, false)] {
        fake.shoot(whole.clone());
        let Ok(Next::Frame(frame)) = next(&mut camera, wants_image, wants_jpeg) else {
            panic!("no frame");
        };
        assert_eq!(frame.jpeg, wants_jpeg.then(|| whole.data.clone()));
        assert_eq!(frame.image.is_some(), wants_image);
        if let Some(image) = frame.image {
            assert_eq!((image.encoding.as_str(), image.step), ("rgb8", 48));
            assert!(ImageView::of(&image).is_ok());
        }
    }
    let cut = FakeFrame {
        data: whole.data[..whole.data.len() - 20].to_vec(),
        ..FakeFrame::default()
    };
    let other_size = FakeFrame {
        data: jpeg(8, 8),
        ..FakeFrame::default()
    };
    for broken in [cut, other_size, yuyv(1), FakeFrame::default()] {
        fake.shoot(broken);
        assert!(matches!(next(&mut camera, true, false), Ok(Next::Broken)));
    }
}

#[test]
fn a_jpeg_without_huffman_tables_as_some_cameras_send_it_is_decoded() {
    let mut bytes = jpeg(16, 8);
    // The tables of the encoder are the usual ones, so nothing is lost with them.
    while let Some(at) = bytes.windows(2).position(|pair| pair == [0xff, 0xc4]) {
        let len = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        bytes.drain(at..at + 2 + len);
    }
    let marked = bytes.windows(4).position(|four| four == *b"JFIF").unwrap();
    bytes[marked..marked + 4].copy_from_slice(b"AVI1");
    let picture = Picture::decode(&bytes).unwrap();
    assert_eq!(picture.rgb(), Picture::decode(&jpeg(16, 8)).unwrap().rgb());
}

#[test]
fn a_camera_does_what_it_is_set_to_unless_it_is_asked_for_something_else() {
    let fake = Fake::new();
    assert_eq!(camera(&fake, "{}").unwrap().setting.to_string(), "YUYV 4×2");
    let larger = camera(&fake, "{width: 8, height: 4}").unwrap();
    assert_eq!(larger.setting.to_string(), "YUYV 8×4");
    // Set to something that is not understood, it is set to what is.
    fake.state().setting.letters = FourCc(*b"H264");
    assert_eq!(camera(&fake, "{}").unwrap().setting.to_string(), "YUYV 8×4");
}

#[test]
fn what_a_camera_cannot_do_is_refused_with_what_it_can() {
    let fake = Fake::new();
    let (yuyv, mjpg) = ("YUYV 4×2 at 30/15 Hz, 8×4 at 30/15 Hz", "MJPG 16×8 at 30/15 Hz");
    let all = format!("{yuyv}; {mjpg}");
    let large = "{width: 1920, height: 1080}";
    let small = "{pixel_format: MJPG, width: 8, height: 4}";
    for (yaml, named, offers) in [
        (large, "asked for 1920×1080, it gives YUYV 8×4", all.as_str()),
        ("{pixel_format: NV12}", "asked for NV12, it gives YUYV", &all),
        (small, "asked for MJPG 8×4, it gives MJPG 16×8", mjpg),
    ] {
        let fault = camera(&fake, yaml).unwrap_err();
        let error = fault.to_string();
        assert!(error.contains(named), "{error}");
        assert!(
            error.ends_with(&format!("expected one of {offers}")) && error.contains("/dev/video0"),
            "{error}"
        );
        assert!(!fault.may_pass());
    }
    fake.state().offers = vec![OfferedFormat {
        letters: FourCc(*b"H264"),
        sizes: Vec::new(),
    }];
    fake.state().setting.letters = FourCc(*b"H264");
    fake.state().setting.is_whole = false;
    let error = camera(&fake, "{}").unwrap_err().to_string();
    assert!(
        error.contains("in fields") && error.ends_with("a format that is understood"),
        "{error}"
    );
}

#[test]
fn a_device_that_gives_no_images_is_refused() {
    for (captures, several_planes, streams, named) in [
        (false, false, true, "one that gives none"),
        (false, true, true, "several planes"),
        (true, false, false, "does not stream"),
    ] {
        let fake = Fake::new();
        fake.state().about = DeviceInfo {
            name: "Fake".to_owned(),
            captures,
            several_planes,
            streams,
        };
        let error = camera(&fake, "{}").unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("Fake"), "{error}");
    }
}

#[test]
fn a_camera_that_falls_silent_is_lost() {
    let fake = Fake::new();
    let mut camera = camera(&fake, "{}").unwrap();
    fake.shoot(yuyv(1));
    frame(&mut camera);
    assert!(matches!(next(&mut camera, true, true), Ok(Next::Nothing)));
    camera.heard = Instant::now().checked_sub(Duration::from_secs(3));
    let fault = next(&mut camera, true, true).unwrap_err();
    assert!(
        fault.may_pass() && fault.to_string().contains("no image for 3"),
        "{fault}"
    );
}

/// Waits until something is so.
fn until(what: &str, reached: impl Fn() -> bool) {
    let since = Instant::now();
    while !reached() {
        assert!(since.elapsed() < PATIENT, "not reached: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_camera_that_was_plugged_out_is_used_again_when_it_is_back() {
    let bus = LocalBus::new();
    let setup = Setup::new(bus.node("camera", "/"), CameraParams::default());
    let images: Input<Image> = Input::new(&*bus.node("viewer", "/"), "camera/image_raw", Qos::sensor_data()).unwrap();
    let shared = Arc::new(Shared {
        outputs: Outputs::new(&setup, "camera").unwrap(),
        optics: Lens::Unknown,
        frame_id: "eye".to_owned(),
        time: setup.time.clone(),
        monitor: Monitor::new(&setup.registry, "/dev/video0", "none"),
    });
    let fake = Fake::new();
    let (device, asked) = (fake.clone(), asked("{}"));
    let open = move || -> Result<Box<dyn Source>, Fault> {
        let device = device.open().map_err(asked.fault("cannot be opened"))?;
        Ok(Box::new(Camera::new(device, asked.clone())?))
    };
    let capture = capture::start(shared.clone(), Arc::new(open)).unwrap();
    let is_lost = |named: &str| {
        let state = shared.monitor.state();
        matches!(&*state, State::Lost { reason } if reason.contains("/dev/video0") && reason.contains(named))
    };
    for round in 1..=3 {
        fake.shoot(yuyv(round));
        until("an image", || {
            images.try_newest().is_some_and(|image| image.data == [round; 16])
        });
        fake.plug_out();
        until("said to be lost", || {
            is_lost("gives no images any more") || is_lost("cannot be opened")
        });
        fake.plug_in();
        until("streams again", || fake.state().starts == u32::from(round) + 1);
    }
    assert_eq!(capture.end(), Ok(()));
}

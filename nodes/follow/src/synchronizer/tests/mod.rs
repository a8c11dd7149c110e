use std::f64::consts::FRAC_PI_2;

use nalgebra::{Isometry3, Vector3};
use sinew_perception::bearing::ImageKind;

use super::*;
use crate::{DistanceBy, Ranger, TargetFollower, TargetPlace};
use sinew_node::node::to_stamp;

mod cameras;

const NOW: u64 = 1_795_616_900_000_000_000;

/// A camera of 640×480 with a focal length of 500, depth of 3 m all over, an IMU: all of one moment, and all well.
struct World {
    synchronizer: Synchronizer,
    params: FollowParams,
    now_nanos: u64,
    info: Option<CameraInfo>,
    depth: Option<Image>,
    imu: Option<Imu>,
    array: Detection2DArray,
    /// How far the stamps of info, depth, IMU and detections are from now, s.
    stamps: [f64; 4],
}

fn info() -> CameraInfo {
    let mut info = CameraInfo {
        width: 640,
        height: 480,
        distortion_model: "plumb_bob".to_owned(),
        ..CameraInfo::default()
    };
    (info.k[0], info.k[4], info.k[2], info.k[5]) = (500.0, 500.0, 319.5, 239.5);
    (info.p[0], info.p[5], info.p[2], info.p[6], info.p[10]) = (500.0, 500.0, 319.5, 239.5, 1.0);
    info
}

fn depth(width: u32, height: u32) -> Image {
    Image {
        width,
        height,
        step: 4 * width,
        encoding: "32FC1".to_owned(),
        data: 3f32.to_le_bytes().repeat((width * height) as usize),
        ..Image::default()
    }
}

fn person(x: f64, y: f64) -> Detection2D {
    let mut detection = Detection2D::default();
    (detection.bbox.center.position.x, detection.bbox.center.position.y) = (x, y);
    (detection.bbox.size_x, detection.bbox.size_y) = (40.0, 60.0);
    detection.results.push(Default::default());
    detection.results[0].hypothesis.class_id = "person".to_owned();
    detection.results[0].hypothesis.score = 0.9;
    detection
}

/// What is made of an image.
#[derive(Debug)]
struct Located {
    place: TargetPlace,
    age_secs: f64,
    doubt: Option<ImageRefusal>,
}

impl World {
    fn new() -> Self {
        let mut imu = Imu::default();
        imu.orientation.w = 1.0;
        Self {
            synchronizer: Synchronizer::new(Topics::of("camera", ImageKind::Raw)),
            params: FollowParams {
                distance: DistanceBy::Depth,
                ..FollowParams::default()
            },
            now_nanos: NOW,
            info: Some(info()),
            depth: Some(depth(640, 480)),
            imu: Some(imu),
            array: Detection2DArray {
                detections: vec![person(320.0, 240.0)],
                ..Detection2DArray::default()
            },
            stamps: [0.0; 4],
        }
    }

    /// A tenth of a second later all that there is comes once more.
    fn next(&mut self) -> Result<Located, ImageRefusal> {
        self.now_nanos += 100_000_000;
        let now_nanos = self.now_nanos;
        let stamp = |off_secs: f64| to_stamp(now_nanos.saturating_add_signed((off_secs * 1e9) as i64));
        let [of_info, of_depth, of_imu, of_detections] = self.stamps.map(stamp);
        if let Some(info) = &mut self.info {
            info.header.stamp = of_info;
            self.synchronizer.take_camera_info(info, now_nanos, &self.params);
        }
        if let Some(depth) = &mut self.depth {
            depth.header.stamp = of_depth;
            self.synchronizer
                .take_depth(Arc::new(depth.clone()), now_nanos, &self.params);
        }
        if let Some(imu) = &mut self.imu {
            imu.header.stamp = of_imu;
            self.synchronizer.take_imu(imu, now_nanos, &self.params);
        }
        self.array.header.stamp = of_detections;
        let forwards = nalgebra::UnitQuaternion::from_euler_angles(-FRAC_PI_2, 0.0, -FRAC_PI_2);
        let pose = sinew_robot::camera::CameraPose {
            base_from_optical: Isometry3::from_parts(Vector3::zeros().into(), forwards),
            base_height_m: 0.7,
        };
        let mut follower = TargetFollower::new(Ranger::new(pose, &self.params).unwrap());
        let synchronized =
            self.synchronizer
                .synchronize(&self.array, now_nanos, follower.needs_depth(), &self.params)?;
        let image = synchronized.image;
        let place = follower.locate(&image, &self.params);
        match ImageRefusal::of_place(place, &image, &Topics::of("camera", ImageKind::Raw)) {
            Some(refusal) => Err(refusal),
            None => Ok(Located {
                place,
                age_secs: image.age_secs,
                doubt: synchronized.doubt,
            }),
        }
    }

    /// Where the target is by the next image, in the optical frame, m.
    fn place(&mut self) -> [f64; 3] {
        match self.next().unwrap().place {
            TargetPlace::At { in_optical, .. } => in_optical,
            other => panic!("expected a place, found {other:?}"),
        }
    }

    fn refusal(&mut self) -> String {
        self.next().unwrap_err().to_string()
    }
}

fn assert_near(found: [f64; 3], expected: [f64; 3]) {
    let off = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(off < 5e-3, "{found:?}, expected {expected:?}");
}

#[test]
fn a_depth_camera_that_dies_or_freezes_is_no_depth() {
    let mut world = World::new();
    assert_near(world.place(), [0.0, 0.0, 3.0]);
    world.depth = None;
    // The last one is of the same time for a moment, and counts as being as old as it is.
    let located = world.next().unwrap();
    assert!(located.age_secs > 0.09, "{located:?}");
    world.next().unwrap();
    for _ in 0..100 {
        let said = world.refusal();
        assert!(
            said.contains("camera/depth/image_rect_raw") && !said.contains("detections"),
            "{said}"
        );
    }
    // The same image again and again, with the stamp that it had.
    let mut world = World::new();
    world.place();
    for step in 1..50 {
        world.stamps[1] = -0.1 * f64::from(step);
        let located = world.next();
        assert_eq!(located.is_err(), step > 2, "{step}: {located:?}");
    }
}

#[test]
fn depth_of_another_time_view_or_frame_is_not_used() {
    let mut world = World::new();
    world.stamps[1] = -5.0;
    let said = world.refusal();
    assert!(said.contains("5.00 s earlier") && said.contains("sync_secs"), "{said}");
    let mut world = World::new();
    world.stamps[1] = 0.5;
    assert!(world.refusal().contains("0.50 s later"));
    let mut world = World::new();
    world.depth = Some(depth(848, 480));
    let said = world.refusal();
    assert!(said.contains("640×480") && said.contains("848×480"), "{said}");
    world.depth = Some(depth(320, 240));
    assert_near(world.place(), [0.0, 0.0, 3.0]);
    let mut coloured = depth(640, 480);
    "rgb8".clone_into(&mut coloured.encoding);
    world.depth = Some(coloured);
    assert!(world.refusal().contains("expected an image of depth, found `rgb8`"));
    for nothing in [0f32, f32::NAN, f32::INFINITY] {
        let mut covered = depth(640, 480);
        covered.data = nothing.to_le_bytes().repeat(640 * 480);
        world.depth = Some(covered.clone());
        assert!(world.refusal().contains("no distance was measured"));
        // The floor is seen, and the target is too far away.
        covered.data[..4].copy_from_slice(&1f32.to_le_bytes());
        world.depth = Some(covered);
        assert_eq!(world.next().unwrap().place, TargetPlace::Unknown);
    }
    let mut broken = depth(640, 480);
    broken.data.truncate(100);
    world.depth = Some(broken);
    assert!(world.refusal().contains("data: expected"));
    let mut elsewhere = depth(640, 480);
    "depth\n_frame".clone_into(&mut elsewhere.header.frame_id);
    world.depth = Some(elsewhere);
    "colour_frame".clone_into(&mut world.array.header.frame_id);
    let said = world.refusal();
    assert!(
        said.contains("`colour_frame`") && said.contains("`depth\\n_frame`"),
        "{said}"
    );
}

#[test]
fn of_several_the_depth_and_the_lean_of_the_image_count() {
    let mut world = World::new();
    // The detector takes 0.3 s; depth and IMU do not.
    world.stamps[3] = -0.3;
    for step in 0..6_u16 {
        let millimetres = 1000 * (step + 1);
        let data = millimetres.to_le_bytes().repeat(64 * 48);
        let encoding = "16UC1".to_owned();
        let depth = Image {
            width: 64,
            height: 48,
            step: 128,
            encoding,
            data,
            ..Image::default()
        };
        world.depth = Some(depth);
        if step >= 3 {
            assert_near(world.place(), [0.0, 0.0, f64::from(step - 2)]);
        } else if step < 1 {
            world.refusal();
        } else {
            let _ = world.next();
        }
    }
}

#[test]
fn without_a_lean_or_a_calibration_of_now_there_is_no_place() {
    let mut world = World::new();
    world.place();
    world.imu = None;
    world.next().unwrap();
    world.next().unwrap();
    let said = world.refusal();
    assert!(said.contains("imu/data"), "{said}");
    let mut world = World::new();
    world.imu = None;
    assert_eq!(world.refusal(), "imu/data: none has come lately");
    let (mut zeros, mut unsaid, mut nan) = (Imu::default(), Imu::default(), Imu::default());
    zeros.orientation.w = 0.0;
    unsaid.orientation_covariance[0] = -1.0;
    nan.orientation.x = f64::NAN;
    for without in [zeros, unsaid, nan] {
        world.imu = Some(without);
        assert!(world.refusal().contains("imu/data: expected an orientation"));
    }
    let mut world = World::new();
    world.place();
    let info = world.info.take();
    for _ in 0..20 {
        world.next().unwrap();
    }
    let said = world.refusal();
    assert!(
        said.contains("camera/camera_info") && said.contains("camera_info_secs"),
        "{said}"
    );
    world.params.camera_info_secs = 0.0;
    world.next().unwrap();
    world.info = info.map(|mut info| {
        info.k = [0.0; 9];
        info.p = [0.0; 12];
        info
    });
    assert!(world.refusal().contains("`k`: expected focal lengths above 0"));
}

#[test]
fn detections_by_a_clock_that_is_off_are_refused_with_the_number() {
    for (off_secs, told) in [
        (1.5, "1.50 s ahead"),
        (30.0, "30.00 s ahead"),
        (-2.0, "2.00 s before it came"),
        (-30.0, "30.00 s before it came"),
    ] {
        let mut world = World::new();
        world.stamps = [off_secs; 4];
        let said = world.refusal();
        assert!(said.contains("camera/detections") && said.contains(told), "{said}");
        // Everything by one clock, and nobody looks at it.
        world.params.stamp = StampBy::Arrival;
        assert_near(world.place(), [0.0, 0.0, 3.0]);
    }
    let mut world = World::new();
    world.stamps[3] = -(NOW as f64) * 1e-9 - 1e6;
    assert!(world.refusal().contains("camera/detections: not stamped"));
}

#[test]
fn a_simulators_clock_is_told_and_its_stamps_are_still_compared_with_each_other() {
    let mut world = World::new();
    // The stamps of a simulation that began 12 s ago.
    world.stamps = [-(NOW as f64 * 1e-9) + 12.0; 4];
    let located = world.next().unwrap();
    let doubt = located.doubt.unwrap().to_string();
    assert!(doubt.contains("use_sim_time: true"), "{doubt}");
    assert!(
        matches!(located.place, TargetPlace::At { on_ground: [x, _], .. } if (x - 3.0).abs() < 1e-9),
        "{:?}",
        located.place
    );
    world.stamps[1] -= 1.0;
    world.depth.as_mut().unwrap().height = 480;
    (0..3).for_each(|_| drop(world.next()));
    assert!(world.refusal().contains("sync_secs"));
    world.stamps[2] = 0.0;
    (0..3).for_each(|_| drop(world.next()));
    assert!(world.refusal().contains("imu/data"));
}

#[test]
fn the_same_image_again_is_no_image() {
    let mut world = World::new();
    world.next().unwrap();
    world.stamps[3] = -0.1;
    assert!(world.refusal().contains("the same stamp came again"));
    world.stamps[3] = 0.0;
    world.next().unwrap();
}

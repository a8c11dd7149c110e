//! Which direction a box is in, by all that a CameraInfo may say.

use super::*;

#[test]
fn a_calibration_counts_for_the_images_of_its_time_and_frame() {
    let mut world = World::new();
    world.stamps[3] = -0.1;
    "colour".clone_into(&mut world.array.header.frame_id);
    world.array.detections = vec![person(240.0, 120.0)];
    let small = CameraInfo {
        binning_x: 2,
        binning_y: 2,
        ..info()
    };
    world.info = Some(small);
    world.depth = Some(depth(320, 240));
    let _ = world.next();
    assert_near(world.place(), [0.96, 0.0, 3.0]);
    // The camera changes over: the image that is looked at now was taken before.
    world.info = Some(info());
    assert_near(world.place(), [0.96, 0.0, 3.0]);
    assert!((world.place()[0] + 0.48).abs() < 0.01);
    let mut other = info();
    "infrared".clone_into(&mut other.header.frame_id);
    world.info = Some(other);
    let _ = world.next();
    let said = world.refusal();
    assert!(said.contains("camera_info") && said.contains("`infrared`"), "{said}");
}

#[test]
fn binning_region_of_interest_and_resizing_lead_to_the_same_place() {
    let place = |info: CameraInfo, size: Option<[u32; 2]>, at: [f64; 2], depth_size: [u32; 2]| {
        let mut world = World::new();
        world.info = Some(info);
        [world.params.image_width, world.params.image_height] = size.map_or([None; 2], |size| size.map(Some));
        world.array.detections = vec![person(at[0], at[1])];
        world.depth = Some(depth(depth_size[0], depth_size[1]));
        world.place()
    };
    let expected = [0.96, 0.0, 3.0];
    assert_near(place(info(), None, [480.0, 240.0], [640, 480]), expected);
    let binned = CameraInfo {
        binning_x: 2,
        binning_y: 2,
        ..info()
    };
    assert_near(place(binned, None, [240.0, 120.0], [320, 240]), expected);
    let mut part = info();
    (part.roi.x_offset, part.roi.y_offset, part.roi.width, part.roi.height) = (160, 120, 320, 240);
    assert_near(place(part, None, [320.0, 120.0], [320, 240]), expected);
    assert_near(place(info(), Some([320, 240]), [240.0, 120.0], [320, 240]), expected);
}

#[test]
fn distortion_is_undone_and_what_is_unknown_refused() {
    let mut world = World::new();
    // 60° to the right through a fisheye.
    let mut fisheye = CameraInfo {
        distortion_model: "equidistant".to_owned(),
        d: vec![0.0; 4],
        ..info()
    };
    (fisheye.k[0], fisheye.k[4]) = (300.0, 300.0);
    world.info = Some(fisheye.clone());
    world.array.detections = vec![person(320.0 + 300.0 * 60f64.to_radians(), 240.0)];
    assert_near(world.place(), [5.196, 0.0, 3.0]);
    let mut barrel = CameraInfo {
        d: vec![-0.3, 0.1, 0.0, 0.0, 0.0],
        ..info()
    };
    (barrel.k[0], barrel.k[4]) = (400.0, 400.0);
    world.info = Some(barrel);
    world.array.detections = vec![person(600.0, 240.0)];
    let [x, _, z] = world.place();
    assert!((x - 2.5).abs() < 0.02 && z == 3.0, "{x}, {z}");
    // Raw images are of `k`, rectified ones of `p`.
    let mut both = CameraInfo {
        d: vec![-0.3, 0.1, 0.0, 0.0, 0.0],
        ..info()
    };
    (both.p[0], both.p[5]) = (350.0, 350.0);
    world.info = Some(both);
    world.array.detections = vec![person(480.0, 240.0)];
    assert_near(world.place(), [0.99, 0.0, 3.0]);
    world.params.image = ImageKind::Rectified;
    assert_near(world.place(), [3.0 * 160.0 / 350.0, 0.0, 3.0]);
    world.params.image = ImageKind::Raw;
    world.info = Some(CameraInfo {
        distortion_model: "fov".to_owned(),
        d: vec![0.9],
        ..info()
    });
    let said = world.refusal();
    assert!(said.contains("camera/camera_info") && said.contains("`fov`"), "{said}");
}

#[test]
fn what_is_outside_the_images_that_the_calibration_tells_of_is_refused() {
    let mut world = World::new();
    world.info = Some(CameraInfo {
        width: 320,
        height: 240,
        ..info()
    });
    world.depth = Some(depth(320, 240));
    world.array.detections = vec![person(480.0, 240.0)];
    let said = world.refusal();
    assert!(
        said.contains("480, 240") && said.contains("320×240") && said.contains("image_width"),
        "{said}"
    );
    // Boxes that are none are no targets.
    world.array.detections = vec![person(f64::NAN, 240.0), person(100.0, f64::INFINITY)];
    assert_eq!(world.next().unwrap().place, TargetPlace::NotDetected);
}

#[test]
fn images_of_another_size_than_the_calibration_tells_of_are_refused_until_it_is_said_that_they_were_resized() {
    let small = Image {
        width: 320,
        height: 240,
        ..Image::default()
    };
    let mut world = World::new();
    assert!(world.synchronizer.needs_image_size());
    world.synchronizer.take_image_size(&small);
    assert!(!world.synchronizer.needs_image_size());
    world.array.detections = vec![person(240.0, 120.0)];
    let said = world.refusal();
    assert!(
        said.contains("640×480") && said.contains("320×240") && said.contains("image_width"),
        "{said}"
    );
    // It may have been one of before a change; until another says so, it counts.
    assert!(world.synchronizer.needs_image_size());
    assert!(world.refusal().contains("320×240"));
    world.synchronizer.take_image_size(&small);
    (world.params.image_width, world.params.image_height) = (Some(320), Some(240));
    // Calibrations of now are by these parameters.
    assert_near(world.place(), [0.96, 0.0, 3.0]);
}

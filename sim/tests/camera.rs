//! What the camera sees is where geometry says it is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use nalgebra::{Point3, Translation3, UnitQuaternion, Vector3};
use proptest::prelude::*;
use sinew_robot::camera::{CameraParams, Intrinsics, Placement};
use sinew_robot::{RobotModel, load};
use sinew_sim::camera::{Camera, Frame, GroundTruthBox, Prop, PropPath, PropShape, SceneVariation};

const RED: [f32; 3] = [0.9, 0.1, 0.1];

fn file(name: &str) -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// A camera in the world, 1 m above the floor, that looks along x.
fn in_world() -> CameraParams {
    CameraParams {
        mount: Some("world".to_owned()),
        position_m: [0.0, 0.0, 1.0],
        ..CameraParams::default()
    }
}

/// What a camera sees of these props and of a floor; the robot itself is nowhere.
fn picture(params: &CameraParams, props: &[Prop]) -> (Frame, Intrinsics) {
    let mut camera = Camera::new(&file("tests/models/pendulum.xml"), params).unwrap();
    let mut frame = Frame::default();
    camera.render(&[], props, &SceneVariation::default(), &mut frame);
    (frame, *camera.intrinsics())
}

fn depth_at(frame: &Frame, column: u32, row: u32) -> f32 {
    frame.depth[(row * frame.width + column) as usize]
}

fn colour_at(frame: &Frame, column: u32, row: u32) -> [u8; 3] {
    let at = 3 * (row * frame.width + column) as usize;
    [frame.rgb[at], frame.rgb[at + 1], frame.rgb[at + 2]]
}

fn ball(radius_m: f64, position_m: [f64; 3]) -> Prop {
    Prop {
        pose: Placement::at(position_m),
        ..Prop::ball(radius_m, 0.0, 0.0, RED)
    }
}

/// First and last column (or row) edge of a ball's outline: tangents from the eye in the plane of that axis.
fn outline(across: f64, ahead: f64, radius: f64, focal: f64, middle: f64) -> [f64; 2] {
    let direction = across.atan2(ahead);
    let half = (radius / across.hypot(ahead)).asin();
    [-1.0, 1.0].map(|side| focal * (direction + side * half).tan() + middle)
}

#[test]
fn the_box_of_a_ball_is_its_outline_within_a_pixel() {
    for [x, y, z, radius] in [
        [3.0, 0.0, 1.0, 0.3],
        [2.0, 0.7, 1.3, 0.12],
        [1.5, -0.4, 0.8, 0.3],
        [6.0, 1.5, 2.0, 0.5],
    ] {
        let (frame, lens) = picture(&in_world(), &[ball(radius, [x, y, z])]);
        let seen = frame.boxes[0];
        let [left, right] = outline(-y, x, radius, lens.fx, lens.cx);
        let [top, bottom] = outline(1.0 - z, x, radius, lens.fy, lens.cy);
        // A pixel's edges lie half a pixel from its middle.
        let edges = [seen.left, seen.top, seen.right, seen.bottom].map(|edge| f64::from(edge) - 0.5);
        for (edge, expected) in edges.iter().zip([left, top, right, bottom]) {
            assert!((edge - expected).abs() <= 1.0, "{edges:?}, but {expected}");
        }
        assert_eq!((seen.prop, seen.unhidden_share, seen.inside_share), (0, 1.0, 1.0));
        assert!((seen.position - Point3::new(-y, 1.0 - z, x)).norm() < 1e-9);
        let nearest = depth_at(&frame, (seen.left + seen.right) / 2, (seen.top + seen.bottom) / 2);
        let distance = Vector3::new(x, y, z - 1.0).norm();
        assert!(
            (f64::from(nearest) * distance / x - (distance - radius)).abs() < 0.02,
            "{nearest}"
        );
        let [red, green, blue] = colour_at(&frame, (seen.left + seen.right) / 2, (seen.top + seen.bottom) / 2);
        assert!(red > 3 * green && red > 3 * blue, "{red} {green} {blue}");
    }
}

/// Largest relative error of the floor's depth against the plane's formula, over all pixels that see it.
fn floor_error(frame: &Frame, lens: &Intrinsics, normal_in_world: Vector3<f64>, through: Vector3<f64>) -> (f64, usize) {
    let eye = frame.world_from_optical.translation.vector;
    let mut worst = 0.0_f64;
    let mut count = 0;
    for row in 0..frame.height {
        for column in 0..frame.width {
            let ray = frame.world_from_optical.rotation * lens.ray(f64::from(column), f64::from(row));
            let expected = (through - eye).dot(&normal_in_world) / ray.dot(&normal_in_world);
            let depth = f64::from(depth_at(frame, column, row));
            if expected > 0.0 && expected < 1e3 {
                worst = worst.max((depth / expected - 1.0).abs());
                count += 1;
            } else if expected <= 0.0 {
                assert_eq!(depth, f64::INFINITY);
            }
        }
    }
    (worst, count)
}

#[test]
fn depth_of_the_floor_is_that_of_the_plane() {
    let params = CameraParams {
        rpy_rad: [0.2, 0.4, 1.0],
        ..in_world()
    };
    let (frame, lens) = picture(&params, &[]);
    let (worst, count) = floor_error(&frame, &lens, Vector3::z(), Vector3::zeros());
    assert!(worst < 1e-3 && count > 50_000, "{worst}, {count} pixels");
}

#[test]
fn a_slope_is_seen_as_steep_as_the_robot_stands_on_it() {
    let slope = 0.15;
    let model = file("tests/models/pendulum.xml");
    let mut camera = Camera::new(&model, &in_world()).unwrap().on_slope(slope);
    let mut frame = Frame::default();
    camera.render(&[], &[], &SceneVariation::default(), &mut frame);
    let uphill = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -slope);
    let (worst, count) = floor_error(&frame, camera.intrinsics(), uphill * Vector3::z(), Vector3::zeros());
    assert!(worst < 1e-3 && count > 30_000, "{worst}, {count} pixels");
}

#[test]
fn depth_across_a_face_is_that_of_its_plane() {
    // A wall at x = 2, turned by 0.5 rad about z: its near face passes through the axis at depth 2 − 0.1 / cos.
    let mut wall = Prop::cuboid([0.1, 3.0, 3.0], 2.0, 0.0, RED);
    wall.pose = Placement::at([2.0, 0.0, 1.0]).turned(0.5);
    let (frame, lens) = picture(&in_world(), &[wall]);
    for column in (0..320).step_by(16) {
        let ray = lens.ray(f64::from(column), 119.5);
        // In the world the ray is (1, −ray.x, 0); the face's normal is (−cos, −sin, 0).
        let normal = Vector3::new(-0.5_f64.cos(), -0.5_f64.sin(), 0.0);
        let on_face = Vector3::new(2.0, 0.0, 0.0) + normal * 0.1;
        let expected = on_face.dot(&normal) / Vector3::new(1.0, -ray.x, 0.0).dot(&normal);
        let depth = f64::from(depth_at(&frame, column, 119));
        assert!(
            (depth / expected - 1.0).abs() < 3e-3,
            "column {column}: {depth}, not {expected}"
        );
    }
}

#[test]
fn what_stands_behind_is_hidden_and_what_is_half_hidden_is_told() {
    let screen = |y: f64| {
        let mut screen = Prop::cuboid([0.02, 0.5, 0.5], 2.0, y, [0.2, 0.2, 0.8]);
        screen.class = String::new();
        screen
    };
    let hidden = ball(0.2, [3.0, 0.0, 0.6]);
    let (frame, _) = picture(&in_world(), &[screen(0.0), hidden.clone()]);
    assert!(frame.boxes.is_empty(), "{:?}", frame.boxes);
    // The screen's edge is at y = 0: it hides one half, whichever is drawn first.
    for props in [[screen(0.5), hidden.clone()], [hidden.clone(), screen(0.5)]] {
        let (frame, lens) = picture(&in_world(), &props);
        let [seen] = frame.boxes[..] else {
            panic!("{:?}", frame.boxes)
        };
        assert!(props[seen.prop].class == "ball");
        assert!((seen.unhidden_share - 0.5).abs() < 0.03, "{seen:?}");
        assert_eq!(seen.inside_share, 1.0);
        assert!((f64::from(seen.left) - 0.5 - lens.cx).abs() <= 1.0, "{seen:?}");
    }
}

#[test]
fn the_floor_hides_what_is_below_it() {
    let (frame, _) = picture(&in_world(), &[ball(0.2, [3.0, 0.0, -0.3])]);
    assert!(frame.boxes.is_empty());
    let (frame, _) = picture(&in_world(), &[ball(0.2, [3.0, 0.0, 0.0])]);
    assert!((0.3..0.8).contains(&frame.boxes[0].unhidden_share), "{:?}", frame.boxes);
}

#[test]
fn what_leaves_the_image_is_seen_in_part() {
    // The right edge of the image at depth 3.
    let lens = picture(&in_world(), &[]).1;
    let edge = lens.ray(319.5, 0.0).x * 3.0;
    let (frame, _) = picture(&in_world(), &[ball(0.2, [3.0, -edge, 1.0])]);
    let seen = frame.boxes[0];
    assert_eq!(seen.right, 320);
    assert!((seen.inside_share - 0.5).abs() < 0.06, "{seen:?}");
    assert!(seen.unhidden_share == 1.0);
    let (frame, _) = picture(&in_world(), &[ball(0.2, [3.0, -edge - 0.4, 1.0])]);
    assert!(frame.boxes.is_empty());
}

#[test]
fn faces_that_pass_the_camera_are_cut_at_the_near_plane() {
    // A beam that begins behind the camera and passes below it: its upper face is 0.2 m under the eye.
    let mut beam = Prop::cuboid([5.0, 0.3, 0.1], 0.0, 0.0, RED);
    beam.pose = Placement::at([0.0, 0.0, 0.7]);
    let params = in_world();
    let (frame, lens) = picture(&params, &[beam]);
    for row in 150..240 {
        let expected = 0.2 / lens.ray(0.0, f64::from(row)).y;
        let depth = f64::from(depth_at(&frame, 160, row));
        assert!(
            (depth / expected - 1.0).abs() < 1e-3,
            "row {row}: {depth}, not {expected}"
        );
    }
    assert!(frame.depth.iter().all(|depth| *depth >= params.near_m as f32 * 0.999));
    assert!(frame.boxes[0].inside_share < 0.6, "{:?}", frame.boxes[0]);
}

#[test]
fn neighbouring_faces_leave_no_crack() {
    let mut wall = Prop::cuboid([0.5, 4.0, 4.0], 1.5, 0.0, RED);
    wall.pose.rpy_rad = [0.3, 0.2, 0.1];
    for radius in [0.7, 2.0] {
        let params = CameraParams {
            mount: Some("world".to_owned()),
            position_m: [0.0, 0.0, 4.0],
            ..CameraParams::default()
        };
        // A ball that fills the image, in front of the wall, and the wall alone.
        let (frame, _) = picture(&params, &[ball(radius, [radius + 0.2, 0.0, 4.0])]);
        let whole = frame.boxes[0].pixels;
        assert_eq!(whole, 320 * 240, "{radius}");
        let (frame, _) = picture(&params, std::slice::from_ref(&wall));
        assert_eq!(frame.boxes[0].pixels, 320 * 240);
    }
}

#[test]
fn a_person_stands_on_the_floor_and_is_as_tall_as_asked() {
    let (frame, lens) = picture(&in_world(), &[Prop::person(1.8, 5.0, 0.0, RED)]);
    let [seen] = frame.boxes[..] else {
        panic!("one person is one box, not {:?}", frame.boxes)
    };
    let height = f64::from(seen.bottom - seen.top) / lens.fy * 5.0;
    assert!((height - 1.8).abs() < 0.08, "{height}");
    let feet = (f64::from(seen.bottom) - 0.5 - lens.cy) / lens.fy * 5.0;
    assert!((feet - 1.0).abs() < 0.05, "{feet}");
    let width = seen.right - seen.left;
    assert!((0.2..0.5).contains(&(f64::from(width) / f64::from(seen.bottom - seen.top))));
}

#[test]
fn a_robot_without_visuals_is_drawn_as_it_collides() {
    let model = file("tests/models/sled.xml");
    let poses = model.body_poses(&Translation3::new(3.0, 0.0, 1.0).into(), &[]);
    let mut camera = Camera::new(&model, &in_world()).unwrap();
    let mut frame = Frame::default();
    camera.render(&[], &[], &SceneVariation::default(), &mut frame);
    let empty = frame.depth.clone();
    camera.render(&poses, &[], &SceneVariation::default(), &mut frame);
    let drawn = frame.depth.iter().zip(&empty).filter(|(now, then)| now < then).count();
    assert!(drawn > 100, "{drawn} pixels");
}

#[test]
fn shapes_that_only_collide_are_not_seen_where_there_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robot.xml");
    let geoms = |groups: [i32; 2]| {
        format!(
            r#"<mujoco><worldbody><body><freejoint/>
               <geom type="box" size="0.1 0.1 0.1" group="{}"/><geom type="sphere" size="0.5" group="{}"/>
               <body><joint name="j"/><geom type="sphere" size="0.01"/></body></body></worldbody></mujoco>"#,
            groups[0], groups[1]
        )
    };
    let pixels = |groups| {
        std::fs::write(&path, geoms(groups)).unwrap();
        let model = load(&path).unwrap();
        let mut camera = Camera::new(&model, &in_world()).unwrap();
        let mut frame = Frame::default();
        camera.render(
            &model.body_poses(&Translation3::new(3.0, 0.0, 1.5).into(), &[]),
            &[],
            &SceneVariation::default(),
            &mut frame,
        );
        // Above the horizon, where there is no floor.
        frame.depth[..320 * 119]
            .iter()
            .filter(|depth| depth.is_finite())
            .count()
    };
    let (small, large) = (pixels([2, 3]), pixels([2, 2]));
    assert!(small > 50 && large > 5 * small, "{small}, {large}");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -5.0..5.0_f64,
        1 => -1e12..1e12_f64,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.0), Just(1e300), Just(1e-300)],
    ]
}

fn any_placement() -> impl Strategy<Value = Placement> {
    let three = || prop::array::uniform3(any_number());
    (three(), three()).prop_map(|(position_m, rpy_rad)| Placement { position_m, rpy_rad })
}

fn any_prop() -> impl Strategy<Value = Prop> {
    let shape = prop_oneof![
        any_number().prop_map(|radius_m| PropShape::Ball { radius_m }),
        prop::array::uniform3(any_number()).prop_map(|half_size_m| PropShape::Box { half_size_m }),
        (any_number(), any_number()).prop_map(|(radius_m, half_length_m)| PropShape::Cylinder {
            radius_m,
            half_length_m
        }),
        (any_number(), any_number()).prop_map(|(height_m, stride_rad)| PropShape::Person {
            height_m,
            stride_rad,
            trousers: RED,
            skin: RED
        }),
    ];
    (shape, any_placement()).prop_map(|(shape, pose)| Prop {
        shape,
        pose,
        colour: RED,
        class: "thing".to_owned(),
        path: PropPath::Still,
    })
}

fn sound(seen: &GroundTruthBox, frame: &Frame, props: usize) -> bool {
    let [unhidden, inside] = [seen.unhidden_share, seen.inside_share];
    seen.prop < props
        && seen.left < seen.right
        && seen.right <= frame.width
        && seen.top < seen.bottom
        && seen.bottom <= frame.height
        && seen.pixels <= (seen.right - seen.left) * (seen.bottom - seen.top)
        && unhidden > 0.0
        && unhidden <= 1.0
        && (0.0..=1.0).contains(&inside)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_stands_wherever_the_picture_is_sound(
        camera_pose in any_placement(),
        base in any_placement(),
        props in prop::collection::vec(any_prop(), 0..5),
        seed in any::<u64>(),
        width in 1..80_u32,
        height in 1..60_u32,
        fovy in 0.01..3.0_f64,
    ) {
        let model = file("../robot/tests/models/cameras.xml");
        let params = CameraParams {
            mount: Some("base".to_owned()),
            width,
            height,
            fovy_rad: Some(fovy),
            ..CameraParams::default()
        };
        let mut camera = Camera::new(&model, &params).unwrap();
        let mut variation = SceneVariation::random(seed, 1.0);
        variation.camera_offset = camera_pose;
        let poses = model.body_poses(&base.isometry(), &[0.3]);
        let mut frame = Frame::default();
        camera.render(&poses, &props, &variation, &mut frame);
        let pixels = (width * height) as usize;
        prop_assert_eq!((frame.rgb.len(), frame.depth.len()), (3 * pixels, pixels));
        prop_assert!(frame.depth.iter().all(|depth| *depth > 0.0));
        for seen in &frame.boxes {
            prop_assert!(sound(seen, &frame, props.len()), "{:?}", seen);
        }
    }
}

//! The node `follow` on the local bus, beside a detector and an IMU that the test plays.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::geometry_msgs::msg::{PoseStamped, Twist};
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image, Imu};
use sinew_messages::std_msgs::msg::String as Text;
use sinew_messages::vision_msgs::msg::{Detection2D, Detection2DArray};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Input, Publisher, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node::node::to_stamp;
use sinew_node_follow::Follow;

/// Far more than an answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays what the node listens to, and hears what it says.
struct World {
    network: LocalBus,
    detections: Publisher<Detection2DArray>,
    camera_info: Publisher<CameraInfo>,
    depth: Publisher<Image>,
    imu: Publisher<Imu>,
    cmd_vel: Input<Twist>,
    state: Input<Text>,
    target: Input<PoseStamped>,
    diagnostics: Input<DiagnosticArray>,
    /// Whether there is a camera of depth, which sees 3 m all over.
    has_depth: bool,
    /// How far the clock of whoever stamps is ahead, s.
    ahead_secs: f64,
}

impl World {
    fn new() -> Self {
        let network = LocalBus::new();
        let bus = network.node("world", "/");
        Self {
            detections: Publisher::new(&*bus, "camera/detections", Qos::default()).unwrap(),
            camera_info: Publisher::new(&*bus, "camera/camera_info", Qos::default()).unwrap(),
            depth: Publisher::new(&*bus, "camera/depth/image_rect_raw", Qos::default()).unwrap(),
            imu: Publisher::new(&*bus, "imu/data", Qos::default()).unwrap(),
            cmd_vel: Input::new(&*bus, "cmd_vel", Qos::default().keep_last(1)).unwrap(),
            state: Input::new(&*bus, "follow/state", Qos::latched()).unwrap(),
            target: Input::new(&*bus, "follow/target", Qos::default()).unwrap(),
            diagnostics: Input::new(&*bus, "/diagnostics", Qos::default()).unwrap(),
            network,
            has_depth: false,
            ahead_secs: 0.0,
        }
    }

    async fn follow(&self, params: &str) -> anyhow::Result<TestNode> {
        let robot = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sim/robots/strider/scene.xml");
        let params = format!("{{robot_description: {}, target: ball{params}}}", robot.display());
        TestNode::start::<Follow>(self.network.node("follow", "/"), &params).await
    }

    /// One image of Strider's camera, 320×240, with a ball that covers these pixels.
    fn show(&mut self, ball: Option<[f64; 4]>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let stamp = to_stamp((now.as_nanos() as u64).saturating_add_signed((self.ahead_secs * 1e9) as i64));
        let mut imu = Imu::default();
        imu.header.stamp = stamp.clone();
        imu.orientation.w = 1.0;
        self.imu.publish(imu).unwrap();
        let mut info = CameraInfo {
            width: 320,
            height: 240,
            ..CameraInfo::default()
        };
        info.header.stamp = stamp.clone();
        let focal = 120.0 / 39f64.to_radians().tan();
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (focal, focal, 159.5, 119.5);
        self.camera_info.publish(info).unwrap();
        if self.has_depth {
            let mut depth = Image {
                width: 32,
                height: 24,
                step: 64,
                encoding: "16UC1".to_owned(),
                data: 3000_u16.to_le_bytes().repeat(32 * 24),
                ..Image::default()
            };
            depth.header.stamp = stamp.clone();
            self.depth.publish(depth).unwrap();
        }
        let mut array = Detection2DArray::default();
        array.header.stamp = stamp;
        array.header.frame_id = "head_camera_optical_frame".to_owned();
        array.detections.extend(ball.map(|[left, top, right, bottom]| {
            let mut detection = Detection2D {
                id: "3".to_owned(),
                ..Detection2D::default()
            };
            detection.bbox.center.position.x = (left + right) / 2.0;
            detection.bbox.center.position.y = (top + bottom) / 2.0;
            (detection.bbox.size_x, detection.bbox.size_y) = (right - left, bottom - top);
            detection.results.push(Default::default());
            detection.results[0].hypothesis.class_id = "ball".to_owned();
            detection.results[0].hypothesis.score = 0.9;
            detection
        }));
        self.detections.publish(array).unwrap();
    }

    /// Shows the same again and again until the node commands what is wanted.
    async fn until(&mut self, ball: Option<Option<[f64; 4]>>, wanted: impl Fn(&Twist) -> bool) -> Twist {
        tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(ball) = ball {
                    self.show(ball);
                }
                let twist = self.cmd_vel.recv().await;
                if wanted(&twist) {
                    return Twist::clone(&twist);
                }
            }
        })
        .await
        .unwrap()
    }

    /// Waits for a report that says this.
    async fn until_said(&mut self, wanted: &str) -> DiagnosticStatus {
        let said = async {
            loop {
                let array = self.diagnostics.recv().await;
                if array.status[0].message.contains(wanted) {
                    return array.status[0].clone();
                }
            }
        };
        tokio::time::timeout(PATIENCE, said).await.unwrap()
    }

    async fn until_state(&mut self, wanted: &str) {
        let state = async { while self.state.recv().await.data != wanted {} };
        tokio::time::timeout(PATIENCE, state).await.unwrap();
    }
}

#[tokio::test]
async fn it_goes_to_what_it_sees_and_stands_when_it_sees_nothing_any_more() {
    let mut world = World::new();
    let node = world.follow(", blind_secs: 0.3").await.unwrap();
    // No image yet: it stands.
    world.until(None, |twist| *twist == Twist::default()).await;
    // To the left, some metres away.
    let twist = world
        .until(Some(Some([60.0, 90.0, 80.0, 110.0])), |twist| twist.linear.x > 0.0)
        .await;
    assert!(twist.angular.z > 0.1 && twist.linear.y == 0.0, "{twist:?}");
    let target = world.target.recv().await;
    assert_eq!(target.header.frame_id, "head_camera_optical_frame");
    assert!(
        target.pose.position.x < 0.0 && target.pose.position.z > 1.0,
        "{target:?}"
    );
    // To the right.
    world
        .until(Some(Some([250.0, 90.0, 270.0, 110.0])), |twist| twist.angular.z < -0.1)
        .await;
    world.until_state("approaching").await;
    // The detector falls silent.
    world.until(None, |twist| *twist == Twist::default()).await;
    world.until_state("blind").await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn it_looks_for_what_is_not_there_and_stops_before_what_is_near() {
    let mut world = World::new();
    let node = world.follow(", stop_distance_m: 0.5, blind_secs: 30.0").await.unwrap();
    let twist = world.until(Some(None), |twist| twist.angular.z != 0.0).await;
    assert_eq!(twist.linear.x, 0.0);
    world.until_state("searching").await;
    // 0.5 m before the base the floor is 70° below the horizon of this camera, which looks 34° down: in row 227.
    world
        .until(Some(Some([145.0, 190.0, 175.0, 227.0])), |twist| {
            *twist == Twist::default()
        })
        .await;
    world.until_state("arrived").await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn it_stands_when_the_depth_camera_dies_and_detections_go_on() {
    let mut world = World::new();
    let node = world.follow(", distance: depth, blind_secs: 0.5").await.unwrap();
    world.has_depth = true;
    let ahead = Some(Some([150.0, 90.0, 170.0, 110.0]));
    world.until(ahead, |twist| twist.linear.x > 0.0).await;
    world.until_state("approaching").await;
    world.has_depth = false;
    world.until(ahead, |twist| *twist == Twist::default()).await;
    world.until_state("blind").await;
    for _ in 0..40 {
        let twist = world.until(ahead, |_| true).await;
        assert_eq!(twist, Twist::default(), "it has no depth");
    }
    let status = world.until_said("camera/depth/image_rect_raw: ").await;
    assert_ne!(status.level, DiagnosticStatus::OK, "{status:?}");
    node.end().await.unwrap();
}

#[tokio::test]
async fn images_that_were_resized_behind_the_back_of_their_calibration_are_told() {
    let mut world = World::new();
    let bus = world.network.node("camera", "/");
    let images: Publisher<Image> = Publisher::new(&*bus, "camera/image_raw", Qos::default()).unwrap();
    let node = world.follow("").await.unwrap();
    let ahead = Some(Some([150.0, 90.0, 170.0, 110.0]));
    let image = Image {
        width: 320,
        height: 240,
        ..Image::default()
    };
    images.publish(image).unwrap();
    world.until(ahead, |twist| twist.linear.x > 0.0).await;
    node.end().await.unwrap();
    let node = world.follow("").await.unwrap();
    let image = Image {
        width: 160,
        height: 120,
        ..Image::default()
    };
    let told = async {
        loop {
            images.publish(image.clone()).unwrap();
            world.until(ahead, |_| true).await;
            if let Some(array) = world.diagnostics.try_newest()
                && array.status[0]
                    .message
                    .contains("images of 320×240, and they are of 160×120")
            {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    world.until(ahead, |twist| *twist == Twist::default()).await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn a_camera_whose_clock_is_off_is_told_with_the_number() {
    let mut world = World::new();
    let node = world.follow(", blind_secs: 0.5").await.unwrap();
    let ahead = Some(Some([150.0, 90.0, 170.0, 110.0]));
    for (ahead_secs, told) in [(2.0, "s ahead of this machine's clock"), (-30.0, "s before it came")] {
        world.ahead_secs = ahead_secs;
        for _ in 0..30 {
            let twist = world.until(ahead, |_| true).await;
            assert_eq!(twist, Twist::default());
        }
        let status = world.until_said(told).await;
        assert_eq!(status.level, DiagnosticStatus::ERROR, "{status:?}");
        assert!(status.message.contains("stamp: arrival"), "{status:?}");
    }
    node.end().await.unwrap();
    let node = world.follow(", stamp: arrival").await.unwrap();
    world.until(ahead, |twist| twist.linear.x > 0.0).await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn topics_that_nobody_publishes_are_named() {
    let network = LocalBus::new();
    let bus = network.node("world", "/");
    let mut diagnostics: Input<DiagnosticArray> = Input::new(&*bus, "/diagnostics", Qos::default()).unwrap();
    let _imu: Publisher<Imu> = Publisher::new(&*bus, "imu/data", Qos::default()).unwrap();
    let robot = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sim/robots/strider/scene.xml");
    let params = format!("{{robot_description: {}, distance: depth}}", robot.display());
    let node = TestNode::start::<Follow>(network.node("follow", "/"), &params)
        .await
        .unwrap();
    let named = "nobody publishes camera/detections, camera/camera_info, camera/depth/image_rect_raw";
    let said = async { while diagnostics.recv().await.status[0].message != named {} };
    tokio::time::timeout(PATIENCE, said).await.unwrap();
    node.end().await.unwrap();
}

#[tokio::test]
async fn what_it_lacks_is_said() {
    let world = World::new();
    let error = world.follow(", distance: height").await.unwrap_err();
    assert!(format!("{error:#}").contains("target_height_m"), "{error:#}");
    let error = world.follow(", keyframe: handstand").await.unwrap_err();
    assert!(format!("{error:#}").contains("handstand"), "{error:#}");
    let error = world.follow(", image_width: 320").await.unwrap_err();
    assert!(format!("{error:#}").contains("image_height"), "{error:#}");
    let error = world.follow(", camera: {mount: nose}").await.unwrap_err();
    let said = format!("{error:#}");
    assert!(said.contains("mount") && said.contains("head"), "{said}");
    let bus = LocalBus::new().node("follow", "/");
    let error = TestNode::start::<Follow>(bus, "{}").await.unwrap_err();
    assert!(format!("{error:#}").contains("robot_description"), "{error:#}");
}

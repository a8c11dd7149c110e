"""The simulated camera, and what sees through it, as rclpy sees them."""

import importlib.util

import pytest
from nodes import run
from peer import LATCHED
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String

BALL = 'launch/robots/strider_ball.yaml'
CAMERA = {'sim:harness_secs': 1e6, 'sim:scene.rate_hz': 10.0}
HAS_VISION_MSGS = importlib.util.find_spec('vision_msgs') is not None


def test_the_simulated_camera_gives_colours_depth_and_its_calibration(world):
    world.start('sim', CAMERA)
    with (
        world.peer.hearing(Image, '/camera/image_raw', qos_profile_sensor_data) as images,
        world.peer.hearing(Image, '/camera/depth/image_rect_raw', qos_profile_sensor_data) as depths,
        world.peer.hearing(CameraInfo, '/camera/camera_info', qos_profile_sensor_data) as infos,
    ):
        world.peer.until('images of all kinds', lambda: images and depths and infos)
    image, depth, info = images.last, depths.last, infos.last
    assert (image.encoding, image.width, image.height, image.step) == ('rgb8', 320, 240, 960)
    assert len(image.data) == 960 * 240 and len(set(image.data)) > 50, 'it shows something'
    assert (depth.encoding, depth.step) == ('32FC1', 1280)
    assert image.header.frame_id == info.header.frame_id == 'camera_optical_frame'
    assert (info.width, info.height, info.distortion_model) == (320, 240, 'plumb_bob')
    # 78 degrees from the upper edge to the lower.
    assert info.k[4] == pytest.approx(148.2, abs=0.1) and info.p[5] == info.k[4]


@pytest.mark.skipif(HAS_VISION_MSGS, reason='vision_msgs is part of this environment')
def test_without_vision_msgs_it_is_said_how_to_get_them():
    code, said = run('up', BALL, '--bus', 'ros2', '--nodes', 'perception')
    assert code == 2
    assert 'vision_msgs/msg/Detection2DArray' in said and 'IDL_PACKAGE_FILTER' in said


@pytest.mark.skipif(not HAS_VISION_MSGS, reason='needs vision_msgs: cargo xtask ros --with-interfaces')
def test_a_ball_is_detected_and_followed(world):
    from vision_msgs.msg import Detection2DArray

    held = {'sim:harness_secs': 1e6}
    for name in ('sim', 'perception', 'follow'):
        world.start(name, held, file=BALL)
    with world.peer.hearing(Detection2DArray, '/camera/detections') as seen:
        world.peer.until('things in front of the camera', lambda: seen and seen.last.detections)
    thing = seen.last.detections[0]
    assert thing.results[0].hypothesis.class_id in ('ball', 'box', 'person')
    assert seen.last.header.frame_id == 'camera_optical_frame'
    # The ball lies behind the robot, which hangs: it is looked for.
    with world.peer.hearing(String, '/follow/state', LATCHED) as states:
        world.peer.until('searching', lambda: any(state.data == 'searching' for state in states))

"""The node `camera`, as a ROS program sees it."""

import struct
import zlib

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image

WIDTH, HEIGHT = 16, 12


def png(grey):
    """A file of one grey, made without any library for images."""

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    header = struct.pack('>IIBBBBB', WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    rows = (b'\0' + bytes([grey] * 3 * WIDTH)) * HEIGHT
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')


@pytest.fixture
def album(tmp_path):
    folder = tmp_path / 'album'
    folder.mkdir()
    for grey in (10, 20, 30):
        (folder / f'{grey}.png').write_bytes(png(grey))
    return folder


def test_images_and_calibration_arrive_in_pairs_and_a_lost_folder_is_told(world, album):
    world.start('camera', {'camera:source': album, 'camera:rate_hz': 50.0, 'camera:fovy_rad': 1.0})
    peer = world.peer
    with (
        peer.hearing(Image, 'camera/image_raw', qos_profile_sensor_data) as images,
        peer.hearing(CameraInfo, 'camera/camera_info', qos_profile_sensor_data) as infos,
        peer.hearing(DiagnosticArray, '/diagnostics') as reports,
    ):
        peer.until('30 images', lambda: len(images) > 30 and len(infos) > 30)
        for image in images:
            assert (image.width, image.height, image.step, image.encoding) == (WIDTH, HEIGHT, 3 * WIDTH, 'rgb8')
            assert len(image.data) == image.step * image.height
            assert image.data[0] in (10, 20, 30)
            assert image.header.frame_id == 'camera_optical_frame'
        stamps = {(info.header.stamp.sec, info.header.stamp.nanosec) for info in infos}
        paired = sum((image.header.stamp.sec, image.header.stamp.nanosec) in stamps for image in images)
        # A busy listener may miss some.
        assert paired > 0.8 * len(images)
        info = infos.last
        assert (info.width, info.height, info.k[8]) == (WIDTH, HEIGHT, 1.0)
        assert info.k[4] == info.p[5] > 0.0

        def level():
            return reports and reports.last.status[0].level

        peer.until('a report that all is well', lambda: level() == DiagnosticStatus.OK)
        album.rename(album.with_name('away'))
        peer.until('a report of the loss', lambda: level() == DiagnosticStatus.ERROR)
        assert 'album' in reports.last.status[0].message
        album.with_name('away').rename(album)
        peer.until('a report that it is back', lambda: level() == DiagnosticStatus.OK)
        images.clear()
        peer.until('images again', lambda: images)

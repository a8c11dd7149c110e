"""The Python side of `cargo xtask bench ros`: what main.rs does, in rclpy, at both ends.

usage: peer.py [--trips N] [--images N]
"""

import argparse
import json
import subprocess
import sys
import threading
import time

import rclpy
from builtin_interfaces.msg import Time
from sensor_msgs.msg import Image, JointState

WARM_UP = 200
WARM_UP_IMAGES = 10
PAUSE = 0.033
FAR_CPU = "1"


def joint_state():
    message = JointState()
    message.header.frame_id = "base"
    message.name = [f"left_leg_joint_{joint}" for joint in range(12)]
    message.position = [float(joint) for joint in range(12)]
    message.velocity = message.effort = message.position
    return message


def image():
    message = Image(width=640, height=480, encoding="rgb8", step=3 * 640)
    message.data.frombytes(bytes([127]) * (3 * 640 * 480))
    return message


def stamp():
    now = time.time_ns()
    return Time(sec=now // 1_000_000_000, nanosec=now % 1_000_000_000)


def age_ns(stamped):
    return time.time_ns() - (stamped.sec * 1_000_000_000 + stamped.nanosec)


class Near:
    def __init__(self):
        self.node = rclpy.create_node("near")
        self.there = self.node.create_publisher(JointState, "there", 10)
        self.images = self.node.create_publisher(Image, "images", 10)
        self.node.create_subscription(JointState, "back", self.came_back, 10)
        self.message, self.image = joint_state(), image()
        self.left, self.took, self.done = 0, [], threading.Event()

    def send(self):
        self.sent = time.perf_counter_ns()
        self.there.publish(self.message)

    def came_back(self, _):
        if self.left == 0:
            return
        self.took.append(time.perf_counter_ns() - self.sent)
        self.left -= 1
        if self.left:
            self.send()
        else:
            self.done.set()

    def connect(self):
        self.left = 1
        self.send()
        while not self.done.wait(0.1):
            self.send()
        # What was sent twice comes back twice.
        time.sleep(0.3)

    def round_trips(self, count):
        self.took = []
        self.done.clear()
        self.left = count
        self.send()
        self.done.wait()
        return self.took

    def send_image(self):
        self.image.header.stamp = stamp()
        self.images.publish(self.image)


def spin(node):
    try:
        rclpy.spin(node)
    except rclpy.executors.ExternalShutdownException:
        pass


def percentile(values, percent):
    return sorted(values)[-(-len(values) * percent // 100) - 1] / 1e3


def near(trips, images):
    command = ["taskset", "--cpu-list", FAR_CPU, sys.executable, __file__, "--far"]
    far = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    side = Near()
    spinning = threading.Thread(target=spin, args=[side.node])
    spinning.start()
    side.connect()
    side.round_trips(WARM_UP)
    took = side.round_trips(trips)
    for _ in range(WARM_UP_IMAGES + images):
        time.sleep(PAUSE)
        side.send_image()
    time.sleep(10 * PAUSE)
    said, _ = far.communicate()
    ages = [int(age) for age in said.split()][WARM_UP_IMAGES:]
    figures = {"images_lost": images - len(ages)}
    for name, found in [("trip", took), ("image", ages)]:
        for percent in [50, 99]:
            figures[f"{name}_p{percent}_us"] = percentile(found, percent)
    print(json.dumps(figures))
    rclpy.shutdown()
    spinning.join()


def far():
    node = rclpy.create_node("far")
    back = node.create_publisher(JointState, "back", 10)
    node.create_subscription(JointState, "there", back.publish, 10)
    ages = []
    node.create_subscription(Image, "images", lambda image: ages.append(age_ns(image.header.stamp)), 10)
    spinning = threading.Thread(target=spin, args=[node])
    spinning.start()
    sys.stdin.read()
    rclpy.shutdown()
    spinning.join()
    print(*ages, sep="\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--far", action="store_true")
    parser.add_argument("--trips", type=int, default=1000)
    parser.add_argument("--images", type=int, default=100)
    arguments = parser.parse_args()
    rclpy.init()
    if arguments.far:
        far()
    else:
        near(arguments.trips, arguments.images)


main()

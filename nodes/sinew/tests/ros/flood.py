"""Publishes a velocity on cmd_vel, ten thousand times a second or as often as it can.

    flood.py SPEED SECONDS
"""

import sys
import time

import rclpy
from geometry_msgs.msg import Twist

RATE_HZ = 10_000.0


def main(speed, seconds):
    rclpy.init()
    node = rclpy.create_node('flood')
    publisher = node.create_publisher(Twist, 'cmd_vel', 1)
    while not publisher.get_subscription_count():
        time.sleep(0.01)
    twist = Twist()
    twist.linear.x = speed
    began = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * RATE_HZ and time.monotonic() - began < seconds:
            publisher.publish(twist)
            sent += 1
        time.sleep(0.0005)
    print(f'{sent / seconds:.0f}')
    rclpy.try_shutdown()


if __name__ == '__main__':
    main(float(sys.argv[1]), float(sys.argv[2]))

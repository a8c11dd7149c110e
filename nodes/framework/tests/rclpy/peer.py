"""The other end of nodes/framework/tests/rclpy: a node of rclpy that speaks with one of Sinew.

usage: peer.py NAMESPACE

Says «ready» when it is on the network. Then it does what the lines on its standard input say.
"""

import sys
import threading

import rclpy
from rcl_interfaces.msg import Log
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import String, UInt64
from std_srvs.srv import Trigger

DEEP = QoSProfile(depth=1000)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Peer(Node):
    def __init__(self, namespace):
        super().__init__("peer", namespace=namespace)
        # What is heard on X comes back on X/echo.
        for message, topic, qos in [
            (JointState, "joint_states", DEEP),
            (Image, "image", DEEP),
            (UInt64, "number", DEEP),
        ]:
            echo = self.create_publisher(message, f"{topic}/echo", qos)
            self.create_subscription(message, topic, echo.publish, qos)
        # What was said before we came, and what Sinew's nodes log.
        self.heard = self.create_publisher(String, "heard", LATCHED)
        self.create_subscription(String, "said", self.heard.publish, LATCHED)
        self.create_subscription(Log, "/rosout", self.hear_log, DEEP)
        self.logged = self.create_publisher(String, "logged", DEEP)
        self.said = self.create_publisher(String, "said_by_peer", LATCHED)
        self.said.publish(String(data="hello from rclpy"))
        self.numbers = self.create_publisher(UInt64, "burst", DEEP)
        self.create_service(Trigger, "peer_trigger", self.answer)
        self.trigger = self.create_client(Trigger, "sinew_trigger")

    def hear_log(self, log):
        self.logged.publish(String(data=f"{log.name}: {log.msg}"))

    @staticmethod
    def answer(_, response):
        response.success, response.message = True, "rclpy heard it"
        return response

    def burst(self, first, last):
        for number in range(int(first), int(last)):
            self.numbers.publish(UInt64(data=number))

    def garbage(self):
        self.numbers.publish(b"\x00\x01\x00\x00\xff")

    def call(self):
        self.trigger.wait_for_service()
        response = self.trigger.call(Trigger.Request())
        self.heard.publish(String(data=f"{response.success} {response.message}"))


def main():
    rclpy.init()
    peer = Peer(sys.argv[1])

    over = threading.Event()
    executor = SingleThreadedExecutor()
    executor.add_node(peer)

    def spin():
        while not over.is_set():
            executor.spin_once(timeout_sec=0.1)

    spinning = threading.Thread(target=spin)
    spinning.start()
    print("ready", flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        getattr(peer, command)(*arguments)
    over.set()
    spinning.join()
    rclpy.shutdown()


main()

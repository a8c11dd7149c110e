"""A node of rclpy's own, which hears, asks and tells: what Sinew's nodes look like to others."""

import contextlib
import time

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

# What is awaited longer than this does not come, however busy the machine.
PATIENCE_SECS = 60.0

# As publishers of states offer them: nothing is lost unless the listener is far behind.
STATES = QoSProfile(depth=1000)
NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Heard(list):
    """The messages of a topic, oldest first."""

    @property
    def last(self):
        return self[-1] if self else None


class Peer:
    """Messages come in, and timers run, while it waits for something, in the thread that waits."""

    def __init__(self, domain, name='peer'):
        self.context = Context()
        rclpy.init(args=[], context=self.context, domain_id=domain)
        self.node = Node(name, context=self.context, start_parameter_services=False)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.clients = {}

    def close(self):
        self.executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()

    def spin(self, secs):
        end = time.monotonic() + secs
        while (rest := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=rest)

    def until(self, what, condition, patience_secs=PATIENCE_SECS):
        """Waits until `condition` gives something, and gives that. `what` says what was expected, or
        what was found instead."""
        deadline = time.monotonic() + patience_secs
        while not (found := condition()):
            if time.monotonic() > deadline:
                what = what() if callable(what) else what
                raise AssertionError(f'not within {patience_secs:.0f} s: {what}')
            self.executor.spin_once(timeout_sec=0.05)
        return found

    @contextlib.contextmanager
    def hearing(self, kind, topic, qos=STATES):
        """The messages of a topic, for as long as the block lasts."""
        heard = Heard()
        subscription = self.node.create_subscription(kind, topic, heard.append, qos)
        try:
            yield heard
        finally:
            self.node.destroy_subscription(subscription)

    def next(self, kind, topic, qos=STATES):
        """One message of a topic."""
        with self.hearing(kind, topic, qos) as heard:
            self.until(f'a message on {topic}', lambda: heard)
            return heard[0]

    @contextlib.contextmanager
    def telling(self, message, topic, rate_hz=20.0, qos=1):
        """Publishes `message` over and over for as long as the block lasts; it may be changed."""
        publisher = self.node.create_publisher(type(message), topic, qos)
        timer = self.node.create_timer(1.0 / rate_hz, lambda: publisher.publish(message))
        try:
            yield message
        finally:
            self.node.destroy_timer(timer)
            self.node.destroy_publisher(publisher)

    def ask(self, kind, service, request=None):
        """Calls a service, and gives its answer."""
        client = self.clients.get(service)
        if client is None:
            client = self.clients[service] = self.node.create_client(kind, service)
        self.until(f'the service {service}', client.service_is_ready)
        return self.result(client.call_async(request or kind.Request()), f'an answer of {service}')

    def result(self, future, what='an answer'):
        self.until(what, future.done)
        return future.result()

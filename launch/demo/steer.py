#!/usr/bin/env python3
"""Watches Strider walk on ROS 2, then takes the wheel: rclpy and standard messages, nothing of Sinew's.

Run it beside the nodes sim, control and course; launch/demo/walk.sh does. Ends with 0 where the robot
did what it should.
"""

import math
import sys
import time
from itertools import pairwise

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import String

# Strider's physics takes 250 steps a second, and each is published.
STEP_SECS = 0.004
# Waiting ends after this, however slow the machine.
PATIENCE_SECS = 60.0
# A message that says one thing for as long as nothing else is said: late listeners get it, too.
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Failed(Exception):
    """Something is not as it should be."""


def say(text):
    print(f'  ok   {text}', flush=True)


class Pilot(Node):
    """Hears what the robot says, and commands it 20 times a second once it has the wheel."""

    def __init__(self):
        super().__init__('pilot')
        self.clock_secs = self.mode = self.odometry = self.imu = None
        self.stamps = {'joint_states': [], 'imu/data': []}
        self.diagnostics = {}
        self.velocity = (0.0, 0.0, 0.0)
        self.create_subscription(Clock, '/clock', self.on_clock, qos_profile_sensor_data)
        self.create_subscription(String, 'control/mode', self.on_mode, LATCHED)
        self.create_subscription(Odometry, 'odom', self.on_odometry, qos_profile_sensor_data)
        self.create_subscription(DiagnosticArray, '/diagnostics', self.on_diagnostics, 10)

    def on_clock(self, message):
        self.clock_secs = seconds(message.clock)

    def on_mode(self, message):
        self.mode = message.data

    def on_odometry(self, message):
        self.odometry = message

    def on_diagnostics(self, message):
        self.diagnostics.update((status.name, status) for status in message.status)

    def take_the_wheel(self):
        self.cmd_vel = self.create_publisher(Twist, 'cmd_vel', 1)
        # Half a second of silence makes the controller stop the robot.
        self.create_timer(0.05, self.command)

    def command(self):
        twist = Twist()
        twist.linear.x, twist.linear.y, twist.angular.z = self.velocity
        self.cmd_vel.publish(twist)

    def until(self, what, condition, patience_secs=PATIENCE_SECS):
        """Lets messages come in until `condition` gives something, and gives that."""
        deadline = time.monotonic() + patience_secs
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise Failed(f'{what}: not within {patience_secs:.0f} s')
            rclpy.spin_once(self, timeout_sec=0.1)
            if self.mode == 'stopped':
                raise Failed(f'{what}: the controller has stopped the robot{self.reason()}')
        return found

    def reason(self):
        gate = self.diagnostics.get('control: safety gate')
        return f' ({gate.message})' if gate else ''

    def ask(self, kind, service, request):
        client = self.create_client(kind, service)
        self.until(f'the service {service}', client.service_is_ready)
        future = client.call_async(request)
        return self.until(f'an answer of {service}', future.result)

    def pose(self):
        """Where the robot is: x and y in m, heading in rad."""
        pose = self.odometry.pose.pose
        q = pose.orientation
        heading = math.atan2(2 * (q.w * q.z + q.x * q.y), 1 - 2 * (q.y * q.y + q.z * q.z))
        return pose.position.x, pose.position.y, heading


def seconds(stamp):
    return stamp.sec + 1e-9 * stamp.nanosec


def check_clock(pilot):
    pilot.until('/clock: is the node sim up', lambda: pilot.clock_secs)
    began, machine = pilot.clock_secs, time.monotonic()
    pilot.until('one second on /clock', lambda: pilot.clock_secs >= began + 1.0)
    pace = (pilot.clock_secs - began) / (time.monotonic() - machine)
    # Slower than the machine's clock where the machine is busy; never faster.
    if pace > 1.2:
        raise Failed(f'/clock: {pace:.2f} times as fast as the machine')
    say(f'/clock goes, at {pace:.2f} of the machine\'s pace')


def check_rate(pilot, kind, topic, describe):
    """Whether messages are stamped one physics step after the other."""
    heard = []
    subscription = pilot.create_subscription(kind, topic, heard.append, QoSProfile(depth=200))
    pilot.until(topic, lambda: len(heard) > 500)
    pilot.destroy_subscription(subscription)
    stamps = [seconds(message.header.stamp) for message in heard]
    steps = sorted(b - a for a, b in pairwise(stamps))
    step = steps[len(steps) // 2]
    if abs(step - STEP_SECS) > 1e-6 or steps[0] <= 0:
        raise Failed(f'{topic}: stamps {step} s apart, {steps[0]} s the least; expected {STEP_SECS} s')
    say(f'{topic} comes {1 / step:.0f} times a second: {describe(heard[-1])}')


def check_diagnostics(pilot):
    def told(part):
        return lambda: pilot.diagnostics.get(f'control: {part}')

    loop = pilot.until('/diagnostics of the loop', told('loop'))
    gate = pilot.until('/diagnostics of the safety gate', told('safety gate'))
    if gate.level != DiagnosticStatus.OK:
        raise Failed(f'{gate.name}: {gate.message}')
    values = {pair.key: pair.value for pair in loop.values}
    say(f'/diagnostics: loop at {loop.message}, tick p99 {values["tick_p99_us"]} µs; gate: {gate.message}')


def deactivate_course(pilot):
    # Both command for a moment: a gap would be silence, for which the robot is stopped.
    pilot.take_the_wheel()
    request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_DEACTIVATE))
    if not pilot.ask(ChangeState, 'course/change_state', request).success:
        raise Failed('the course does not deactivate')
    state = pilot.ask(GetState, 'course/get_state', GetState.Request()).current_state
    if state.id != State.PRIMARY_STATE_INACTIVE:
        raise Failed(f'the course is {state.label} after it was deactivated')
    say('the course was deactivated, and gives the wheel to this program')


def steer(pilot, name, velocity, seconds_long):
    """Commands `velocity` for a while of simulated time; checks how far the robot came, in the frame
    that it had after its first second, in which it finds into its gait."""
    pilot.velocity = velocity

    def go_on(secs):
        until = seconds(pilot.odometry.header.stamp) + secs
        pilot.until(name, lambda: seconds(pilot.odometry.header.stamp) >= until)

    go_on(1.0)
    x0, y0, heading0 = pilot.pose()
    turned, last = 0.0, heading0
    for _ in range(int(10 * seconds_long)):
        go_on(0.1)
        heading = pilot.pose()[2]
        turned += math.remainder(heading - last, 2 * math.pi)
        last = heading
    x, y, _ = pilot.pose()
    ahead = (x - x0) * math.cos(heading0) + (y - y0) * math.sin(heading0)
    left = (y - y0) * math.cos(heading0) - (x - x0) * math.sin(heading0)
    mean = [ahead / seconds_long, left / seconds_long, turned / seconds_long]
    told = f'{name}: told {show(velocity)}, went {show(mean)}'
    # The policy's own error is 0.07 m/s on average (docs/benchmarks.md). Where in a step of 0.1 to 0.2 m the walk
    # begins and ends adds as much over 3 s.
    for got, wanted, bound in zip(mean, velocity, (0.15, 0.15, 0.2)):
        if abs(got - wanted) > bound:
            raise Failed(told)
    say(told)


def show(velocity):
    return '{:+.2f} m/s ahead, {:+.2f} m/s left, {:+.2f} rad/s'.format(*velocity)


def drive(pilot):
    check_clock(pilot)
    pilot.until('mode run: the robot stands up', lambda: pilot.mode == 'run')
    say('control/mode: run; the policy is in charge')
    check_rate(
        pilot, JointState, 'joint_states', lambda message: f'{len(message.name)} joints'
    )
    check_rate(
        pilot, Imu, 'imu/data', lambda message: f'{message.linear_acceleration.z:+.1f} m/s² upwards'
    )
    check_diagnostics(pilot)
    pilot.until('the course: 1 m ahead', lambda: pilot.odometry and pilot.pose()[0] > 1.0)
    say('the course has led the robot 1 m ahead')
    deactivate_course(pilot)
    steer(pilot, 'ahead', (0.5, 0.0, 0.0), 3.0)
    steer(pilot, 'to the left', (0.0, 0.2, 0.0), 3.0)
    steer(pilot, 'turning', (0.0, 0.0, 0.5), 3.0)
    steer(pilot, 'standing', (0.0, 0.0, 0.0), 2.0)
    height = pilot.odometry.pose.pose.position.z
    say(f'still on its feet: {height:.2f} m above the ground at {pilot.pose()[0]:.1f}, {pilot.pose()[1]:.1f} m')


def main():
    rclpy.init()
    try:
        drive(Pilot())
    except Failed as failed:
        print(f'  FAIL {failed}', flush=True)
        return 1
    finally:
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())

"""Sinew's nodes in processes of their own, on a domain where nobody else is."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

from peer import LATCHED, PATIENCE_SECS, Peer
from std_msgs.msg import String

ROOT = Path(__file__).resolve().parents[4]
SINEW = os.environ.get('SINEW', str(ROOT / 'target/release/sinew'))
STRIDER = 'launch/robots/strider.yaml'

# Limits for a machine that does other things as well: here a tenth of a second is nothing to stop for.
PATIENT = {
    'control:safety.stale_secs': 0.5,
    'control:safety.frozen_secs': 2.0,
    'control:safety.overrun_secs': 2.0,
    'control:safety.inference_budget_secs': 0.2,
    'control:safety.deadman_secs': 5.0,
    'sim:command_timeout_secs': 0.5,
}
# The base hangs in a frame, feet just touching the ground: the robot does all it does, and cannot fall.
HELD = PATIENT | {'sim:harness_secs': 1e6}


class Process:
    """One process of nodes."""

    def __init__(self, arguments, log, domain):
        self.log = log
        # What a robot is under outlives a process: here as long as the test.
        state = {'XDG_STATE_HOME': str(log.parent / 'state')}
        with log.open('a') as said:
            self.child = subprocess.Popen(
                [SINEW, *arguments],
                cwd=ROOT,
                env=os.environ | state | {'ROS_DOMAIN_ID': str(domain)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    @property
    def pid(self):
        return self.child.pid

    def said(self):
        return self.log.read_text()

    def send(self, which):
        self.child.send_signal(which)

    def kill(self):
        """As a crash: no time for last words."""
        self.child.kill()
        self.child.wait()

    def end(self, which=signal.SIGINT):
        """Asks it to end; gives its exit code."""
        self.send(which)
        return self.child.wait(PATIENCE_SECS)

    def cpu_secs(self):
        user, system = Path(f'/proc/{self.pid}/stat').read_text().rsplit(')', 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')

    def clean_up(self):
        if self.child.poll() is None:
            # One that was stopped does not even see that it is to end.
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


class World:
    """A domain with nodes and a peer. Parameters are given as `{'node:name': value}`."""

    def __init__(self, folder):
        self.folder = folder
        self.domain = free_domain()
        self.peer = Peer(self.domain)
        self.processes = []

    def close(self):
        for process in self.processes:
            process.clean_up()
        self.peer.close()

    def start(self, name, parameters=None, *arguments, file=STRIDER):
        """Starts one node of a parameter file; `arguments` are more ROS arguments."""
        ros = [*ros_arguments(parameters or {}), *arguments]
        command = ['up', file, '--bus', 'ros2', '--nodes', name, '--ros-args', *ros]
        log = self.folder / f'{len(self.processes)}-{name}.log'
        process = Process(command, log, self.domain)
        self.processes.append(process)
        return process

    def bring_up(self, parameters, *names):
        """Starts nodes, all with the same parameters; gives their processes."""
        return [self.start(name, parameters) for name in names]

    def until_mode(self, mode, topic='/control/mode'):
        with self.peer.hearing(String, topic, LATCHED) as modes:
            self.peer.until(
                lambda: f'mode {mode}, found {[m.data for m in modes]}\n{self.last_words()}',
                lambda: modes and modes.last.data == mode,
            )

    def last_words(self):
        return '\n'.join(f'--- {p.log.stem}\n{p.said()[-2000:]}' for p in self.processes)


def ros_arguments(parameters):
    return [part for name, value in parameters.items() for part in ('-p', f'{name}:={yaml(value)}')]


def yaml(value):
    return str(value).lower() if isinstance(value, bool) else value


def free_domain():
    """A domain in which nobody on this machine takes part."""
    domains = list(range(50, 100))
    random.shuffle(domains)
    for domain in domains:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                # The port of the domain's discovery, which its participants share.
                probe.bind(('', 7400 + 250 * domain))
                return domain
            except OSError:
                continue
    raise RuntimeError('no ROS domain from 50 to 99 is free')


def run(*arguments):
    """Runs `sinew` to its end, which should come at once; gives code and what it said."""
    began = time.monotonic()
    done = subprocess.run([SINEW, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECS)
    assert time.monotonic() - began < PATIENCE_SECS
    return done.returncode, done.stderr

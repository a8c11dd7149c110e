"""What a controller did on DDS, recorded by a node in its process, runs again and is the same to the bit."""

import json
import subprocess
import time

from nodes import HELD, ROOT, SINEW, World
from std_srvs.srv import Trigger


def test_a_recording_of_a_controller_on_dds_runs_again_to_the_bit(tmp_path):
    recorded = tmp_path / 'recorder.yaml'
    recorded.write_text('recorder:\n  ros__parameters:\n    folder: out\n')
    world = World(tmp_path)
    try:
        world.bring_up(HELD, 'sim', 'course')
        # Several nodes of one process.
        control = world.start('control,recorder', HELD, '--params-file', str(recorded))
        world.until_mode('run')
        time.sleep(5.0)
        asked = f'/{world.peer.node.get_name()} asked for ~/stop'
        assert world.peer.ask(Trigger, 'control/stop', Trigger.Request()).success
        world.until_mode('stopped')
        # Its name may come later than its request.
        time.sleep(2.5)
        assert control.end() == 0, world.last_words()
    finally:
        world.close()
    # A stop that was asked for is an event, with a file of its own.
    recordings = sorted((tmp_path / 'out').glob('strider_*.mcap'))
    assert len(recordings) == 1, recordings
    result = tmp_path / 'replay.json'
    done = subprocess.run(
        [SINEW, 'replay', str(recordings[0]), '--json', str(result)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    replay = json.loads(result.read_text())
    assert replay['extent'] == 'whole_loop' and replay['same'] == replay['ticks'] > 1000, replay
    assert replay['missing'] == 0 and replay['inferences'] > 100, replay
    page = tmp_path / 'inspection.json'
    subprocess.run([SINEW, 'inspect', str(recordings[0]), '--json', str(page)], cwd=ROOT, check=True)
    interventions = json.loads(page.read_text())['interventions']
    (stop,) = [each for each in interventions if each['node'] == '/control' and each['what'] == asked]
    assert len(bytes.fromhex(stop['origin'])) == 16, stop

"""LeRobot's own reader on a data set of `lerobot.rs`: `load_lerobot.py FOLDER TASK`, offline.

Ends with an error where a frame, its image or its task is not as it should be, with either of the two video backends.
"""

import sys

from lerobot.datasets.lerobot_dataset import LeRobotDataset

root, task = sys.argv[1:]
for backend in ("pyav", "torchcodec"):
    dataset = LeRobotDataset("local/sinew", root=root, video_backend=backend)
    assert (dataset.num_episodes, dataset.num_frames, dataset.fps) == (2, 72, 30), dataset
    for index in range(len(dataset)):
        frame = dataset[index]
        assert frame["task"] == task, (backend, index, frame["task"])
        level = float(frame["observation.images.head"].mean()) * 255
        wanted = 20 + 4 * (index % 36)
        assert abs(level - wanted) < 3, (backend, index, level, wanted)
        tick = float(frame["observation.state"][0])
        assert abs(float(frame["action"][0]) - tick - 0.25) < 1e-5, (backend, index)

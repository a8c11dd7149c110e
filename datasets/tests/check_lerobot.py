"""The independent reader of `lerobot.rs`: pyarrow, on the layout of LeRobotDataset v3.0.

`check_lerobot.py FOLDER EXPECTED` ends with an error where something is not as it should be.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

VECTOR = {
    "observation.state": ["hip.position", "knee.position", "hip.velocity", "knee.velocity"],
    "action": ["hip.position", "knee.position"],
    "observation.imu": 10,
    "observation.command": ["linear.x", "linear.y", "angular.z"],
}
WHOLE = ["mode", "stamp.state", "frame_index", "episode_index", "index", "task_index"]
QUANTILES = ["q01", "q10", "q50", "q90", "q99"]


def expect(found, wanted, what):
    """Ends the check where these differ."""
    if found != wanted:
        raise AssertionError(f"{what}: expected {wanted}, found {found}")


def near(found, wanted, what, tolerance=1e-5):
    """Ends the check where these are not close to each other."""
    if abs(found - wanted) > tolerance:
        raise AssertionError(f"{what}: expected {wanted}, found {found}")


def declared(info, camera):
    """The features in info.json."""
    features = info["features"]
    names = [*VECTOR, *WHOLE, "timestamp"]
    if camera:
        names += [f"observation.images.{camera}", f"stamp.images.{camera}"]
    expect(sorted(features), sorted(names), "features")
    for name, numbers in VECTOR.items():
        expect(features[name]["dtype"], "float32", name)
        length = numbers if isinstance(numbers, int) else len(numbers)
        expect(features[name]["shape"], [length], name)
        if isinstance(numbers, list):
            expect(features[name]["names"], numbers, name)
    for name in WHOLE:
        expect(features[name], {"dtype": "int64", "shape": [1], "names": None}, name)
    expect(features["timestamp"], {"dtype": "float32", "shape": [1], "names": None}, "timestamp")
    if camera:
        video = features[f"observation.images.{camera}"]
        expect((video["dtype"], video["shape"]), ("video", [48, 64, 3]), camera)
        expect(video["names"], ["height", "width", "channels"], camera)
        wanted = {"height": 48, "width": 64, "codec": "h264", "pix_fmt": "yuv420p", "is_depth_map": False}
        wanted = {f"video.{key}": value for key, value in wanted.items()}
        wanted |= {"video.fps": info["fps"], "video.channels": 3, "has_audio": False}
        expect(video["info"], wanted, camera)


def tasks(root, text):
    """The task's text is the index of a pandas table."""
    table = pq.read_table(root / "meta/tasks.parquet")
    expect(table.column("task_index").to_pylist(), [0], "task_index")
    expect(table.schema.field("task_index").type, pa.int64(), "task_index")
    expect(table.column("task").to_pylist(), [text], "task")
    pandas = json.loads(table.schema.metadata[b"pandas"])
    expect(pandas["index_columns"], ["task"], "index of the tasks")
    expect([column["name"] for column in pandas["columns"]], ["task_index", "task"], "columns of the tasks")


def stats(features, found, frames, what):
    """Every feature has its figures, in its shape."""
    expect(sorted(found), sorted(features), what)
    for name, feature in features.items():
        figures = found[name]
        expect(sorted(figures), sorted(["min", "max", "mean", "std", "count", *QUANTILES]), f"{what} {name}")
        expect(figures["count"], [frames], f"{what} {name} count")
        for figure in set(figures) - {"count"}:
            if feature["dtype"] == "video":
                expect([len(figures[figure]), len(figures[figure][0]), len(figures[figure][0][0])], [3, 1, 1], name)
                low, high = figures["min"][0][0][0], figures["max"][0][0][0]
                expect(0 <= low <= figures[figure][0][0][0] <= high <= 1 or figure == "std", True, f"{name} {figure}")
            else:
                expect(len(figures[figure]), feature["shape"][0], f"{name} {figure}")


def frame_levels(video):
    """How bright each frame of a video is, by its own count."""
    command = ["ffmpeg", "-loglevel", "error", "-i", video, "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    gray = subprocess.run(command, check=True, capture_output=True).stdout
    size = 64 * 48
    return [sum(gray[i : i + size]) / size for i in range(0, len(gray), size)]


def frames(table, fps, length, episode, before, expected):
    """The rows of an episode are what was last recorded at their times."""
    begin, first = expected["begin"], expected["first"]
    column = {name: table.column(name).to_pylist() for name in table.column_names}
    expect(len(table), length, "rows")
    expect(column["frame_index"], list(range(length)), "frame_index")
    expect(column["episode_index"], [episode] * length, "episode_index")
    expect(column["index"], list(range(before, before + length)), "index")
    expect(column["task_index"], [0] * length, "task_index")
    for k in range(length):
        near(column["timestamp"][k], k / fps, "timestamp", 1e-6 * (1 + k / fps))
        nanos = first + k * 1_000_000_000 // fps
        # The loop's ticks are 10 ms apart.
        tick = nanos // 10_000_000
        expect(column["stamp.state"][k], begin + tick * 10_000_000, f"stamp.state of frame {k}")
        expect(column["observation.state"][k], [tick, -tick, 0.5, tick / 4], f"state of frame {k}")
        expect(column["action"][k], [tick + 0.25, tick + 0.5], f"action of frame {k}")
        expect(column["observation.imu"][k][4], tick, f"imu of frame {k}")
        expect(column["observation.command"][k], [0.5, 0, tick], f"command of frame {k}")
        expect(column["mode"][k], 2, f"mode of frame {k}")
    return column


def images(root, name, row, length, column, fps, expected):
    """The frames of an episode's video are the images that its stamps name."""
    number = [row[f"videos/{name}/{part}"] for part in ("chunk_index", "file_index")]
    video = root / f"videos/{name}/chunk-{number[0]:03d}/file-{number[1]:03d}.mp4"
    begin = row[f"videos/{name}/from_timestamp"]
    near(row[f"videos/{name}/to_timestamp"], begin + length / fps, "to_timestamp")
    levels = frame_levels(video)
    at = round(begin * fps)
    near(begin * fps, at, "from_timestamp", 1e-6)
    for k in range(length):
        stamp = column[f"stamp.{name.removeprefix('observation.')}"][k]
        nanos = stamp - expected["begin"] - 95_000_000
        image = round(nanos * 30 / 1e9)
        expect(stamp, expected["begin"] + 95_000_000 + image * 1_000_000_000 // 30, "stamp of an image")
        expect(image, (k * 1_000_000_000 // fps) * 30 // 1_000_000_000 if fps != 30 else k, f"image of frame {k}")
        near(levels[at + k], 20 + 4 * image, f"brightness of frame {k}", 2)
    if shutil.which("ffprobe"):
        command = ["ffprobe", "-loglevel", "error", "-count_frames", "-select_streams", "v:0", "-show_entries"]
        command += ["stream=nb_read_frames,avg_frame_rate,codec_name", "-of", "json", str(video)]
        stream = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"][0]
        expect(stream["codec_name"], "h264", "codec")
        expect(stream["avg_frame_rate"], f"{fps}/1", "frame rate")
        expect(int(stream["nb_read_frames"]), len(levels), "frames")
    return video, len(levels)


def main():
    """Checks the data set."""
    root, expected = Path(sys.argv[1]), json.loads(sys.argv[2])
    fps, lengths, camera = expected["fps"], expected["lengths"], expected["camera"]
    info = json.loads((root / "meta/info.json").read_text())
    for key, value in {
        "codebase_version": "v3.0",
        "robot_type": expected["robot"],
        "total_episodes": len(lengths),
        "total_frames": sum(lengths),
        "total_tasks": 1,
        "chunks_size": 1000,
        "fps": fps,
        "splits": {"train": f"0:{len(lengths)}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
    }.items():
        expect(info[key], value, key)
    declared(info, camera)
    tasks(root, expected["task"])
    features = info["features"]
    stats(features, json.loads((root / "meta/stats.json").read_text()), sum(lengths), "stats.json")

    episodes = pq.read_table(root / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    expect([row["episode_index"] for row in episodes], list(range(len(lengths))), "episode_index")
    before, videos = 0, {}
    for row, length, number in zip(episodes, lengths, expected["files"]):
        expect((row["length"], row["tasks"]), (length, [expected["task"]]), "episode")
        expect([row["dataset_from_index"], row["dataset_to_index"]], [before, before + length], "indices")
        expect([row["data/chunk_index"], row["data/file_index"]], number, "data file")
        expect([row["meta/episodes/chunk_index"], row["meta/episodes/file_index"]], [0, 0], "episodes file")
        figures = {}
        for key, value in row.items():
            if key.startswith("stats/"):
                _, name, figure = key.split("/")
                figures.setdefault(name, {})[figure] = value
        stats(features, figures, length, "stats of an episode")
        near(figures["timestamp"]["max"][0], (length - 1) / fps, "last timestamp")

        table = pq.read_table(root / f"data/chunk-{number[0]:03d}/file-{number[1]:03d}.parquet")
        # A column that is not declared would make the data set unreadable.
        expect(sorted(table.column_names), sorted(n for n, f in features.items() if f["dtype"] != "video"), "columns")
        for name in table.column_names:
            shape, dtype = features[name]["shape"][0], features[name]["dtype"]
            scalar = pa.float32() if dtype == "float32" else pa.int64()
            wanted = scalar if shape == 1 else pa.list_(pa.float32(), shape)
            expect(table.schema.field(name).type, wanted, f"type of {name}")
        mine = table.filter(pa.compute.equal(table.column("episode_index"), row["episode_index"]))
        column = frames(mine, fps, length, row["episode_index"], before, expected)
        if camera:
            video, count = images(root, f"observation.images.{camera}", row, length, column, fps, expected)
            videos[video] = count
        before += length
    expect(sum(videos.values()), sum(lengths) if camera else 0, "frames of all videos")


if __name__ == "__main__":
    main()

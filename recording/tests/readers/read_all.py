"""Reads a recording with the readers of other makers and prints what they read, as JSON: for each reader a list of
[topic, log time, values] of every message. Called by the tests of the crate."""

import json
import pathlib
import sys

from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader


def values(message):
    """The fields of a message, in their order, with all that is in them."""
    if isinstance(message, bool | int | float | str):
        return message
    if isinstance(message, bytes | list | tuple) or hasattr(message, "tolist"):
        return [values(one) for one in (message.tolist() if hasattr(message, "tolist") else message)]
    names = getattr(message, "__slots__", None) or vars(message)
    fields = [name for name in names if name != "__msgtype__"]
    return {name.lstrip("_"): values(getattr(message, name)) for name in fields}


def with_mcap(path):
    with path.open("rb") as file:
        reader = make_reader(file, validate_crcs=True, decoder_factories=[DecoderFactory()])
        for _, channel, message, decoded in reader.iter_decoded_messages():
            yield [channel.topic, message.log_time, values(decoded)]


def with_rosbags(path):
    with AnyReader([path]) as reader:
        for connection, time, data in reader.messages():
            yield [connection.topic, time, values(reader.deserialize(data, connection.msgtype))]


def main():
    path = pathlib.Path(sys.argv[1])
    print(json.dumps({"mcap": list(with_mcap(path)), "rosbags": list(with_rosbags(path))}))


if __name__ == "__main__":
    main()

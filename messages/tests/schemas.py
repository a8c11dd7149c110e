"""The independent reader of `schemas.rs`: mcap-ros2-support, by the schemas that Sinew writes.

The file that is named has a line of JSON for each message: its type, its schema, its bytes as hexadecimal digits, and
the values that must come out. Answers with the number of messages that were as they should be.
"""

import json
import sys

from mcap_ros2._dynamic import generate_dynamic


def same(found, expected, where):
    """Whether all values are the expected ones."""
    if isinstance(expected, dict):
        # A field that only keeps a definition from being empty is nobody's.
        names = set(getattr(found, "__slots__", []))
        if names != set(expected):
            raise AssertionError(f"{where}: expected the fields {sorted(expected)}, found {sorted(names)}")
        for name, value in expected.items():
            same(getattr(found, name), value, f"{where}.{name}")
    elif isinstance(expected, list):
        found = list(found)
        if len(found) != len(expected):
            raise AssertionError(f"{where}: expected {len(expected)} elements, found {len(found)}")
        for index, (one, other) in enumerate(zip(found, expected)):
            same(one, other, f"{where}[{index}]")
    elif isinstance(found, int) and not isinstance(found, bool) and found < 0 <= expected:
        # The reader takes `char` for a signed byte.
        if found + 256 != expected:
            raise AssertionError(f"{where}: expected {expected}, found {found}")
    elif found != expected:
        raise AssertionError(f"{where}: expected {expected!r}, found {found!r}")


def main():
    """Checks each line."""
    decoders = {}
    count = 0
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            message = json.loads(line)
            name = message["type"]
            if name not in decoders:
                decoders[name] = generate_dynamic(name, message["schema"])[name]
            same(decoders[name](bytes.fromhex(message["bytes"])), message["values"], name)
            count += 1
    print(count)


if __name__ == "__main__":
    main()

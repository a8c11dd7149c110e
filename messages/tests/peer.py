"""The independent peer of `rclpy.rs`: rclpy's own serialization, as lines on standard input and output.

A line is the name of a type and, behind a space, a serialized message as hexadecimal digits.
`peer.py make SEED COUNT` reads names and answers each with COUNT messages of random values.
`peer.py echo` reads messages and answers each with what it is after rclpy has read and written it.
A type whose package has no Python module is answered by its name alone.
"""

import importlib
import random
import string
import sys

from rclpy.serialization import deserialize_message, serialize_message
from rosidl_parser.definition import AbstractSequence, AbstractString, Array, BasicType, NamespacedType

INTEGERS = {f"{sign}int{bits}": (bits, sign == "") for sign in ("", "u") for bits in (8, 16, 32, 64)}
FLOATS = [0.0, -0.0, 1.5, -2.25, 1e30, 3.141592653589793, float("inf"), float("-inf")]
LETTERS = string.ascii_letters + string.digits + " _/äπ字🤖"


def python_type(name):
    """The class of `package/msg/Name` or `package/srv/Name_Request`, or None."""
    package, kind, type_name = name.split("/")
    try:
        module = importlib.import_module(f"{package}.{kind}")
    except ModuleNotFoundError:
        return None
    service, _, part = type_name.partition("_")
    return getattr(getattr(module, service), part) if part else getattr(module, service)


def primitive(rng, name):
    """A random value of a basic type of IDL."""
    if name == "boolean":
        return rng.random() < 0.5
    if name == "octet":
        return bytes([rng.randrange(256)])
    if name in INTEGERS:
        bits, signed = INTEGERS[name]
        low = -(2 ** (bits - 1)) if signed else 0
        return rng.choice([low, low + 2**bits - 1, rng.randrange(low, low + 2**bits)])
    if name in ("float", "double"):
        return rng.choice([*FLOATS, rng.uniform(-1e3, 1e3)])
    raise TypeError(f"expected a basic type, found {name}")


def value(rng, slot):
    """A random value of the type that a slot of a message has."""
    if isinstance(slot, BasicType):
        return primitive(rng, slot.typename)
    if isinstance(slot, AbstractString):
        return "".join(rng.choices(LETTERS, k=rng.randrange(12)))
    if isinstance(slot, NamespacedType):
        return fill(rng, python_type("/".join(slot.namespaced_name())))
    if isinstance(slot, Array):
        return [value(rng, slot.value_type) for _ in range(slot.size)]
    if isinstance(slot, AbstractSequence):
        length = rng.randrange(min(4, getattr(slot, "maximum_size", 4) + 1))
        return [value(rng, slot.value_type) for _ in range(length)]
    raise TypeError(f"expected a type of ROS 2, found {slot}")


def fill(rng, message_type):
    """A message with random values in all of its fields."""
    message = message_type()
    for field, slot in zip(message.get_fields_and_field_types(), message_type.SLOT_TYPES):
        if field != "structure_needs_at_least_one_member":
            setattr(message, field, value(rng, slot))
    return message


def main():
    """Answers each line."""
    mode, *numbers = sys.argv[1:]
    seed, count = map(int, numbers or (0, 1))
    for line in sys.stdin:
        name, *message = line.split()
        message_type = python_type(name)
        if message_type is None:
            print(name)
        elif mode == "echo":
            message = deserialize_message(bytes.fromhex(message[0]), message_type)
            print(name, serialize_message(message).hex())
        else:
            rng = random.Random(f"{seed} {name}")
            for _ in range(count):
                print(name, serialize_message(fill(rng, message_type)).hex())


if __name__ == "__main__":
    main()

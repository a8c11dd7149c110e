"""Rotations of many robots at once. Quaternions are (w, x, y, z), rows are robots."""

import numpy as np


def rotate_inverse(quat, vec):
    """`vec` given in the world, seen from the frames `quat`."""
    w, xyz = quat[:, :1], quat[:, 1:]
    t = 2.0 * np.cross(vec, xyz)
    return vec + w * t + np.cross(t, xyz)


def yaw(quat):
    """Heading about the world's z axis, rad."""
    w, x, y, z = quat.T
    return np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def to_heading(quat, vec):
    """World vectors in the frame that turns with the heading but stays level."""
    c, s = np.cos(yaw(quat)), np.sin(yaw(quat))
    return np.stack([c * vec[:, 0] + s * vec[:, 1], c * vec[:, 1] - s * vec[:, 0], vec[:, 2]], axis=1)

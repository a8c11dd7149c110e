"""Judges what Sinew made of images and boxes: plain numpy has to get the same bits, OpenCV the same within a level."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


def plane(case, data):
    """The image's bytes without the gaps between its rows."""
    width, height = case["source"]
    encoding = case["encoding"]
    per_pixel = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "mono16": 2, "yuv422": 2, "yuv422_yuy2": 2}
    row = width * per_pixel.get(encoding, 1)
    rows = height + height // 2 if encoding.startswith("nv") else height
    padded = np.zeros(case["step"] * rows, np.uint8)
    padded[: len(data)] = np.frombuffer(data, np.uint8)
    return padded.reshape(rows, case["step"])[:, :row]


def yuv_to_rgb(y, u, v):
    """BT.601, video range, factors to three places, 20 binary places."""
    one = 1 << 20
    fixed = {name: int(factor * one + 0.5) for name, factor in
             {"y": 1.164, "rv": 1.596, "gu": 0.391, "gv": 0.813, "bu": 2.018}.items()}
    luma = np.maximum(y.astype(np.int64) - 16, 0) * fixed["y"] + one // 2
    u, v = u.astype(np.int64) - 128, v.astype(np.int64) - 128
    channels = [luma + fixed["rv"] * v, luma - fixed["gu"] * u - fixed["gv"] * v, luma + fixed["bu"] * u]
    return np.stack([np.clip(channel >> 20, 0, 255) for channel in channels], -1).astype(np.uint8)


def demosaic(mosaic, order):
    """Means of the nearest pixels of each colour, the image mirrored at its outermost pixels."""
    height, width = mosaic.shape
    colour = np.array(["rgb".index(c) for c in order]).reshape(2, 2)
    near = {(0, 0): ((0, 0),)}
    cross = ((-1, 0), (1, 0), (0, -1), (0, 1))
    corners = ((-1, -1), (-1, 1), (1, -1), (1, 1))

    def mirrored(i, n):
        if n == 1:
            return 0
        return -i if i < 0 else (2 * (n - 1) - i if i >= n else i)

    out = np.zeros((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            own = colour[y % 2, x % 2]
            for c in range(3):
                if c == own:
                    places = near[0, 0]
                elif own == 1:
                    across = colour[y % 2, (x + 1) % 2] == c
                    places = ((0, -1), (0, 1)) if across else ((-1, 0), (1, 0))
                else:
                    places = cross if c == 1 else corners
                values = [int(mosaic[mirrored(y + dy, height), mirrored(x + dx, width)]) for dy, dx in places]
                out[y, x, c] = (sum(values) + len(values) // 2) // len(values)
    return out


def to_rgb(case, pixels):
    """By numpy alone."""
    width, height = case["source"]
    encoding = case["encoding"]
    if encoding in ("rgb8", "bgr8", "rgba8", "bgra8"):
        rgb = pixels.reshape(height, width, -1)[:, :, :3]
        return rgb[:, :, ::-1] if encoding.startswith("bgr") else rgb
    if encoding == "mono8":
        return np.repeat(pixels[:, :, None], 3, 2)
    if encoding == "mono16":
        kind = ">u2" if case["big_endian"] else "<u2"
        grey = np.ascontiguousarray(pixels).view(kind).astype(np.int64)
        return np.repeat(((grey * 255 + 32767) // 65535).astype(np.uint8)[:, :, None], 3, 2)
    if encoding.startswith("yuv422"):
        pairs = pixels.reshape(height, width // 2, 4)
        even, odd = pairs[:, :, 0::2], pairs[:, :, 1::2]
        luma, chroma = (even, odd) if "yuy2" in encoding else (odd, even)
        chroma = np.repeat(chroma, 2, 1)
        return yuv_to_rgb(luma.reshape(height, width), chroma[:, :, 0], chroma[:, :, 1])
    if encoding.startswith("nv"):
        chroma = pixels[height:].reshape(height // 2, width // 2, 2).repeat(2, 0).repeat(2, 1)
        u, v = (0, 1) if encoding == "nv12" else (1, 0)
        return yuv_to_rgb(pixels[:height], chroma[:, :, u], chroma[:, :, v])
    return demosaic(pixels, encoding[len("bayer_") : -1])


def opencv_rgb(case, pixels):
    """By OpenCV."""
    width, height = case["source"]
    encoding, pixels = case["encoding"], np.ascontiguousarray(pixels)
    if encoding.startswith("yuv422"):
        code = cv2.COLOR_YUV2RGB_YUY2 if "yuy2" in encoding else cv2.COLOR_YUV2RGB_UYVY
        return cv2.cvtColor(pixels.reshape(height, width, 2), code)
    if encoding.startswith("nv"):
        return cv2.cvtColor(pixels, cv2.COLOR_YUV2RGB_NV12 if encoding == "nv12" else cv2.COLOR_YUV2RGB_NV21)
    if encoding.startswith("bayer"):
        return cv2.cvtColor(pixels, getattr(cv2, f"COLOR_Bayer{encoding[6:-1].upper()}2RGB"))
    return None


def placed(case):
    """Size of the resized image, and its left and top in the input."""
    source, wanted = case["source"], case["input"]
    ratios = [wanted[i] / source[i] for i in range(2)]
    if case["fit"] == "stretch":
        size = list(wanted)
    else:
        ratio = min(ratios) if case["fit"] == "letterbox" else max(ratios)
        size = [max(1, round(side * ratio)) for side in source]
    return size, [(wanted[i] - size[i]) // 2 for i in range(2)]


def taps(case, axis):
    """For each pixel of the input that the image covers: the first of two source pixels and the second's share."""
    size, offset = placed(case)
    source, wanted = case["source"][axis], case["input"][axis]
    start, end = max(offset[axis], 0), min(offset[axis] + size[axis], wanted)
    at = (np.arange(start, end) - offset[axis] + 0.5) * (source / size[axis]) - 0.5
    first = np.clip(np.floor(at), 0, source - 1).astype(np.int64)
    share = np.where((at <= 0) | (first >= source - 1), 0.0, at - first)
    return start, end, first, np.minimum(first + 1, source - 1), share


def half_up(value):
    """Rounded, halves away from zero, as Rust does."""
    return np.floor(value + 0.5)


def resized(case, rgb):
    """In the same fixed point: 7 binary places between rows, 14 more between pixels."""
    _, _, top, bottom, down = taps(case, 1)
    _, _, left, right, across = taps(case, 0)
    rows = rgb.astype(np.int64) << 7
    down = np.minimum(half_up(down * 32768), 32767).astype(np.int64)[:, None, None]
    mixed = rows[top] + (((rows[bottom] - rows[top]) * down + (1 << 14)) >> 15)
    across = half_up(across * 16384).astype(np.int64)[None, :, None]
    return mixed[:, left] * (16384 - across) + mixed[:, right] * across


def byte(values):
    return np.clip(np.trunc(values + np.float32(0.5)), 0, 255).astype(np.uint8)


def expected(case, rgb):
    """The tensor, its numbers made the same way: one multiplication and one addition of float32."""
    f32 = np.float32
    one = float(1 << 21)
    width, height = case["input"]
    top, bottom = taps(case, 1)[:2]
    left, right = taps(case, 0)[:2]
    sums = resized(case, rgb)
    scale, mean, std = f32(case["scale"]), np.array(case["mean"], f32), np.array(case["std"], f32)
    if case["order"] == "grey":
        levels = np.full((height, width), f32(case["margin"]), f32)
        red, green, blue = (sums[:, :, c].astype(f32) * f32(1 / one) for c in range(3))
        levels[top:bottom, left:right] = f32(0.299) * red + f32(0.587) * green + f32(0.114) * blue
        tensor = ((levels * scale - mean[0]) / std[0])[:, :, None]
    else:
        whole = np.full((height, width, 3), int(case["margin"] * one), np.int64)
        whole[top:bottom, left:right] = sums
        factor = (float(scale) / one / std.astype(np.float64)).astype(f32)
        bias = (-mean.astype(np.float64) / std.astype(np.float64)).astype(f32)
        tensor = whole.astype(f32) * factor + bias
        if case["order"] == "bgr":
            tensor = tensor[:, :, ::-1]
    if case["layout"] == "nchw":
        tensor = tensor.transpose(2, 0, 1)
    return tensor


def opencv_resized(case, rgb):
    """OpenCV's bilinear resize, placed likewise, as levels."""
    size, offset = placed(case)
    resized = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_LINEAR)
    top, bottom = taps(case, 1)[:2]
    left, right = taps(case, 0)[:2]
    width, height = case["input"]
    whole = np.full((height, width, 3), case["margin"], np.uint8)
    whole[top:bottom, left:right] = resized[top - offset[1] : bottom - offset[1], left - offset[0] : right - offset[0]]
    return whole


@check
def preprocess(folder, cases):
    for i, case in enumerate(cases):
        width, height = case["source"]
        pixels = plane(case, (folder / f"{i}.in").read_bytes())
        rgb = to_rgb(case, pixels)
        ours = np.frombuffer((folder / f"{i}.rgb").read_bytes(), np.uint8).reshape(height, width, 3)
        assert np.array_equal(ours, rgb), f"colours differ from numpy's: {case}"

        theirs = opencv_rgb(case, pixels)
        if theirs is not None and min(width, height) > 4:
            # At the edges OpenCV repeats what is inside.
            inner = slice(1, -1) if case["encoding"].startswith("bayer") else slice(None)
            off = np.abs(theirs.astype(int) - rgb)[inner, inner].max()
            assert off <= 1, f"colours are {off} levels off OpenCV's: {case}"

        tensor = expected(case, rgb)
        kind = {"f32": np.float32, "f16": np.float16, "u8": np.uint8}[case["element"]]
        found = np.frombuffer((folder / f"{i}.out").read_bytes(), kind).reshape(tensor.shape)
        exact = byte(tensor) if case["element"] == "u8" else tensor.astype(kind)
        assert np.array_equal(found, exact), f"{np.abs(found.astype(float) - exact).max()} off numpy's: {case}"

        levels = found.astype(np.float64)
        if case["layout"] == "nchw":
            levels = levels.transpose(1, 2, 0)
        mean, std = np.array(case["mean"]), np.array(case["std"])
        if case["order"] == "bgr":
            mean, std = mean[::-1], std[::-1]
        channels = levels.shape[2]
        levels = (levels * std[:channels] + mean[:channels]) / case["scale"]
        theirs = opencv_resized(case, rgb).astype(np.float64)
        if case["order"] == "grey":
            theirs = (theirs @ [0.299, 0.587, 0.114])[:, :, None]
            theirs = np.round(theirs) if case["element"] == "u8" else theirs
        elif case["order"] == "bgr":
            theirs = theirs[:, :, ::-1]
        off = np.abs(levels - theirs).max()
        # What 16-bit floats cannot tell apart comes on top.
        assert off <= (1.2 if case["element"] == "f16" else 1.0), f"{off} levels off OpenCV's: {case}"


@check
def suppress(folder, cases):
    for case in cases:
        boxes, scores, limits = case["boxes"], case["scores"], (case["threshold"], case["overlap"])
        if case["classes"] is None:
            kept = cv2.dnn.NMSBoxes(boxes, scores, *limits)
        else:
            kept = cv2.dnn.NMSBoxesBatched(boxes, scores, case["classes"], *limits)
        theirs = [[scores[i], boxes[i][0]] for i in np.array(kept).flatten()]
        assert theirs == case["kept"], (len(theirs), len(case["kept"]))


@check
def precision(folder, cases):
    sys.path.insert(0, str(Path(__file__).parents[3] / "models/train"))
    from detector.average_precision import average_precision

    for case in cases:
        rows = lambda frame, key: np.array(frame[key], np.float64).reshape(-1, 6)
        frames = [(rows(frame, "found"), rows(frame, "truth")) for frame in case["frames"]]
        theirs = [average_precision(frames, number, case["overlap"]) for number in range(3)]
        ours = [np.nan if one is None else one for one in case["precision"]]
        assert np.allclose(theirs, ours, rtol=0, atol=1e-9, equal_nan=True), (theirs, ours)


@check
def write(folder, cases):
    random = np.random.default_rng(3)
    for i, case in enumerate(cases):
        width, height = case["source"]
        small = random.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
        bgr = cv2.resize(small, (width, height))
        cv2.imwrite(str(folder / f"{i}.png"), bgr)
        cv2.imwrite(str(folder / f"{i}.jpg"), bgr)
        (folder / f"{i}.rgb").write_bytes(bgr[:, :, ::-1].tobytes())
        (folder / f"{i}.jpg.rgb").write_bytes(cv2.imread(str(folder / f"{i}.jpg"))[:, :, ::-1].tobytes())


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    cases = json.loads((folder / "cases.json").read_text())
    CHECKS[sys.argv[1]](folder, cases)
    print(f"{len(cases)} cases")

"""Has the public exporters write models with random weights, and their own code say what those see.

`export.py FOLDER` writes, for each model, an ONNX file and a JSON file with what PyTorch and the framework's own
pre- and post-processing find in the pictures, which it writes too. Nothing is downloaded.
"""

import json
import os
import shutil
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock

FOLDER = Path(sys.argv[1]).resolve()
SCRATCH = Path(tempfile.mkdtemp())
os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false", YOLO_VERBOSE="false", YOLO_CONFIG_DIR=str(SCRATCH))
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
warnings.filterwarnings("ignore")

import cv2
import numpy as np
import torch
import torchvision
import transformers
import ultralytics
import yaml
from torch import nn
from ultralytics.data.augment import LetterBox
from ultralytics.models.yolo.detect import DetectionPredictor
from ultralytics.models.yolo.segment import SegmentationPredictor
from ultralytics.utils.ops import scale_boxes

# For tables, plots and logs, none of which is made here.
sys.modules.update({name: MagicMock() for name in ("pandas", "matplotlib", "matplotlib.pyplot", "seaborn")})
sys.modules.update({name: MagicMock() for name in ("tensorboard", "torch.utils.tensorboard")})
import yolov5
import yolov5.export
from yolov5.models.yolo import DetectionModel
from yolov5.utils.general import non_max_suppression

HEIGHT, WIDTH = 128, 160
NAMES = {0: "ball", 1: "driver's seat", 2: "café", 3: 'the "box"', 4: "a\\b", 5: "red, green", 6: "{6}", 7: "7"}
THRESHOLD, OVERLAP = 0.25, 0.7


def blocks(width, height, across, down, seed):
    """A picture in blocks of one colour each. Made smaller by that factor, every bilinear resize gives the same
    levels, so that nothing but the networks' arithmetic can differ."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(int)
    noisy = np.clip(smooth + random.integers(-20, 21, smooth.shape), 0, 255).astype(np.uint8)
    return noisy.repeat(down, 0).repeat(across, 1)


# Of the input's own size; to be halved, with margins of 16 and 17 rows; to be stretched.
PICTURES = {
    "same": blocks(WIDTH, HEIGHT, 1, 1, 1),
    "wide": blocks(WIDTH, HEIGHT - 33, 2, 2, 2),
    "tall": blocks(WIDTH, HEIGHT, 2, 3, 3),
}


def enliven(model, width, *heads):
    """In a network with random weights, what a picture holds fades from layer to layer. Gives batch normalisation
    the statistics that it would have learned, and the last layers outputs that differ between places and classes:
    `heads` are (layer, mean, deviation)."""
    torch.manual_seed(5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.5
    noise = torch.from_numpy(np.stack([blocks(width, HEIGHT, 1, 1, seed) for seed in range(10, 14)]))
    noise = noise.permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        model.train()
        for _ in range(6):
            model(noise)
        model.eval()
        for layer, mean, deviation in heads:
            seen = []
            hook = layer.register_forward_hook(lambda _layer, _given, output, seen=seen: seen.append(output))
            model(noise)
            hook.remove()
            out = torch.cat([out.movedim(1, -1).flatten(0, -2) if isinstance(layer, nn.Conv2d) else out.flatten(0, -2)
                             for out in seen])
            factor = deviation / out.std(0).clamp(min=1e-6)
            layer.weight.mul_(factor.reshape(-1, *[1] * (layer.weight.ndim - 1)))
            layer.bias.copy_((layer.bias - out.mean(0)) * factor + mean)


def inside(boxes, picture):
    """Cut at the picture's edges, as everyone does in the end; those that are not in it left out."""
    height, width = picture.shape[:2]
    boxes = np.asarray(boxes, float).reshape(-1, 6)
    boxes[:, :4] = boxes[:, :4].clip(0, [width, height, width, height])
    return boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])].tolist()


def write(name, exporter, head, see, pictures=("same", "wide"), **options):
    """What is to be found in each picture: the JSON file of a model."""
    seen = {f"{picture}.png": see(PICTURES[picture]) for picture in pictures}
    facts = {"exporter": exporter, "head": head, "names": list(NAMES.values()), "pictures": seen, **options}
    (FOLDER / f"{name}.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    counts = [len(found.get("things", found.get("classes", [0]))) for found in seen.values()]
    print(f"{name}: {exporter}, {counts} found", flush=True)


def dense(name, values, kind):
    """An answer for every pixel goes into a file of its own."""
    file = f"{name}.{kind}"
    np.ascontiguousarray(values).tofile(FOLDER / file)
    return {kind: file}


def tensor(picture):
    """Red, green, blue from 0 to 1, of the input's size."""
    rgb = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)[:, :, ::-1]
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255


# ultralytics: every task, and each way to export boxes.


def last_layers(head):
    """What `enliven` is to do to a head of ultralytics: boxes of all sizes, few of them large (a graph with NMS in
    it takes those much larger than the picture for one of the next class), and few that score high."""
    layers, near = [], -0.5 * torch.arange(getattr(head, "reg_max", 1)).repeat(4)
    for part in ("cv2", "one2one_cv2"):
        layers += [(branch[-1], near, 2) for branch in getattr(head, part, None) or []]
    for part in ("cv3", "one2one_cv3"):
        layers += [(branch[-1], -4, 2) for branch in getattr(head, part, None) or []]
    if hasattr(head, "dec_score_head"):
        layers += [(head.enc_score_head, -3, 2)]
        layers += [(head.enc_bbox_head.layers[-1], 0, 1.5)]
        layers += [(layer.layers[-1], 0, 1) for layer in head.dec_bbox_head]
        layers += [(head.dec_score_head[-1], -4, 2)]
    if hasattr(head, "linear"):
        layers += [(head.linear, 0, 2)]
    return layers


class WithoutMasks(SegmentationPredictor):
    """Boxes as they come out of the suppression: those with an empty mask would be left out."""

    def construct_results(self, preds, img, orig_imgs, protos):
        return DetectionPredictor.construct_results(self, preds, img, orig_imgs)

    def construct_result(self, pred, img, orig_img, img_path):
        return DetectionPredictor.construct_result(self, pred, img, orig_img, img_path)


def of_ultralytics(name, config, head, pictures=("same", "wide"), **options):
    """A model of a public configuration, with fewer channels, exported as users do it."""
    path = next(Path(ultralytics.__file__).parent.glob(f"cfg/models/*/{config}.yaml"))
    description = yaml.safe_load(path.read_text(encoding="utf-8"))
    description["nc"] = len(NAMES)
    scale = next(iter(description["scales"]))
    description["scales"] = {scale: [0.33, 0.25 if "12" in config else 0.125, 512]}
    if "rtdetr" in config:
        # A decoder with fewer channels, queries, heads and layers: written in a tenth of the time.
        description["head"][-1][3] = ["nc", 64, 100, 4, 4, 2]
    # That scale is read from the file's name.
    file = SCRATCH / f"{config}{scale}.yaml" if config == "rtdetr" else SCRATCH / path.name
    file.write_text(yaml.safe_dump(description), encoding="utf-8")
    torch.manual_seed(3)
    model = (ultralytics.RTDETR if "rtdetr" in config else ultralytics.YOLO)(str(file))
    model.model.names = NAMES
    square = "cls" in config
    enliven(model.model, HEIGHT if square else WIDTH, *last_layers(model.model.model[-1]))
    size = HEIGHT if square else (HEIGHT, WIDTH)
    written = model.export(format="onnx", imgsz=size, simplify=False, conf=THRESHOLD, iou=OVERLAP, **options)
    os.replace(written, FOLDER / f"{name}.onnx")

    def see(picture):
        given = {"nms": False} if options.get("nms") is False else {}
        if "seg" in config:
            given["predictor"] = WithoutMasks
        result = model.predict(picture, imgsz=size, rect=False, conf=THRESHOLD, iou=OVERLAP, verbose=False, **given)[0]
        if result.probs is not None:
            return {"classes": result.probs.data.tolist()}
        if getattr(result, "semantic_mask", None) is not None:
            return dense(f"{name}-{len(picture)}", np.asarray(result.semantic_mask.data).astype(np.uint8), "mask")
        if getattr(result, "depth", None) is not None:
            return dense(f"{name}-{len(picture)}", np.asarray(result.depth.data).astype(np.float32), "depth")
        return {"things": inside(result.boxes.data[:, :6], picture)}

    write(name, f"ultralytics {ultralytics.__version__}", head, see, pictures)


# yolov5: boxes in rows, with objectness.


def of_yolov5(name):
    path = Path(yolov5.__file__).parent / "models/yolov5n.yaml"
    description = yaml.safe_load(path.read_text(encoding="utf-8"))
    description.update(depth_multiple=0.33, width_multiple=0.125)
    torch.manual_seed(3)
    model = DetectionModel(description, nc=len(NAMES))
    model.names = NAMES
    enliven(model, WIDTH, *[(layer, -2, 2) for layer in model.model[-1].m])
    model.model[-1].export = True
    yolov5.export.export_onnx(model, torch.zeros(1, 3, HEIGHT, WIDTH), FOLDER / f"{name}.onnx", 12, False, False)

    def see(picture):
        fitted = LetterBox((HEIGHT, WIDTH), auto=False)(image=picture)
        with torch.no_grad():
            found = non_max_suppression(model(tensor(fitted))[0], THRESHOLD, OVERLAP)[0]
        found[:, :4] = scale_boxes((HEIGHT, WIDTH), found[:, :4], picture.shape)
        return {"things": inside(found, picture)}

    write(name, f"yolov5 {yolov5.__version__}", "yolov5", see)


# transformers and torchvision: no metadata at all.


class Outputs(nn.Module):
    def __init__(self, model, *names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, picture):
        outputs = self.model(picture)
        return tuple(outputs[name] for name in self.names)


def export_with_torch(model, name, output_names):
    picture = torch.zeros(1, 3, HEIGHT, WIDTH)
    # Its mode is what the model is left in.
    torch.onnx.export(Outputs(model, *output_names).eval(), picture, str(FOLDER / f"{name}.onnx"), opset_version=16,
                      input_names=["pixel_values"], output_names=list(output_names))


def of_transformers(name, head):
    small = {"embedding_size": 16, "hidden_sizes": [16, 32, 64, 128], "depths": [1, 1, 1, 1], "layer_type": "basic"}
    common = {"d_model": 64, "num_queries": 100, "num_labels": len(NAMES), "decoder_layers": 2, "encoder_layers": 1,
              "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "encoder_attention_heads": 4, "decoder_attention_heads": 4}
    torch.manual_seed(3)
    if head == "detr":
        backbone = transformers.ResNetConfig(out_features=["stage4"], **small)
        model = transformers.DetrForObjectDetection(transformers.DetrConfig(
            use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=backbone, **common))
        processor = transformers.DetrImageProcessor(do_resize=False, do_pad=False)
        nothing = torch.eye(len(NAMES) + 1)[-1]
        layers = [(model.class_labels_classifier, -12 * nothing, 3), (model.bbox_predictor.layers[-1], 0, 0.5)]
    else:
        backbone = transformers.RTDetrResNetConfig(out_features=["stage2", "stage3", "stage4"], **small)
        model = transformers.RTDetrForObjectDetection(transformers.RTDetrConfig(
            backbone_config=backbone, encoder_hidden_dim=64, encoder_in_channels=[32, 64, 128],
            decoder_in_channels=[64, 64, 64], anchor_image_size=[HEIGHT, WIDTH], **common))
        processor = transformers.RTDetrImageProcessor(do_resize=False)
        layers = [(model.model.enc_score_head, -3, 2), (model.bbox_embed[-1].layers[-1], 0, 1)]
        layers += [(model.class_embed[-1], -4, 2)]
    enliven(model, WIDTH, *layers)
    export_with_torch(model, name, ["logits", "pred_boxes"])

    def see(picture):
        shrunk = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)[:, :, ::-1]
        with torch.no_grad():
            outputs = model(processor(images=shrunk, return_tensors="pt")["pixel_values"])
        found = processor.post_process_object_detection(outputs, THRESHOLD, [picture.shape[:2]])[0]
        rows = torch.cat([found["boxes"], found["scores"][:, None], found["labels"][:, None]], 1).numpy()
        # Where one box is two things, Sinew takes the surer.
        rows = rows[np.argsort(-rows[:, 4], kind="stable")]
        _, first = np.unique(rows[:, :4], axis=0, return_index=True)
        return {"things": inside(rows[np.sort(first)], picture)}

    write(name, f"transformers {transformers.__version__}", head, see, ["same", "tall"], say_names=True)


def of_torchvision(name, head):
    torch.manual_seed(3)
    if head == "classify":
        model = torchvision.models.shufflenet_v2_x0_5(num_classes=len(NAMES))
        enliven(model, HEIGHT, (model.fc, 0, 2))
        torch.onnx.export(model, torch.zeros(1, 3, HEIGHT, HEIGHT), str(FOLDER / f"{name}.onnx"), opset_version=16)
    else:
        model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
            weights_backbone=None, num_classes=len(NAMES))
        enliven(model, WIDTH)
        export_with_torch(model, name, ["out"])

    def see(picture):
        given = torchvision.transforms.functional.normalize(
            tensor(picture), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        with torch.no_grad():
            if head == "classify":
                middle = torchvision.transforms.functional.center_crop(given, HEIGHT)
                return {"classes": model(middle).softmax(1)[0].tolist()}
            return dense(name, model(given)["out"][0].argmax(0).numpy().astype(np.uint8), "mask")

    write(name, f"torchvision {torchvision.__version__}", head, see, ["same"], say_names=True)


MODELS = {
    "yolov5": of_yolov5,
    "yolov8": partial(of_ultralytics, config="yolov8", head="yolov8"),
    "yolo11-dynamic": partial(of_ultralytics, config="yolo11", head="yolov8", dynamic=True),
    "yolo12": partial(of_ultralytics, config="yolo12", head="yolov8"),
    "yolo11-nms": partial(of_ultralytics, config="yolo11", head="yolov10", nms=True),
    "yolov10": partial(of_ultralytics, config="yolov10n", head="yolov10", nms=False),
    "yolo26": partial(of_ultralytics, config="yolo26", head="yolov10", nms=False),
    "yolov8-seg": partial(of_ultralytics, config="yolov8-seg", head="yolov8"),
    "yolov8-seg-nms": partial(of_ultralytics, config="yolov8-seg", head="yolov10", nms=True),
    "yolo26-seg": partial(of_ultralytics, config="yolo26-seg", head="yolov10", nms=False),
    "yolov8-pose": partial(of_ultralytics, config="yolov8-pose", head="yolov8"),
    "yolov8-cls": partial(of_ultralytics, config="yolov8-cls", head="classify", pictures=["same"]),
    "yolo26-sem": partial(of_ultralytics, config="yolo26-sem", head="segment"),
    "yolo26-depth": partial(of_ultralytics, config="yolo26-depth", head="depth", pictures=["same"]),
    "yolov8-rtdetr": partial(of_ultralytics, config="yolov8-rtdetr", head="rtdetr", pictures=["same", "tall"]),
    "detr-transformers": partial(of_transformers, head="detr"),
    "rtdetr-transformers": partial(of_transformers, head="rtdetr"),
    "shufflenet-torchvision": partial(of_torchvision, head="classify"),
    "lraspp-torchvision": partial(of_torchvision, head="segment"),
}

if __name__ == "__main__":
    if not sys.argv[2:]:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        cv2.imwrite(str(FOLDER / f"{name}.png"), picture)
    for name in sys.argv[2:] or MODELS:
        MODELS[name](name)

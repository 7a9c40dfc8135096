#!/usr/bin/python3
"""AP50 of a detector on a video, against the teacher's boxes, and once more without what never moves (a sign that the
teacher takes for a person).

  train/evaluate.py --detections detections.jsonl         what `hedge run --every-frame --jsonl` wrote
  train/evaluate.py --model models/person_vtest.onnx      the model by OpenCV's DNN module, for a second opinion
"""
import argparse
import json
import pathlib
import sys
import tomllib

import cv2
import numpy as np

from average_precision import average_precision
from boxes import decode_yolox, iou_matrix, suppress, xywh_to_corners
from ground_truth import STILL_IOU, plain_input, read_labels, still_boxes
from strides import STRIDES
from video import VTEST, parse_range, read_frames

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARD = ROOT / "models" / "person_vtest.toml"
LABELS = ROOT / "train" / "labels" / "vtest_yolox_nano_416.json"
NMS_IOU = 0.45
SCORE_MIN = 0.05


def postprocess(output, size, frame_shape):
    """One image's rows [cells,6] -> [n,5] corners in frame pixels and score."""
    corners, scores, _ = decode_yolox(output, size[0], size[1], STRIDES, SCORE_MIN)
    kept = suppress(corners, scores, NMS_IOU)
    scale = np.tile([frame_shape[1] / size[0], frame_shape[0] / size[1]], 2)
    corners = np.clip(corners[kept] * scale, 0, np.tile([frame_shape[1], frame_shape[0]], 2))
    return np.concatenate([corners, scores[kept, None]], 1).astype(np.float32)


def detect_with_model(path, video, begin, end):
    import onnx
    dims = onnx.load(path).graph.input[0].type.tensor_type.shape.dim
    size = (dims[3].dim_value, dims[2].dim_value)
    net = cv2.dnn.readNetFromONNX(str(path))
    found = {}
    for index, frame in enumerate(read_frames(video, begin, end), begin):
        net.setInput(plain_input(frame, size)[None])
        found[index] = postprocess(net.forward()[0], size, frame.shape)
    return found


def read_detections(path, begin, end):
    found = {}
    for line in pathlib.Path(path).read_text().splitlines():
        row = json.loads(line)
        if begin <= row["frame"] < end:
            persons = [d for d in row["detections"] if d["label"] == "person"]
            boxes = xywh_to_corners([d["box"] for d in persons])
            scores = np.array([d["score"] for d in persons], np.float32).reshape(-1, 1)
            found[row["frame"]] = np.concatenate([boxes, scores], 1)
    return found


def without_still(rows_by_frame, still):
    return {k: rows[~(iou_matrix(rows[:, :4], still) >= STILL_IOU).any(1)] for k, rows in rows_by_frame.items()}


def card_threshold(model):
    """The score threshold of the card beside the model; without a model, of the demo's card."""
    path = pathlib.Path(model).with_suffix(".toml") if model else CARD
    return tomllib.loads(path.read_text())["output"]["score_threshold"] if path.is_file() else 0.4


def report_at(score, found, truths):
    ap50, (scores, recall, precision) = average_precision(found, truths)
    last = int((scores >= score).sum()) - 1
    return {"ap50": round(ap50, 4), "persons": sum(map(len, truths.values())),
            "recall": round(float(recall[last]), 4) if last >= 0 else 0.0,
            "precision": round(float(precision[last]), 4) if last >= 0 else 0.0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--detections", help="JSON lines of hedge run")
    source.add_argument("--model", help="an ONNX file, run by OpenCV")
    parser.add_argument("--video", default=VTEST)
    parser.add_argument("--labels", default=LABELS)
    parser.add_argument("--frames", type=parse_range, default=(600, 795), help="FIRST-LAST (default 600-794)")
    parser.add_argument("--label-score", type=float, default=0.4, help="the teacher's boxes above this count")
    parser.add_argument("--score", type=float, help="threshold of recall and precision as printed (the card's)")
    parser.add_argument("--min-ap50", type=float, default=0.0, help="exit code 1 below it")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    begin, end = arguments.frames
    for path in filter(None, (arguments.labels, arguments.model, arguments.detections)):
        if not pathlib.Path(path).is_file():
            sys.exit(f"evaluate: {path}: no such file")
    labels = read_labels(arguments.labels)
    truths = {k: labels[k][labels[k][:, 4] > arguments.label_score, :4] for k in range(begin, end) if k in labels}
    if not truths:
        sys.exit(f"evaluate: {arguments.labels} labels none of the frames {begin}-{end - 1}")
    if arguments.model:
        found = detect_with_model(arguments.model, arguments.video, begin, end)
    else:
        found = read_detections(arguments.detections, begin, end)
        if missing := len(truths.keys() - found.keys()):
            sys.exit(f"{arguments.detections}: {missing} of {len(truths)} frames are missing: run with --every-frame")
    score = arguments.score if arguments.score is not None else card_threshold(arguments.model)
    still = still_boxes(labels)
    report = {"frames": len(truths), "score": score, **report_at(score, found, truths), "still_places": len(still),
              "without_still": report_at(score, without_still(found, still), without_still(truths, still))}
    if arguments.json:
        print(json.dumps(report))
    else:
        line = "AP50 {ap50:.4f} on {persons} boxes of the teacher; at score {score}: recall {recall:.3f}, " \
               "precision {precision:.3f}"
        print(line.format(**report))
        print(f"without {len(still)} that never move:", line.format(**{"score": score, **report["without_still"]}))
    if report["ap50"] < arguments.min_ap50:
        print(f"evaluate: AP50 is below {arguments.min_ap50}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Labels for a video from a teacher: any YOLOX-type ONNX detector, or OpenCV's HOG person detector where none is given.

Writes {"video":..., "teacher":..., "frames": {"0": [[x, y, width, height, score], ...]}} in pixels of the video.
"""
import argparse
import json
import pathlib

import cv2
import numpy as np

from boxes import decode_yolox, suppress, xywh_to_corners
from video import VTEST, read_frames

NMS_IOU = 0.45
SCORE_MIN = 0.1


class YoloxTeacher:
    """Input 1x3xSxS of raw BGR, letterboxed at the top left with 114; output 1xNx(5+classes); class 0 is a person."""

    STRIDES = (8, 16, 32)

    def __init__(self, path):
        self.net = cv2.dnn.readNetFromONNX(path)
        self.size = self._input_size(path)

    @staticmethod
    def _input_size(path):
        import onnx
        return onnx.load(path).graph.input[0].type.tensor_type.shape.dim[2].dim_value

    def __call__(self, frame):
        scale = self.size / max(frame.shape[:2])
        resized = cv2.resize(frame, None, fx=scale, fy=scale)
        canvas = np.full((self.size, self.size, 3), 114, np.uint8)
        canvas[:resized.shape[0], :resized.shape[1]] = resized
        self.net.setInput(canvas.transpose(2, 0, 1)[None].astype(np.float32))
        output = self.net.forward()[0]
        corners, scores, classes = decode_yolox(output, self.size, self.size, self.STRIDES, SCORE_MIN)
        person = classes == 0
        return corners[person] / scale, scores[person]


class HogTeacher:
    """Dalal and Triggs' detector on doubled frames; its boxes have a margin around the person, trimmed here."""

    TRIM_X, TRIM_Y = 0.18, 0.08

    def __init__(self):
        self.hog = cv2.HOGDescriptor()
        self.hog.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())

    def __call__(self, frame):
        doubled = cv2.resize(frame, None, fx=2, fy=2)
        found, weights = self.hog.detectMultiScale(doubled, winStride=(8, 8), scale=1.05)
        if len(found) == 0:
            return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
        corners = xywh_to_corners(found) / 2
        size = corners[:, 2:] - corners[:, :2]
        margin = size * (self.TRIM_X, self.TRIM_Y)
        corners = np.concatenate([corners[:, :2] + margin, corners[:, 2:] - margin], 1)
        return corners, 1 / (1 + np.exp(-2 * np.ravel(weights).astype(np.float32)))


def label_frame(teacher, frame):
    corners, scores = teacher(frame)
    height, width = frame.shape[:2]
    corners = np.clip(corners, 0, (width, height, width, height))
    rows = []
    for k in suppress(corners, scores, NMS_IOU):
        left, top, right, bottom = (float(v) for v in corners[k])
        rows.append([round(v, 1) for v in (left, top, right - left, bottom - top)] + [round(float(scores[k]), 3)])
    return rows


def make_labels(video, teacher_path):
    teacher = YoloxTeacher(teacher_path) if teacher_path else HogTeacher()
    name = pathlib.Path(teacher_path).name if teacher_path else "OpenCV HOG"
    frames = read_frames(video)
    labels = {}
    for index, frame in enumerate(frames):
        labels[str(index)] = label_frame(teacher, frame)
        if index % 50 == 0 or index + 1 == len(frames):
            print(f"label: frame {index + 1} of {len(frames)}", flush=True)
    return {"video": pathlib.Path(video).name, "teacher": name, "nms_iou": NMS_IOU, "frames": labels}


def write_labels(labels, path):
    rows = ",\n".join(f'"{k}":{json.dumps(v, separators=(",", ":"))}' for k, v in labels["frames"].items())
    head = json.dumps({k: v for k, v in labels.items() if k != "frames"})
    pathlib.Path(path).write_text(f'{head[:-1]}, "frames": {{\n{rows}\n}}}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", default=VTEST)
    parser.add_argument("--teacher", help="a YOLOX-type .onnx; without one, OpenCV's HOG")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    write_labels(make_labels(arguments.video, arguments.teacher), arguments.output)


if __name__ == "__main__":
    main()

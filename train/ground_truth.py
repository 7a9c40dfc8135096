"""The labels file and the plain input: what training and evaluation share and what needs no PyTorch."""
import json
import pathlib

import cv2
import numpy as np

from boxes import iou_matrix, xywh_to_corners

STILL_IOU = 0.5
STILL_SHARE = 0.9  # of the frames


def read_labels(path):
    """Frame number -> [n,5] corners and score, in pixels of the video."""
    frames = json.loads(pathlib.Path(path).read_text())["frames"]
    result = {}
    for key, rows in frames.items():
        rows = np.asarray(rows, np.float32).reshape(-1, 5)
        result[int(key)] = np.concatenate([xywh_to_corners(rows[:, :4]), rows[:, 4:]], 1)
    return result


def still_boxes(labels):
    """Corners [n,4] of what is labelled at one place in nearly all frames: furniture, for persons move on."""
    frames = sorted(labels)
    candidates = labels[frames[len(frames) // 2]][:, :4]
    seen = sum((iou_matrix(candidates, labels[k][:, :4]) >= STILL_IOU).any(1) for k in frames)
    return candidates[seen >= STILL_SHARE * len(frames)]


def plain_input(frame, size):
    """As the pipeline's preprocess with `resize = "stretch"`: [3,H,W], BGR 0..255."""
    return cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1).astype(np.float32)

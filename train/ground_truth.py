"""The labels file and the plain input: what training and evaluation share and what needs no PyTorch."""
import json
import pathlib

import cv2
import numpy as np

from boxes import xywh_to_corners


def read_labels(path):
    """Frame number -> [n,5] corners and score, in pixels of the video."""
    frames = json.loads(pathlib.Path(path).read_text())["frames"]
    result = {}
    for key, rows in frames.items():
        rows = np.asarray(rows, np.float32).reshape(-1, 5)
        result[int(key)] = np.concatenate([xywh_to_corners(rows[:, :4]), rows[:, 4:]], 1)
    return result


def plain_input(frame, size):
    """As the pipeline's preprocess with `resize = "stretch"`: [3,H,W], BGR 0..255."""
    return cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1).astype(np.float32)

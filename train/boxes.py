"""Boxes as rows of an array: conversions, overlap, suppression. Shared by labels, training and evaluation."""
import numpy as np


def xywh_to_corners(boxes):
    """[n,4] left, top, width, height -> left, top, right, bottom."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)


def iou_matrix(a, b):
    """Intersection over union of every corner box in `a` with every one in `b`: [len(a), len(b)]."""
    left_top = np.maximum(a[:, None, :2], b[None, :, :2])
    right_bottom = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(right_bottom - left_top, 0, None).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).prod(1)
    return overlap / np.maximum(area_a[:, None] + area_b[None] - overlap, 1e-9)


def suppress(corners, scores, iou_max):
    """Greedy non-maximum suppression; the kept indices, best first."""
    kept = []
    for index in np.argsort(-scores, kind="stable"):
        if not kept or iou_matrix(corners[index:index + 1], corners[kept]).max() <= iou_max:
            kept.append(int(index))
    return kept


def decode_yolox(output, width, height, strides, score_min):
    """Raw YOLOX rows [cells, 5+classes] (offsets in cells, logs of sizes) -> corners in pixels, scores, classes."""
    grids, sizes = [], []
    for stride in strides:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = np.mgrid[:rows, :columns]
        grids.append(np.stack([x, y], 2).reshape(-1, 2))
        sizes.append(np.full((rows * columns, 1), stride))
    grid, stride = np.concatenate(grids), np.concatenate(sizes)
    scores = output[:, 4:5] * output[:, 5:]
    classes = scores.argmax(1)
    best = scores.max(1)
    chosen = best >= score_min
    center = (output[chosen, :2] + grid[chosen]) * stride[chosen]
    half = np.exp(output[chosen, 2:4]) * stride[chosen] / 2
    return np.concatenate([center - half, center + half], 1), best[chosen], classes[chosen]

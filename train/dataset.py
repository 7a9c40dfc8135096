"""Frames with labels -> training batches: a random view of a frame, its boxes moved along."""
import cv2
import numpy as np
import torch

SURE = 0.4       # teacher's score from which a box is a person
DOUBTFUL = 0.15  # below it, background; between, neither
VISIBLE_MIN = 0.35


def random_view(rng, frame_size, size):
    """2x3 matrix from frame to input pixels: stretch to the input's size, then zoom, shift, perhaps mirror."""
    (frame_width, frame_height), (width, height) = frame_size, size
    zoom = np.exp(rng.uniform(-0.25, 0.3))
    aspect = np.exp(rng.uniform(-0.06, 0.06))
    scale_x, scale_y = width / frame_width * zoom * aspect, height / frame_height * zoom / aspect
    room_x, room_y = width - frame_width * scale_x, height - frame_height * scale_y
    matrix = np.array([[scale_x, 0, rng.uniform(min(0, room_x), max(0, room_x))],
                       [0, scale_y, rng.uniform(min(0, room_y), max(0, room_y))]])
    if rng.random() < 0.5:
        matrix[0] = [-matrix[0, 0], 0, width - matrix[0, 2]]
    return matrix


def warp(frame, matrix, size):
    """Bilinear with half-pixel centres, as the pipeline's own resize."""
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return cv2.warpAffine(frame, centred, size, flags=cv2.INTER_LINEAR, borderValue=(114, 114, 114))


def recolor(rng, image):
    """Light and sensor noise of another hour of the day."""
    gain = np.exp(rng.uniform(-0.25, 0.25)) * np.exp(rng.uniform(-0.06, 0.06, 3))
    changed = image * gain + rng.uniform(-15, 15)
    if rng.random() < 0.3:
        changed = changed + rng.normal(0, rng.uniform(1, 5), image.shape)
    return np.clip(changed, 0, 255)


def move_boxes(rows, matrix, size):
    """Boxes [n,5] through the view, clipped; those of which too little stays in sight are dropped."""
    x = rows[:, [0, 2]] * matrix[0, 0] + matrix[0, 2]
    y = rows[:, [1, 3]] * matrix[1, 1] + matrix[1, 2]
    whole = np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], 1)
    seen = np.clip(whole, 0, (size[0], size[1], size[0], size[1]))
    area = lambda b: (b[:, 2:] - b[:, :2]).prod(1)
    kept = area(seen) > VISIBLE_MIN * area(whole)
    return np.concatenate([seen, rows[:, 4:]], 1)[kept]


def to_targets(rows):
    boxes, scores = torch.from_numpy(rows[:, :4].astype(np.float32)), rows[:, 4]
    return boxes[scores > SURE], boxes[(scores <= SURE) & (scores > DOUBTFUL)]


def training_batch(rng, frames, labels, indices, size):
    """Images [batch,3,H,W] (BGR 0..255) and their targets."""
    images, targets = [], []
    for index in indices:
        frame = frames[index]
        matrix = random_view(rng, (frame.shape[1], frame.shape[0]), size)
        images.append(recolor(rng, warp(frame, matrix, size)).transpose(2, 0, 1))
        targets.append(to_targets(move_boxes(labels[index], matrix, size)))
    return torch.from_numpy(np.stack(images).astype(np.float32)), targets

"""Boxes: overlap, suppression, and that decoding undoes the encoding of the YOLOX head."""
import unittest

import numpy as np

from boxes import decode_yolox, iou_matrix, suppress
from strides import STRIDES

WIDTH, HEIGHT = 96, 64


def encode(box, stride, column, row):
    """What the head has to say in that cell for it to mean this corner box."""
    left, top, right, bottom = box
    return [(left + right) / 2 / stride - column, (top + bottom) / 2 / stride - row,
            np.log((right - left) / stride), np.log((bottom - top) / stride), 0.9, 0.8]


class BoxesTest(unittest.TestCase):
    def test_iou(self):
        boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]], np.float32)
        np.testing.assert_allclose(iou_matrix(boxes[:1], boxes), [[1, 1 / 3, 0]], rtol=1e-6)

    def test_suppress_keeps_the_best_of_an_overlapping_pair(self):
        corners = np.array([[0, 0, 10, 20], [1, 0, 11, 20], [50, 0, 60, 20]], np.float32)
        self.assertEqual(suppress(corners, np.array([0.5, 0.9, 0.7]), 0.45), [1, 2])

    def test_decode_undoes_encode_at_every_stride(self):
        box = (20.0, 10.0, 36.0, 52.0)
        first_row = 0
        for stride in STRIDES:
            columns, rows = WIDTH // stride, HEIGHT // stride
            output = np.zeros((sum((WIDTH // s) * (HEIGHT // s) for s in STRIDES), 6), np.float32)
            column, row = 28 // stride, 31 // stride
            output[first_row + row * columns + column] = encode(box, stride, column, row)
            corners, scores, classes = decode_yolox(output, WIDTH, HEIGHT, STRIDES, 0.5)
            np.testing.assert_allclose(corners, [box], atol=1e-4)
            np.testing.assert_allclose(scores, [0.72], rtol=1e-5)
            self.assertEqual(classes.tolist(), [0])
            first_row += columns * rows


if __name__ == "__main__":
    unittest.main()

"""Augmented views: boxes follow the pixels, and what never moves is told apart from persons."""
import unittest

import numpy as np

from dataset import move_boxes, random_view, to_targets, warp
from ground_truth import plain_input, still_boxes

SIZE = (384, 288)


def frame_with(box):
    frame = np.zeros((576, 768, 3), np.uint8)
    left, top, right, bottom = box
    frame[top:bottom, left:right] = 255
    return frame


class DatasetTest(unittest.TestCase):
    def test_the_box_stays_on_its_pixels_in_every_view(self):
        box = (300, 200, 340, 300)
        frame, rows = frame_with(box), np.array([[*box, 0.9]], np.float32)
        rng = np.random.default_rng(2)
        seen = 0
        for _ in range(50):
            matrix = random_view(rng, (768, 576), SIZE)
            moved = move_boxes(rows, matrix, SIZE)
            white = np.argwhere(warp(frame, matrix, SIZE)[..., 0] == 255)
            if len(moved) == 0:
                continue
            seen += 1
            (top, left), (bottom, right) = white.min(0), white.max(0) + 1
            np.testing.assert_allclose(moved[0, :4], [left, top, right, bottom], atol=1.5)
        self.assertGreater(seen, 30)

    def test_the_plain_view_is_the_pipelines_resize(self):
        frame = np.random.default_rng(1).integers(0, 256, (576, 768, 3), np.uint8)
        plain = warp(frame, np.array([[0.5, 0, 0], [0, 0.5, 0]]), SIZE).transpose(2, 0, 1)
        np.testing.assert_allclose(plain, plain_input(frame, SIZE), atol=1)

    def test_still_is_what_nearly_all_frames_have_at_one_place(self):
        sign = [30, 110, 48, 142, 0.5]
        labels = {k: np.array([sign, [100 + 9 * k, 200, 130 + 9 * k, 280, 0.8]], np.float32) for k in range(40)}
        labels[7] = labels[7][1:]
        np.testing.assert_allclose(still_boxes(labels), [sign[:4]])

    def test_the_teachers_score_parts_sure_doubtful_and_background(self):
        rows = np.array([[0, 0, 9, 9, 0.9], [9, 0, 18, 9, 0.3], [18, 0, 27, 9, 0.12]], np.float32)
        sure, doubtful = to_targets(rows)
        self.assertEqual(sure.tolist(), [[0, 0, 9, 9]])
        self.assertEqual(doubtful.tolist(), [[9, 0, 18, 9]])


if __name__ == "__main__":
    unittest.main()

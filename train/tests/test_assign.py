"""SimOTA on predictions of which the right assignment is plain, and the loss that rests on it."""
import unittest

import torch

from assign import assign
from loss import detection_loss, generalized_iou
from network import cells

SIZE = (96, 64)
LEFT, RIGHT = [8.0, 8.0, 32.0, 56.0], [60.0, 4.0, 90.0, 60.0]


class AssignTest(unittest.TestCase):
    def setUp(self):
        self.grid, self.stride = cells(*SIZE)
        center = (self.grid + 0.5) * self.stride
        half = torch.tensor([12.0, 24.0])
        self.corners = torch.cat([center - half, center + half], 1)
        self.center = center
        self.scores = torch.full((len(center),), 0.5)

    def test_no_person_no_cell(self):
        chosen, persons, overlap = assign(self.corners, self.scores, torch.zeros(0, 4), self.grid, self.stride)
        self.assertEqual((len(chosen), len(persons), len(overlap)), (0, 0, 0))

    def test_every_person_gets_cells_inside_its_box_and_no_cell_two_persons(self):
        boxes = torch.tensor([LEFT, RIGHT])
        chosen, persons, overlap = assign(self.corners, self.scores, boxes, self.grid, self.stride)
        self.assertEqual(set(persons.tolist()), {0, 1})
        self.assertEqual(len(set(chosen.tolist())), len(chosen))
        inside = (self.center[chosen] > boxes[persons, :2]) & (self.center[chosen] < boxes[persons, 2:])
        self.assertTrue(inside.all())
        self.assertTrue((overlap > 0.2).all())

    def test_of_two_persons_at_one_place_both_keep_a_cell(self):
        boxes = torch.tensor([LEFT, [12.0, 8.0, 36.0, 56.0]])
        _, persons, _ = assign(self.corners, self.scores, boxes, self.grid, self.stride)
        self.assertEqual(set(persons.tolist()), {0, 1})


class LossTest(unittest.TestCase):
    def test_generalized_iou_is_one_on_itself_and_falls_with_distance(self):
        box = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
        near, far = box + 12, box + 40
        self.assertAlmostEqual(generalized_iou(box, box).item(), 1.0, places=5)
        self.assertGreater(0.0, generalized_iou(box, near).item())
        self.assertGreater(generalized_iou(box, near).item(), generalized_iou(box, far).item())

    def test_doubtful_persons_cost_nothing_either_way(self):
        grid, stride = cells(*SIZE)
        none = torch.zeros(0, 4)
        claims = torch.zeros(1, len(grid), 6)
        claims[..., 4] = -20.0
        loud = claims.clone()
        index = int(((grid + 0.5) * stride - torch.tensor([20.0, 32.0])).norm(dim=1).argmin())
        loud[0, index, 4] = 5.0
        doubtful = torch.tensor([LEFT])
        cost = [detection_loss(raw, [(none, doubtful)], grid, stride).item() for raw in (claims, loud)]
        self.assertAlmostEqual(cost[0], cost[1], places=4)
        denied = detection_loss(loud, [(none, none)], grid, stride).item()
        self.assertGreater(denied, 4.0)


if __name__ == "__main__":
    unittest.main()

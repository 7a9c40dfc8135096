"""Which cells answer for which person: SimOTA (Ge et al. 2021, "YOLOX", section 2.2), one image at a time."""
import torch

CENTER_RADIUS = 1.5  # cells
CANDIDATES = 10


def iou_pairs(a, b):
    """[n,4] x [m,4] corners -> [n,m]."""
    left_top = torch.maximum(a[:, None, :2], b[None, :, :2])
    right_bottom = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = (right_bottom - left_top).clamp(min=0).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).prod(1)
    return overlap / (area_a[:, None] + area_b[None] - overlap).clamp(min=1e-9)


def assign(corners, scores, boxes, grid, stride):
    """The chosen cells, the person of each, and their overlap.

    corners [cells,4] and scores [cells] are the predictions (no gradient); boxes [persons,4] the labels.
    """
    if len(boxes) == 0:
        none = torch.zeros(0, dtype=torch.long)
        return none, none, torch.zeros(0)
    center = (grid + 0.5) * stride
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((center[None] > boxes[:, None, :2]) & (center[None] < boxes[:, None, 2:])).all(2)
    near = ((center[None] - middle[:, None]).abs() < CENTER_RADIUS * stride[None]).all(2)
    overlap = iou_pairs(boxes, corners)
    cost = -torch.log(scores.clamp(min=1e-6))[None] - 3 * torch.log(overlap.clamp(min=1e-8))
    cost = cost + 1e5 * (~(inside & near)) + 1e5 * (~near)
    counts = overlap.topk(min(CANDIDATES, overlap.shape[1]), 1)[0].sum(1).int().clamp(min=1)
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    for person, count in enumerate(counts.tolist()):
        chosen[person, cost[person].topk(count, largest=False)[1]] = True
    contested = chosen.sum(0) > 1  # a cell can answer for one person only: the cheapest
    best = cost[:, contested].argmin(0)
    chosen[:, contested] = False
    chosen[best, contested.nonzero().flatten()] = True
    cell_indices = chosen.any(0).nonzero().flatten()
    persons = chosen[:, cell_indices].float().argmax(0)
    return cell_indices, persons, overlap[persons, cell_indices]

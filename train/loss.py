"""The YOLOX loss: overlap of the chosen cells, objectness of all, quality of the chosen ones."""
import torch
from torch.nn import functional

from assign import assign
from network import decode

BOX_WEIGHT = 5.0


def generalized_iou(a, b):
    """Row by row (Rezatofighi et al. 2019): falls below zero as boxes part, so that far ones still learn."""
    overlap = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - overlap
    return overlap / union - (hull - union) / hull


def detection_loss(raw, targets, grid, stride):
    """raw [batch, cells, 6] before the sigmoids; targets: per image (sure boxes [n,4], doubtful boxes [m,4]).

    Cells in a doubtful box are neither asked to find nor to deny it.
    """
    corners = decode(raw, grid, stride)
    box_loss = quality_loss = raw.new_zeros(())
    object_targets = torch.zeros_like(raw[..., 4])
    object_weights = torch.ones_like(raw[..., 4])
    count = 0
    center = (grid + 0.5) * stride
    for k, (sure, doubtful) in enumerate(targets):
        if len(doubtful):
            inside = ((center[:, None] > doubtful[None, :, :2]) & (center[:, None] < doubtful[None, :, 2:])).all(2)
            object_weights[k, inside.any(1)] = 0
        with torch.no_grad():
            scores = (raw[k, :, 4].sigmoid() * raw[k, :, 5].sigmoid()).sqrt()
            chosen, persons, overlap = assign(corners[k].detach(), scores, sure, grid, stride)
        if len(chosen) == 0:
            continue
        count += len(chosen)
        object_targets[k, chosen] = 1
        object_weights[k, chosen] = 1
        box_loss = box_loss + (1 - generalized_iou(corners[k, chosen], sure[persons])).sum()
        quality_loss = quality_loss + functional.binary_cross_entropy_with_logits(
            raw[k, chosen, 5], overlap.clamp(0, 1), reduction="sum")
    object_loss = functional.binary_cross_entropy_with_logits(raw[..., 4], object_targets, object_weights,
                                                              reduction="sum")
    return (BOX_WEIGHT * box_loss + object_loss + quality_loss) / max(count, 1)

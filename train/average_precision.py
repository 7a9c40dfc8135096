"""AP at one overlap: all-point interpolation, greedy matching by score, one class (as COCO at IoU 0.5, without its
101-point grid)."""
import numpy as np

from boxes import iou_matrix


def average_precision(predictions, truths, iou_min=0.5):
    """predictions, truths: frame -> [n,5] (corners, score) and frame -> [m,4]. Returns AP, and curve (score, recall,
    precision) sorted from the best score down."""
    total = sum(len(t) for t in truths.values())
    scores, hits = [], []
    for frame, truth in truths.items():
        found = predictions.get(frame, np.zeros((0, 5), np.float32))
        found = found[np.argsort(-found[:, 4], kind="stable")]
        taken = np.zeros(len(truth), bool)
        overlap = iou_matrix(found[:, :4], truth) if len(truth) else np.zeros((len(found), 0))
        for row, score in zip(overlap, found[:, 4]):
            free = np.where(taken, 0, row)
            best = int(free.argmax()) if len(free) else -1
            hit = best >= 0 and free[best] >= iou_min
            if hit:
                taken[best] = True
            scores.append(score)
            hits.append(hit)
    order = np.argsort(-np.asarray(scores), kind="stable")
    hits = np.asarray(hits, bool)[order]
    true_positives = hits.cumsum()
    recall = true_positives / max(total, 1)
    precision = true_positives / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1] if len(hits) else precision
    steps = np.diff(np.concatenate([[0], recall]))
    return float((steps * envelope).sum()), (np.asarray(scores)[order], recall, precision)

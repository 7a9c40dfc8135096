#!/usr/bin/python3
"""Trains the person detector on a video whose frames were labelled by a teacher, and exports it to ONNX.

  ./dev train-demo                                                      repeats models/person_vtest.onnx
  train/train_demo.py --video mine.mp4 --teacher yolox.onnx --output mine.onnx     for a video of your own

Seeded. The weights are an average over the last steps; the epoch with the best AP50 on the validation frames is kept.
"""
import argparse
import math
import pathlib
import sys
import time

import numpy as np
import torch

import evaluate
from average_precision import average_precision
from dataset import SURE, training_batch
from export import export_onnx
from ground_truth import plain_input, read_labels
from label import make_labels, write_labels
from loss import detection_loss
from network import PIXEL_SCALE, PersonDetector, cells
from video import VTEST, parse_range, read_frames

WARMUP_STEPS = 100


class Average:
    """Exponential moving average of the weights, faster at the start."""

    def __init__(self, model, decay=0.998):
        self.decay, self.steps = decay, 0
        self.model = PersonDetector()
        self.model.load_state_dict(model.state_dict())
        self.model.eval()

    def update(self, model):
        self.steps += 1
        keep = min(self.decay, self.steps / (self.steps + 10))
        with torch.no_grad():
            for mine, theirs in zip(self.model.state_dict().values(), model.state_dict().values()):
                if mine.dtype.is_floating_point:
                    mine.mul_(keep).add_(theirs, alpha=1 - keep)
                else:
                    mine.copy_(theirs)


def validate(model, frames, labels, begin, size):
    found, truths = {}, {}
    with torch.no_grad():
        for index, frame in enumerate(frames, begin):
            output = model(torch.from_numpy(plain_input(frame, size))[None])[0].numpy()
            found[index] = evaluate.postprocess(output, size, frame.shape)
            truths[index] = labels[index][labels[index][:, 4] > SURE, :4]
    return average_precision(found, truths)[0]


def learning_rate(step, steps, peak):
    if step < WARMUP_STEPS:
        return peak * (step + 1) / WARMUP_STEPS
    return peak * (0.02 + 0.98 * (1 + math.cos(math.pi * (step - WARMUP_STEPS) / max(1, steps - WARMUP_STEPS))) / 2)


def fit(arguments, frames, validation, labels):
    """Trains on `frames`, keeps the best epoch on `validation`; returns its AP50."""
    torch.manual_seed(arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    size = (arguments.width, arguments.height)
    begin, validation_begin = arguments.train_frames[0], arguments.validation_frames[0]
    labels_from_zero = {k: labels[k + begin] for k in range(len(frames))}
    model = PersonDetector()
    average = Average(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.learning_rate, weight_decay=0.01)
    grid, stride = cells(*size)
    batches = len(frames) // arguments.batch
    steps = arguments.epochs * batches
    best, started = -1.0, time.time()
    for epoch in range(arguments.epochs):
        model.train()
        order, total = rng.permutation(len(frames)), 0.0
        for k in range(batches):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(epoch * batches + k, steps, arguments.learning_rate)
            chosen = order[k * arguments.batch:(k + 1) * arguments.batch]
            images, targets = training_batch(rng, frames, labels_from_zero, chosen, size)
            loss = detection_loss(model.raw(images * PIXEL_SCALE), targets, grid, stride)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            average.update(model)
            total += loss.item()
        line = f"train: epoch {epoch + 1} of {arguments.epochs}, loss {total / batches:.3f}"
        if epoch % arguments.validate_every == 0 or epoch + 1 == arguments.epochs:
            ap50 = validate(average.model, validation, labels, validation_begin, size)
            line += f", validation AP50 {ap50:.4f}"
            if ap50 > best:
                best = ap50
                export_onnx(average.model, arguments.output, *size)
                line += " (kept)"
        print(f"{line}, {time.time() - started:.0f} s", flush=True)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", default=VTEST)
    parser.add_argument("--labels", help="a labels file of train/label.py; default: the one committed for vtest.avi")
    parser.add_argument("--teacher", help="label the video anew with this YOLOX-type .onnx; 'hog' for OpenCV's HOG")
    parser.add_argument("--train-frames", type=parse_range, default=(0, 500), help="FIRST-LAST (default 0-499)")
    parser.add_argument("--validation-frames", type=parse_range, default=(500, 600), help="(default 500-599)")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--height", type=int, default=288)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--validate-every", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", help="the .onnx to write (default, for vtest.avi only: models/person_vtest.onnx)")
    arguments = parser.parse_args()
    if not arguments.output:
        if arguments.video != VTEST:
            parser.error("a video of your own needs --output, lest the demo's model be overwritten")
        arguments.output = str(evaluate.ROOT / "models" / "person_vtest.onnx")
    torch.set_num_threads(arguments.threads)
    frames = read_frames(arguments.video, *arguments.train_frames)  # before any labelling, which may take an hour
    validation = read_frames(arguments.video, *arguments.validation_frames)
    if len(frames) < arguments.batch:
        sys.exit(f"train: {len(frames)} frames are fewer than one batch of {arguments.batch}: widen --train-frames")
    labels_path = arguments.labels or evaluate.LABELS
    if arguments.teacher or (arguments.video != VTEST and not arguments.labels):
        teacher = None if arguments.teacher in (None, "hog") else arguments.teacher
        labels_path = pathlib.Path(arguments.output).with_suffix(".labels.json")
        write_labels(make_labels(arguments.video, teacher), labels_path)
    labels = read_labels(labels_path)
    wanted = {arguments.train_frames[0] + k for k in range(len(frames))}
    wanted |= {arguments.validation_frames[0] + k for k in range(len(validation))}
    if missing := wanted - labels.keys():
        sys.exit(f"train: {labels_path} lacks {len(missing)} frames, {min(missing)} first: label the whole video")
    best = fit(arguments, frames, validation, labels)
    print(f"train: wrote {arguments.output}, validation AP50 {best:.4f}; train/evaluate.py --model {arguments.output}")


if __name__ == "__main__":
    main()

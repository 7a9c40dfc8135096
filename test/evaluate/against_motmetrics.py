"""Our metrics of tracks against motmetrics, on random tracks: against_motmetrics.py MOT_METRICS [SEEDS].

Needs a Python with motmetrics: $HEDGE_PYTHON, this one, python3 or /usr/bin/python3. Exit code 77 (skipped) without.
"""
import json
import math
import os
import subprocess
import sys
import tempfile

from find_python import SKIPPED, python_with

TOLERANCE = 1e-9
METRICS = ["mota", "motp", "idf1", "idp", "idr", "precision", "recall", "num_objects", "num_predictions",
           "num_unique_objects", "num_switches", "num_fragmentations", "num_false_positives", "num_misses", "idtp"]


def reference(folder):
    """motmetrics' answer on the frames with truth; distractors as its preprocess, MOTChallenge's, treats them."""
    import numpy
    if not hasattr(numpy, "asfarray"):  # which motmetrics 1.4.0 wants and NumPy 2 has no more
        numpy.asfarray = lambda values: numpy.asarray(values, dtype=float)
    import motmetrics
    from motmetrics.preprocess import preprocessResult

    truth = motmetrics.io.loadtxt(f"{folder}/truth.txt", fmt="mot16", min_confidence=0)
    output = motmetrics.io.loadtxt(f"{folder}/output.txt", fmt="mot16")
    frames = truth.index.get_level_values("FrameId").unique()
    output = output[output.index.get_level_values("FrameId").isin(frames)]
    with open(f"{folder}/seqinfo.ini", "w") as file:
        file.write(f"[Sequence]\nseqLength={max(frames)}\n")
    output = preprocessResult(output, truth, f"{folder}/seqinfo.ini")
    truth = truth[truth["Confidence"] >= 1]
    accumulator = motmetrics.utils.compare_to_groundtruth(truth, output, "iou", distth=0.5)
    return motmetrics.metrics.create().compute(accumulator, metrics=METRICS, return_dataframe=False)


def same(ours, theirs):
    ours = math.nan if ours is None else ours
    return (math.isnan(ours) and math.isnan(theirs)) or abs(ours - theirs) <= TOLERANCE


def compare(program, seed):
    with tempfile.TemporaryDirectory() as folder:
        ours = json.loads(subprocess.run([program, str(seed), folder], check=True, capture_output=True).stdout)
        theirs = {name: float(value) for name, value in reference(folder).items()}
    wrong = [name for name in METRICS if not same(ours[name], theirs[name])]
    for name in wrong:
        print(f"seed {seed}: {name} is {ours[name]}, motmetrics says {theirs[name]}")
    return not wrong


def main(program, seeds="25"):
    right = [compare(program, seed) for seed in range(1, int(seeds) + 1)]
    print(f"{sum(right)} of {len(right)} random sets agree with motmetrics")
    return 0 if all(right) else 1


if __name__ == "__main__":
    try:
        import motmetrics  # noqa: F401
    except ImportError:
        python = python_with("motmetrics")
        if python is None:
            print("no Python here has motmetrics: nothing is compared")
            sys.exit(SKIPPED)
        sys.exit(subprocess.run([python, *sys.argv]).returncode)
    sys.exit(main(*sys.argv[1:]))

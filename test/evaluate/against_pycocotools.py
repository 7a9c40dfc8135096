"""Our COCO metrics against pycocotools, on random boxes: against_pycocotools.py COCO_METRICS [SEEDS].

Needs a Python with pycocotools: $HEDGE_PYTHON, this one, python3 or /usr/bin/python3. Exit code 77 (skipped) without.
"""
import contextlib
import io
import json
import math
import os
import subprocess
import sys
import tempfile

from find_python import SKIPPED, python_with

TOLERANCE = 1e-6


def reference(folder):
    """mAP, AP50, AP75, AR100 and the mAP of each category, NaN where nothing of it occurs."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(f"{folder}/truth.json")
        evaluation = COCOeval(truth, truth.loadRes(f"{folder}/results.json"), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    stats = [math.nan if value < 0 else float(value) for value in evaluation.stats]
    # overlaps x recalls x categories, over all areas, with 100 detections an image
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    classes = {}
    for k, category in enumerate(evaluation.params.catIds):
        if (precision[:, :, k] > -1).any():
            classes[str(category)] = float(precision[:, :, k].mean())
    return dict(zip(("map", "ap50", "ap75"), stats)) | {"ar100": stats[8], "classes": classes}


def same(ours, theirs):
    ours = math.nan if ours is None else ours
    return (math.isnan(ours) and math.isnan(theirs)) or abs(ours - theirs) <= TOLERANCE


def compare(program, seed):
    with tempfile.TemporaryDirectory() as folder:
        ours = json.loads(subprocess.run([program, str(seed), folder], check=True, capture_output=True).stdout)
        with open(f"{folder}/results.json") as file:
            if not json.load(file):  # which pycocotools does not load
                return True
        theirs = reference(folder)
    wrong = [name for name in ("map", "ap50", "ap75", "ar100") if not same(ours[name], theirs[name])]
    ours_by_class = ours.get("classes", {})
    if ours_by_class.keys() != theirs["classes"].keys():
        wrong.append("the classes that occur")
    wrong += [f"class {c}" for c, value in ours_by_class.items() if not same(value, theirs["classes"].get(c, math.nan))]
    if wrong:
        print(f"seed {seed}: {', '.join(wrong)} differ\n  ours   {ours}\n  theirs {theirs}")
    return not wrong


def main():
    if os.environ.get("HEDGE_PYCOCOTOOLS") != "here":
        python = python_with("pycocotools.cocoeval")
        if python is None:
            print("skipped: no Python here has pycocotools; name one by HEDGE_PYTHON")
            return SKIPPED
        return subprocess.run([python, *sys.argv], env=os.environ | {"HEDGE_PYCOCOTOOLS": "here"}).returncode
    seeds = range(1, 1 + (int(sys.argv[2]) if len(sys.argv) > 2 else 25))
    equal = [compare(sys.argv[1], seed) for seed in seeds]
    print(f"{sum(equal)} of {len(equal)} sets of boxes have the metrics of pycocotools")
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())

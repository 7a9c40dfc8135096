#!/usr/bin/python3
"""What INT8 costs in accuracy, model by model: quantizes each with its budget and measures the result anew.

The same options for all, but for the data and the budget. `./dev accuracy` builds and runs it; it needs
../shared/assets and takes about five minutes. docs/accuracy.md shows its table.
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ASSETS = ROOT.parent / "shared" / "assets"
CIFAR = ("images/cifar10/calibration_1000.bin", 0, "images/cifar10/test_2000.bin")
COCO = ("images/coco128", 60, "images/coco128")
# model, (calibration, its limit, evaluation), by agreement?, points that may be lost, the metric and its bar
ROWS = [
    ("resnet20_cifar10", CIFAR, False, 0.3, "top1", 0.3),
    ("mlperf_ic_resnet8_fp32", CIFAR, False, 0.3, "top1", 0.3),
    ("mlperf_kws_dscnn_fp32", ("audio/kws", 200, "audio/kws"), False, 0.5, "top1", 0.5),
    ("mobilenet_v2_224", ("images/imagenet_calibration", 0, "images/imagenet_calibration"), True, 2, "agreement", 2),
    ("mlperf_vww_mnv1_025_fp32", COCO, True, 2, "agreement", 2),
    ("yolox_nano_416", COCO, False, 1, "ap50", 1),
    ("person_yolox_nano", COCO, True, 5, "agreement", 5),
    ("nanodet_m_320", COCO, True, 5, "agreement", 5),
    ("ultraface_rfb_320", COCO, True, 5, "agreement", 5),
]


def hedge(*arguments):
    run = subprocess.run([ROOT / "build" / "hedge", *map(str, arguments)], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(f"accuracy: hedge {arguments[0]}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def measure(row, out):
    name, (calibration, limit, evaluation), agreement, budget, metric, bar = row
    model, card = ASSETS / "models" / f"{name}.onnx", ROOT / "test" / "cards" / f"{name}.toml"
    quantized = out / f"{name}.int8.onnx"
    options = ["--card", card, "--calibration", ASSETS / calibration, "--evaluate", ASSETS / evaluation,
               "--max-drop", budget, "--threads", 2, "--force", "--json",
               "-o", quantized, "--html", out / f"{name}.html"]
    options += ["--calibration-limit", limit] if limit else []
    options += ["--agreement"] if agreement else []
    report = hedge("quantize", model, *options)
    again = hedge("evaluate", quantized, "--card", card, "--dataset", ASSETS / evaluation, "--agreement-with", model,
                  "--threads", 2, "--json")
    before = hedge("evaluate", model, "--card", card, "--dataset", ASSETS / evaluation, "--agreement-with", model,
                   "--threads", 2, "--json")
    values, float_values = again["metrics"], before["metrics"]
    fell = 100 * ((1.0 if metric == "agreement" else float_values[metric]) - values[metric])
    labelled = next((m for m in ("top1", "ap50") if m in float_values), None)
    return {"model": name, "metric": metric, "float": float_values.get(labelled), "int8": values.get(labelled),
            "agreement": values["agreement"], "fell": fell, "bar": bar, "holds": fell <= bar + 1e-9,
            "float_macs": sum(layer["macs"] for layer in report["layers"] if layer["precision"] == "float")
            / max(1, sum(layer["macs"] for layer in report["layers"])),
            "treated": sum(layer["precision"] != "int8" for layer in report["layers"]),
            "layers": len(report["layers"]), "bytes": report["bytes_before"], "int8_bytes": report["bytes_after"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="only these")
    parser.add_argument("--output", default=ROOT / "build" / "accuracy", type=pathlib.Path)
    arguments = parser.parse_args()
    if not ASSETS.is_dir():
        sys.exit(f"accuracy: {ASSETS} is not here: the models and data of others are needed")
    arguments.output.mkdir(parents=True, exist_ok=True)
    print("| model | FP32 | INT8 | agreement | lost, of allowed points | MACs in float | layers treated | smaller |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    for row in ROWS:
        if arguments.models and row[0] not in arguments.models:
            continue
        found = measure(row, arguments.output)
        rows.append(found)
        figures = [f"{found[k]:.4f}" if found[k] is not None else "-" for k in ("float", "int8", "agreement")]
        missed = "" if found["holds"] else " **missed**"
        cells = [found["model"], *figures, f"{found['fell']:.2f} of {found['bar']} ({found['metric']}){missed}",
                 f"{100 * found['float_macs']:.1f} %", f"{found['treated']} of {found['layers']}",
                 f"{found['bytes'] / found['int8_bytes']:.2f} x"]
        print(f"| {' | '.join(cells)} |", flush=True)
    (arguments.output / "accuracy.json").write_text(json.dumps(rows, indent=1))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

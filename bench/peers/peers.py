"""./dev bench peers: the same files in Hedge and its peers, interleaved on the same cores. README.md has the method."""
import argparse
import datetime
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

import agreement
import cases
import engines
import make_models
import plot
import report
import rounds
from worker import Worker, WorkerError

BUILD = cases.ROOT / "build-peers"
RESULTS = cases.ROOT / "bench" / "results"
HEDGE = cases.ROOT / "build" / "hedge"


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench peers", description=__doc__)
    parser.add_argument("models", nargs="*", help="parts of names or patterns ('mobilenet_v2*'), or .onnx files")
    parser.add_argument("--kinds", nargs="+", choices=["fp32", "int8"], default=["fp32", "int8"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--engines", nargs="+", help="only these peers; Hedge always runs")
    parser.add_argument("--burst", type=float, default=rounds.BURST_SECONDS, help="seconds of a burst")
    parser.add_argument("--rounds", type=int, default=rounds.ROUNDS_MAX,
                        help=f"at most, and at least {rounds.ROUNDS_MIN}")
    parser.add_argument("--tflite", action="append", default=[], metavar="MODEL.KIND=FILE")
    parser.add_argument("--hedge", type=pathlib.Path, default=HEDGE, help="the program under test")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS, help="folder of the results")
    return parser.parse_args()


def kind_of(name):
    """By the names of the shared files (.qdq.onnx) and of those that `./dev accuracy` writes (.int8.onnx)."""
    return "int8" if ".qdq." in name or ".int8." in name else "fp32"


def chosen_files(options):
    paths = [pathlib.Path(name) for name in options.models if name.endswith(".onnx")]
    patterns = [name for name in options.models if not name.endswith(".onnx")]
    files = [(path.name.removesuffix(".onnx").removesuffix(".qdq"), kind_of(path.name), path)
             for path in paths]
    if patterns or not paths:
        files += [file for file in cases.list_files(BUILD / "models") if file[1] in options.kinds and
                  (not patterns or any(fnmatch.fnmatch(file[0], p) or p in file[0] for p in patterns))]
    return files


def cores_of(threads):
    """One thread runs on the last core: the first one has the machine's interrupts."""
    available = sorted(os.sched_getaffinity(0))
    return set(available[-1:]) if threads == 1 else set(available[-threads:])


def start(engine, case, threads, folder, log):
    """A worker with its inputs set, or a string: why not."""
    if engine.only_threads and threads < engine.only_threads:
        return None
    command = engine.command(case, threads, BUILD)
    if isinstance(command, str):
        return command
    worker = None
    try:
        worker = Worker(list(map(str, command)), cores_of(threads), log)
        worker.ask("input", files={name: str(folder / f"input_{k}.npy") for k, name in enumerate(case.inputs)})
        return worker
    except WorkerError as error:
        if worker:
            worker.close()
        return str(error)


def run_threads(case, threads, chosen, folder, log, options):
    """One table row each engine: name -> figures, or {"skipped": why}."""
    started = {engine.name: start(engine, case, threads, folder, log) for engine in chosen}
    workers = {name: worker for name, worker in started.items() if isinstance(worker, Worker)}
    rows = {name: {"skipped": why} for name, why in started.items() if isinstance(why, str)}
    try:
        for name, figures in rounds.measure(workers, options.burst, options.rounds).items():
            worker = workers[name]
            mine = folder / name
            mine.mkdir(exist_ok=True)
            files = worker.ask("outputs", folder=str(mine))["files"]
            memory = worker.ask("memory")
            rows[name] = {**figures, "threads": threads, "build_ms": worker.hello["build_ns"] / 1e6,
                          "peak_mib": memory["peak_kib"] / 1024,
                          "model_mib": (memory["peak_kib"] - worker.hello["base_kib"]) / 1024,
                          "version": worker.hello["version"], "null_call_us": worker.hello.get("null_call_ns", 0) / 1e3,
                          "macs": worker.hello.get("macs"), "files": files}
    finally:
        for worker in workers.values():
            worker.close()
    return {engine.name: rows[engine.name] for engine in chosen if engine.name in rows}


def engine_file_bytes(case, options, folder):
    """Size of the .hedge file: what Hedge ships instead of the ONNX file."""
    target = folder / "model.hedge"
    arguments = engines.hedge(options.hedge).command(case, 1, None)[3:]
    del arguments[arguments.index("--threads"):arguments.index("--threads") + 2]
    done = subprocess.run(list(map(str, [options.hedge, "compile", *arguments, "-o", target])), capture_output=True)
    return target.stat().st_size if done.returncode == 0 else None


def run_case(case, chosen, peaks, log, options):
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        folder = pathlib.Path(name)
        for k, value in enumerate(case.inputs.values()):
            numpy.save(folder / f"input_{k}.npy", value)
        expected = agreement.literal_outputs(case)
        result = {"model": case.model, "kind": case.kind, "file_bytes": case.path.stat().st_size,
                  "engine_file_bytes": engine_file_bytes(case, options, folder), "threads": {}}
        for threads in options.threads:
            rows = run_threads(case, threads, chosen, folder, log, options)
            for name, row in rows.items():
                if "files" in row:
                    files = row.pop("files")
                    row["agreement"] = ({"mismatch": "its own input, not compared"} if name == "litert"
                                        else agreement.compare(expected, files))
            result["threads"][str(threads)] = rows
            result["macs"] = rows["hedge"].get("macs") or result.get("macs")
            print(report.text_table(result, threads, peaks), flush=True)
        return result


def main():
    options = parse()
    BUILD.mkdir(exist_ok=True)
    make_models.make_all(BUILD / "models")
    if not cases.SHARED.is_dir():
        print(f"skipped: {cases.SHARED} is not here, so only the demo detector and the made networks run")
    core = cores_of(1)
    probe = subprocess.run([options.hedge, "peaks", "--json"], capture_output=True, text=True, check=True,
                           preexec_fn=lambda: os.sched_setaffinity(0, core))
    peaks = json.loads(probe.stdout)
    data = {"schema": 1, "date": datetime.datetime.now().isoformat(timespec="seconds"), "cpu": report.cpu_name(),
            "cores": os.cpu_count(), "load": os.getloadavg()[0], "peaks": peaks, "cases": []}
    print(f"{data['cpu']}, {data['cores']} cores, load {data['load']:.1f}; peak of a core: INT8 "
          f"{peaks['int8_gmacs']:.0f}, FP32 {peaks['fp32_gmacs']:.0f} GMAC/s\n", flush=True)
    tflite = dict(item.split("=", 1) for item in options.tflite)
    chosen = [e for e in engines.all_engines(options.hedge)
              if e.name == "hedge" or (not options.engines or e.name in options.engines) and
              (e.name != "litert" or tflite)]
    options.out.mkdir(parents=True, exist_ok=True)
    stem = options.out / f"{data['date'][:10]}-{report.cpu_slug(data['cpu'])}"
    with open(BUILD / "workers.log", "w") as log:
        for model, kind, path in chosen_files(options):
            case = cases.make_case(model, kind, path)
            case.tflite = tflite.get(case.name, "")
            data["cases"].append(run_case(case, chosen, peaks, log, options))
            stem.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")  # what is done stays
    if not data["cases"]:
        sys.exit("no model has such a name; ./dev bench peers --help")
    markdown = report.markdown(data)
    stem.with_suffix(".md").write_text(markdown)
    stem.with_suffix(".svg").write_text(plot.ratios_svg(data))
    print(markdown)
    print(f"written: {stem}.json, .md, .svg")


if __name__ == "__main__":
    main()

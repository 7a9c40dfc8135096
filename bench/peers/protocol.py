"""The worker's side of the benchmark: one engine, one model, one process, lines of JSON in and out.

Only the loop in burst() is timed, and in it only the engine's run call. README.md has the grammar of the lines.
"""
import json
import resource
import sys
import time

import numpy


def memory():
    """Resident memory of this process in KiB: the most so far, and now."""
    fields = {"VmHWM:": "peak_kib", "VmRSS:": "rss_kib"}
    with open("/proc/self/status") as status:
        words = (line.split() for line in status)
        return {fields[row[0]]: int(row[1]) for row in words if row[0] in fields}


def switches():
    """Times that this process had to leave a core to another: a run in which that happened measures the other."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def burst(run, seconds=0.1, warmup=1, runs_min=3):
    """Times of single runs in ns, for `seconds` and at least `runs_min` of them; the processor time each took, and
    which of them were preempted."""
    clock, processor = time.perf_counter_ns, time.process_time_ns
    for _ in range(warmup):
        run()
    times, used, preempted = [], [], []
    end = clock() + int(seconds * 1e9)
    while len(times) < runs_min or clock() < end:
        before, spent = switches(), processor()
        start = clock()
        run()
        times.append(clock() - start)
        used.append(processor() - spent)
        if switches() != before:
            preempted.append(len(times) - 1)
    return {"ns": times, "cpu_ns": used, "preempted": preempted}


def null_call_ns():
    """What a call of Python that does nothing reads as: the part of each peer's time that is not the peer's."""
    times = sorted(burst(lambda: None, seconds=0.02, runs_min=1000)["ns"])
    return times[len(times) // 2]


def in_a_line(error):
    """Whatever a peer throws is its answer; the end says more than the beginning."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[-200:]}"


def answer(engine, request):
    command = request["command"]
    if command == "input":
        engine.set_inputs({name: numpy.load(path) for name, path in request["files"].items()})
        return {}
    if command == "burst":
        return burst(engine.run, request["seconds"], request["warmup"], request["runs_min"])
    if command == "outputs":
        engine.run()
        files = []
        for index, value in enumerate(engine.outputs()):
            files.append(f"{request['folder']}/{engine.name}_{index}.npy")
            numpy.save(files[-1], value)
        return {"files": files}
    if command == "memory":
        return memory()
    raise ValueError(f"no command '{command}'")


def serve(open_engine):
    """open_engine() builds the engine, and is timed: nothing else may be in it, imports least of all."""
    lines = sys.stdout  # an engine's own chatter must not come between
    sys.stdout = sys.stderr

    def say(line):
        lines.write(json.dumps(line) + "\n")
        lines.flush()

    overhead, base = null_call_ns(), memory()["rss_kib"]
    start = time.perf_counter_ns()
    try:
        engine = open_engine()
    except Exception as error:
        say({"error": in_a_line(error)})
        return
    say({"build_ns": time.perf_counter_ns() - start, "base_kib": base, "version": engine.version,
         "null_call_ns": overhead})
    for line in sys.stdin:
        request = json.loads(line)
        if request["command"] == "quit":
            break
        try:
            say(answer(engine, request))
        except Exception as error:
            say({"error": in_a_line(error)})

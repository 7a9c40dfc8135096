"""From a fault to SAFE, through the whole of `hedge run`: real detector, rules, actuator and watchdog.

A camera of our own sends JPEGs of vtest.avi at 30 frames a second into the pipeline's standard input, so that it can
freeze, turn black, or fall silent. For a deadline storm a hog of real-time priority, below the watchdog's, takes all
cores for most of a second. Time is taken at the receiver of
the datagrams, by the kernel's stamp. From when it counts: of a signal, when it is sent; of a camera, when the first
wrong picture was sent, or the first one that did not come was due; of NaN, when the picture that makes the model answer
so was sent; of a deadline storm, when the third late frame passed its deadline (0 where SAFE was there before: a worker
that is kept from its cores is silent, too).

    safe_pipeline.py HEDGE [--trials 100] [--faults SIGKILL,frozen] [--bound MS] [--safety TOML]
"""
import argparse
import os
import pathlib
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

import cv2
import numpy
import onnx
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL = ROOT / "models" / "person_vtest.int8.onnx"
VIDEO = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"
PERIOD, DEADLINE = 1 / 30, 0.050
FAULTS = ("SIGKILL", "SIGSTOP", "frozen", "black", "silent", "NaN", "storm")
SO_TIMESTAMPNS = 35
SAFE = 2  # state in the datagram: docs/formats/actuator.md

PIPELINE = """
[pipeline]
model = "{model}"
source = "fdsrc fd=0 ! image/jpeg,framerate=30/1 ! jpegparse ! jpegdec"
deadline_ms = 50
[[rule]]
name = "brake"
when = "any(person)"
do = ["brake"]
[[actuator]]
name = "brake"
kind = "udp"
host = "127.0.0.1"
port = {port}
repeat_ms = 100
[safety]
healthy_ms = 300
healthy_frames = 8
restart_ms = 10
settled_ms = 0
restarts_max = 100000
{safety}
"""


def write_nan_model(path, threshold=250.0):
    """The demo's detector, which answers NaN for a picture without a pixel brighter than `threshold`.

    To its outputs 0 * log(max(picture) - threshold) is added: 0, or NaN where the logarithm is of a negative number.
    """
    model = onnx.load(str(MODEL))
    graph = model.graph
    picture = graph.input[0].name
    graph.initializer.extend([helper.make_tensor("nan_threshold", TensorProto.FLOAT, [], [threshold]),
                              helper.make_tensor("nan_zero", TensorProto.FLOAT, [], [0.0])])
    nodes = [helper.make_node("ReduceMax", [picture], ["nan_max"], keepdims=0),
             helper.make_node("Sub", ["nan_max", "nan_threshold"], ["nan_over"]),
             helper.make_node("Log", ["nan_over"], ["nan_log"]),
             helper.make_node("Mul", ["nan_log", "nan_zero"], ["nan_or_zero"])]
    for output in graph.output:
        inner = output.name + "_inner"
        for node in graph.node:
            for k, name in enumerate(node.output):
                if name == output.name:
                    node.output[k] = inner
            for k, name in enumerate(node.input):
                if name == output.name:
                    node.input[k] = inner
        nodes.append(helper.make_node("Add", [inner, "nan_or_zero"], [output.name]))
    graph.node.extend(nodes)
    onnx.save(model, str(path))


def jpeg(picture):
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def pictures(count=40):
    video = cv2.VideoCapture(VIDEO)
    taken = []
    for _ in range(count):
        picture = video.read()[1]
        picture[:24, :24] = 255  # what the model for NaN looks for
        taken.append(picture)
    return taken


class Camera(threading.Thread):
    """Sends pictures into the pipeline, at 30 a second; `mode` says what is wrong with them."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        raw = pictures()
        self.good = [jpeg(picture) for picture in raw]
        noise = numpy.random.default_rng(1)
        self.black = [jpeg(noise.integers(0, 8, raw[0].shape, numpy.uint8)) for _ in range(8)]
        dim = [numpy.minimum(picture, 180) for picture in raw]
        self.dim = [jpeg(picture) for picture in dim]
        self.mode, self.left, self.began, self.lock = None, 0, None, threading.Lock()

    def make(self, mode, count):
        with self.lock:
            self.mode, self.left, self.began = mode, count, None

    def pick(self, index):
        with self.lock:
            if self.left == 0:
                self.mode = None
            self.left -= 1
            first = self.mode is not None and self.began is None
            if first:
                self.began = time.monotonic()
            if self.mode == "frozen":
                return self.last
            if self.mode == "silent":
                return b""
            stock = {"black": self.black, "NaN": self.dim}.get(self.mode, self.good)
            self.last = stock[index % len(stock)]
            return self.last

    def run(self):
        due, index = time.monotonic(), 0
        while True:
            due = max(due + PERIOD, time.monotonic() - PERIOD)
            time.sleep(max(0, due - time.monotonic()))
            try:
                self.pipe.write(self.pick(index))
                self.pipe.flush()
            except (BrokenPipeError, ValueError):
                return
            index += 1


# On each core: 70 ms taken, 4 ms left, in which a frame is decoded or decided on, and hardly both.
HOG = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(30))
for _ in range(9):
    end = time.monotonic() + 0.070
    while time.monotonic() < end: pass
    time.sleep(0.004)
"""


def hog():
    return [subprocess.Popen([sys.executable, "-c", HOG, str(core)]) for core in os.sched_getaffinity(0)]


class Receiver:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def next(self, until):
        """(state, captured in s, arrival in s of the monotonic clock), or None."""
        self.socket.settimeout(max(0.001, until - time.monotonic()))
        try:
            data, control, _, _ = self.socket.recvmsg(64, 128)
        except TimeoutError:
            return None
        now, wall = time.monotonic(), time.clock_gettime_ns(time.CLOCK_REALTIME)
        seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
        arrived = now - (wall - seconds * 10**9 - nanoseconds) * 1e-9
        return data[5], struct.unpack_from("<q", data, 24)[0] * 1e-9, arrived


class Bed:
    def __init__(self, hedge, folder, model, safety):
        self.receiver = Receiver()
        file = pathlib.Path(folder) / "pipeline.toml"
        file.write_text(PIPELINE.format(model=model, port=self.receiver.port, safety=safety))
        self.errors = open(pathlib.Path(folder) / "errors.txt", "w+", encoding="utf-8")
        self.watchdog = subprocess.Popen([hedge, "run", str(file), "--quiet"], stdin=subprocess.PIPE,
                                         stdout=subprocess.DEVNULL, stderr=self.errors)
        self.camera = Camera(self.watchdog.stdin)
        self.camera.start()

    def worker(self):
        return int(pathlib.Path(f"/proc/{self.watchdog.pid}/task/{self.watchdog.pid}/children").read_text().split()[0])

    def trial(self, fault, again=5):
        """Seconds from the fault to SAFE at the receiver; None: it never came."""
        # Running: the worker's own commands come, for some frames.
        if not self.settle():
            return None
        if fault in ("SIGKILL", "SIGSTOP"):
            worker = self.worker()
            began = time.monotonic()
            os.kill(worker, getattr(signal, fault))
        elif fault != "storm":
            self.camera.make(fault, 12)
            began = None
        hogs = hog() if fault == "storm" else []
        since = time.monotonic()
        late, until = [], since + (3 if fault == "storm" else 20)
        while (got := self.receiver.next(until)) is not None and (got[0] != SAFE or got[2] < since):
            if got[2] - got[1] > DEADLINE:
                late.append(got[1])
        if fault == "SIGSTOP":
            try:
                os.kill(worker, signal.SIGCONT)
            except ProcessLookupError:
                pass
        refused = sum(one.wait() != 0 for one in hogs)
        if refused:
            raise PermissionError("no SCHED_FIFO for the hog: run as root, or leave the fault 'storm' out")
        if fault == "storm" and got is None and again > 0:
            return self.trial(fault, again - 1)  # it was no storm
        if fault == "storm" and got is not None and len(late) < 3:
            return 0.0  # the silence told before the third deadline did
        if got is None:
            return None
        if fault == "storm":
            return got[2] - (late[2] + DEADLINE)
        return got[2] - (began if began is not None else self.camera.began)

    def settle(self, frames=6):
        calm = 0
        until = time.monotonic() + 30
        while calm < frames:
            got = self.receiver.next(until)
            if got is None:
                return False
            calm = 0 if got[0] == SAFE or got[1] == 0 else calm + 1
        return True

    def reasons(self):
        self.errors.flush()
        self.errors.seek(0)
        return [line.split("SAFE: ")[1].split(" (")[0] for line in self.errors if "guard: SAFE: " in line]

    def end(self):
        self.watchdog.terminate()
        return self.watchdog.wait(20)


def measure(hedge, fault, trials, safety):
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.onnx"
        card = MODEL.with_suffix(".toml").read_text()
        if fault == "NaN":
            write_nan_model(model)
        else:
            model.write_bytes(MODEL.read_bytes())
        model.with_suffix(".toml").write_text(card)
        bed = Bed(hedge, folder, model, safety)
        times = [bed.trial(fault) for _ in range(trials)]
        status = bed.end()
        return times, bed.reasons(), status


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hedge")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--bound", type=float, default=100, help="ms from the fault to SAFE; later is late")
    parser.add_argument("--safety", default="", help="more keys of [safety]")
    options = parser.parse_args()
    for fault in options.faults.split(","):
        if fault not in FAULTS:
            parser.error(f"no fault is called '{fault}'; they are: {', '.join(FAULTS)}")
    print(f"{'fault':10} {'trials':>6} {'late':>5} {'lost':>5} {'p50 ms':>8} {'worst ms':>9}  reasons told")
    good = True
    for fault in options.faults.split(","):
        times, reasons, _ = measure(options.hedge, fault, options.trials, options.safety)
        came = [one for one in times if one is not None]
        late = sum(1e3 * one > options.bound for one in came)
        told = {reason: reasons.count(reason) for reason in sorted(set(reasons) - {"ended"})}
        print(f"{fault:10} {len(times):6} {late:5} {len(times) - len(came):5} "
              f"{1e3 * statistics.median(came or [0]):8.1f} {1e3 * max(came or [0]):9.1f}  {told}", flush=True)
        good = good and late == 0 and len(came) == len(times)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

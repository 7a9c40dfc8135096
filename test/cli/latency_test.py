"""hedge latency-report: the report's fields and figures, the load that ends with it, loops and rates of `hedge run`.

HEDGE_PROGRAM is the hedge binary; ctest sets it. The video is OpenCV's (package opencv-doc).
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VIDEO = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")


def children_of(pid):
    """Process numbers of all descendants."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                pass
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return found - {pid}


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, what):
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(0.01)


@unittest.skipUnless(VIDEO.exists(), "opencv-doc's vtest.avi is not here")
class LatencyReport(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.file = self.path / "p.toml"
        text = (ROOT / "examples" / "vehicle.toml").read_text()
        self.file.write_text(text.replace("../models", str(ROOT / "models")))

    def hedge(self, *arguments):
        return subprocess.run([HEDGE, *map(str, arguments)], capture_output=True, text=True, cwd=self.path, timeout=120)

    def start(self, *arguments):
        process = subprocess.Popen([HEDGE, "latency-report", self.file, *map(str, arguments)], cwd=self.path,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def report(self, *arguments):
        done = self.hedge("latency-report", self.file, "--out", "r", "--quiet", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((self.path / "r" / "report.json").read_text()), done.stdout

    def test_every_frame_is_in_the_report(self):
        report, text = self.report("--frames", 300, "--fps", 100, "--warm-up", 20, "--load", "burn:1")
        self.assertEqual(report["format"], "hedge latency report 1")
        self.assertEqual((report["deadline_ms"], report["frames_per_second"], report["live"]), (50, 100, False))
        self.assertTrue(report["acts"])
        self.assertEqual(report["machine"]["kernel"], "Linux " + os.uname().release)
        [phase] = report["phases"]
        self.assertEqual((phase["frames"], phase["warm_up"], phase["whole"]), (300, 20, "capture to actuation"))
        self.assertEqual(sum(bucket["count"] for bucket in phase["histogram"]), 300)
        total = phase["total"]
        figures = [total[key] for key in ("min_ms", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")]
        self.assertEqual(figures, sorted(figures))
        self.assertAlmostEqual(max(phase["worst_ms"]), total["max_ms"])
        self.assertAlmostEqual(phase["slowest"][0]["total_ms"], total["max_ms"])
        names = [stage["name"] for stage in phase["stages"] if not stage["span"]]
        self.assertEqual(names, ["wait", "preprocess", "infer", "decode", "track", "rules", "act"])
        for slow in phase["slowest"]:  # the stages are the whole but for what the supervision looks at between them
            self.assertLessEqual(sum(slow["stages_ms"].values()), slow["total_ms"] + 0.01)
        self.assertAlmostEqual(phase["seconds"], (300 + phase["dropped"]) / 100, delta=0.5)
        self.assertTrue(any("rule of three: 3 / 300" in line or "of 300 frames" in line for line in report["proven"]))
        self.assertTrue(any("300 frames are too few" in line for line in report["not_proven"]))
        self.assertIn("Not proven:", text)
        page = (self.path / "r" / "report.html").read_text()
        self.assertIn("<svg", page)
        self.assertNotIn("<script", page)

    def test_a_frame_allocates_nothing(self):
        """Through a whole pass of the video, with the fullest frames of it, and over the seam."""
        report, _ = self.report("--frames", 900, "--fps", 120)
        [phase] = report["phases"]
        if phase["allocations"] is None:
            self.skipTest("this build does not count allocations")
        self.assertEqual((phase["allocations"], phase["frames_with_allocations"]), (0, 0))

    def test_a_duration_ends_it(self):
        report, _ = self.report("--duration", "2s", "--fps", 50, "--warm-up", 5)
        [phase] = report["phases"]
        self.assertAlmostEqual(phase["seconds"], 2, delta=0.1)
        self.assertIsNone(phase["ended_early"])
        self.assertGreaterEqual(len(phase["process"]["at_s"]), 2)

    def test_fifo_is_a_phase_of_its_own_granted_or_not(self):
        report, text = self.report("--frames", 50, "--fps", 100, "--fifo", 10)
        self.assertEqual(len(report["phases"]), 2)
        ordinary, fifo = report["phases"]
        self.assertEqual((ordinary["frames"], ordinary["refused"]), (50, False))
        self.assertTrue(any(line.startswith("SCHED_FIFO 10: ") for line in fifo["asked"]), fifo["asked"])
        self.assertEqual(fifo["frames"], 0 if fifo["refused"] else 50)
        self.assertEqual(fifo["scheduling"], "SCHED_FIFO 10")
        self.assertIn("SCHED_FIFO 10", text)

    def test_what_is_interrupted_is_reported_and_said_to_be(self):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(30)
        self.file.write_text(self.file.read_text().replace("9910", str(receiver.getsockname()[1])))
        process = self.start("--frames", 100000, "--fps", 50, "--warm-up", 0, "--out", "r")
        for _ in range(5):
            receiver.recv(100)  # it acts
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), 0)
        [phase] = json.loads((self.path / "r" / "report.json").read_text())["phases"]
        self.assertEqual(phase["ended_early"], "it was interrupted")
        self.assertGreater(phase["frames"], 0)

    def loaded(self, load):
        """The report's process, with the processes of its load."""
        process = self.start("--frames", 100000, "--fps", 30, "--load", load)
        wait_until(lambda: len(children_of(process.pid)) >= 2, "no load")
        return process, children_of(process.pid)

    def test_the_load_ends_with_it(self):
        loads = ["burn:2"] + (["stress-ng:1"] if shutil.which("stress-ng") else [])
        for load in loads:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with self.subTest(load=load, signal=number):
                    process, children = self.loaded(load)
                    process.send_signal(number)
                    process.wait(timeout=30)
                    wait_until(lambda: not any(map(is_running, children)), f"{load} goes on")

    def test_a_load_that_dies_is_an_error(self):
        process = self.start("--frames", 100, "--fps", 50, "--load", "burn:1", "--out", "r")
        wait_until(lambda: children_of(process.pid), "no load")
        for child in children_of(process.pid):
            os.kill(child, signal.SIGKILL)
        self.assertEqual(process.wait(timeout=60), 7)

    def test_bad_options_get_one_line(self):
        for arguments, code, expected in (
                (("--load", "burn"), 2, "burn:N or stress-ng:N"),
                (("--load", "burn:0"), 2, "N from 1 to"),
                (("--load", "sleep:2"), 2, "burn:N or stress-ng:N"),
                (("--frames", 10, "--duration", "3s"), 2, "--duration"),
                (("--duration", "3 parsecs"), 2, "--duration"),
                (("--fifo", 100), 2, "--fifo"),
                (("--source", "videotestsrc is-live=true ! identity", "--fps", 30), 2, "its rate is its own"),
                (("--source", "absent.avi"), 3, "absent.avi")):
            done = self.hedge("latency-report", self.file, "--quiet", *arguments)
            self.assertEqual(done.returncode, code, (arguments, done.stderr))
            self.assertIn(expected, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_run_plays_a_file_in_a_loop_at_a_rate(self):
        text = self.file.read_text().replace("realtime = true", "loop = true\nfps = 40")
        self.file.write_text(text)
        done = self.hedge("run", self.file, "--no-isolate", "--every-frame", "--frames", 1000, "--quiet", "--json",
                          "--jsonl", "d.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in (self.path / "d.jsonl").read_text().splitlines()]
        self.assertEqual([line["frame"] for line in lines], list(range(1000)))
        # The first frame of the second pass is the first frame of the first.
        self.assertEqual([d["box"] for d in lines[0]["detections"]], [d["box"] for d in lines[795]["detections"]])
        bad = self.hedge("run", self.file, "--fps", "-3")
        self.assertEqual(bad.returncode, 2, bad.stderr)


if __name__ == "__main__":
    unittest.main()

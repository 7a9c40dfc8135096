"""hedge run FILE.toml with [safety]: two processes, SAFE when the worker dies, how it ends, what it refuses.

HEDGE_PROGRAM is the hedge binary; ctest sets it. The video is OpenCV's (package opencv-doc).
"""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VIDEO = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
OFF, ON, SAFE = range(3)
CLOSING = 2  # flag of a datagram: docs/formats/actuator.md


@unittest.skipUnless(VIDEO.exists(), "opencv-doc's vtest.avi is not here")
class Safety(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.receiver.close)
        self.receiver.bind(("127.0.0.1", 0))
        text = (ROOT / "examples" / "vehicle.toml").read_text().replace("../models", str(ROOT / "models"))
        # A busy machine may be slow: this is about what happens, not about when.
        self.text = text.replace("9910", str(self.receiver.getsockname()[1])).replace(
            "no_frames_ms = 250", "no_frames_ms = 20000\nstall_ms = 20000\nhealthy_ms = 100\nhealthy_frames = 2\n"
            "misses_max = 64\nmisses_of = 64")

    def start(self, text, *arguments):
        file = self.path / "p.toml"
        file.write_text(text)
        process = subprocess.Popen([HEDGE, "run", file, "--quiet", *arguments], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, cwd=self.path)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait(self, wanted, patience=60):
        """The next datagram for which `wanted(state, flags)` holds; its state and flags."""
        until = time.monotonic() + patience
        while True:
            self.receiver.settimeout(max(0.001, until - time.monotonic()))
            data = self.receiver.recv(64)
            if wanted(data[5], data[6]):
                return data[5], data[6]

    def worker(self, watchdog):
        return int(pathlib.Path(f"/proc/{watchdog.pid}/task/{watchdog.pid}/children").read_text().split()[0])

    def test_a_dead_worker_is_safe_and_comes_back(self):
        process = self.start(self.text)
        self.assertEqual(self.wait(lambda state, _: True)[0], SAFE, "before anything was decided")
        self.wait(lambda state, _: state != SAFE)
        first = self.worker(process)
        os.kill(first, signal.SIGKILL)
        self.wait(lambda state, _: state == SAFE)
        self.wait(lambda state, _: state != SAFE)
        self.assertNotEqual(self.worker(process), first)
        process.send_signal(signal.SIGTERM)
        self.wait(lambda state, flags: state == SAFE and flags & CLOSING)
        self.assertEqual(process.wait(60), 0)
        told = process.stderr.read()
        self.assertIn("SAFE: worker killed", told)
        self.assertIn("SAFE: ended", told)

    def test_the_worker_dies_with_its_watchdog(self):
        process = self.start(self.text)
        self.wait(lambda state, _: state != SAFE)
        worker = self.worker(process)
        process.kill()
        process.wait(60)
        until = time.monotonic() + 60
        while pathlib.Path(f"/proc/{worker}/stat").exists() and time.monotonic() < until:
            if pathlib.Path(f"/proc/{worker}/stat").read_text().split(") ")[1][0] == "Z":
                break
            time.sleep(0.01)
        self.assertLess(time.monotonic(), until)

    def test_alone_it_overrules_itself(self):
        process = self.start(self.text, "--no-isolate", "--frames", "20")
        states = []
        self.wait(lambda state, flags: states.append(state) or flags & CLOSING)
        self.assertEqual(states[0], SAFE, "nothing is allowed before the first healthy frame")
        self.assertIn(OFF, states)
        self.assertEqual(process.wait(60), 0)
        self.assertNotIn("guard", process.stderr.read())

    def test_an_output_that_cannot_take_safe_starts_nothing(self):
        modbus = 'kind = "modbus"\ntable = "coil"\naddress = 1\non = 1\noff = 0\nsafe = 1'
        process = self.start(self.text.replace('kind = "udp"', modbus))
        status, told = process.wait(60), process.stderr.read()
        self.assertEqual(status, 7, told)
        self.assertIn("actuator 'brake' cannot be put into SAFE", told)

    def test_a_camera_slower_than_the_limit_is_refused(self):
        process = self.start(self.text.replace("no_frames_ms = 20000", "no_frames_ms = 100"))
        self.assertEqual(process.wait(60), 4)
        self.assertIn("set it to 200 or more", process.stderr.read())


if __name__ == "__main__":
    unittest.main()

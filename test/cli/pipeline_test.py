"""hedge run FILE.toml: rules decide, the actuator's datagrams arrive, events are kept; bad files get one line.

HEDGE_PROGRAM is the hedge binary; ctest sets it. The video is OpenCV's (package opencv-doc).
"""
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VIDEO = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")


class Pipeline(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def write(self, text):
        file = self.path / "p.toml"
        file.write_text(text)
        return file

    def run_file(self, file, *arguments):
        return subprocess.run([HEDGE, "run", file, "--quiet", *map(str, arguments)], capture_output=True, text=True,
                              cwd=self.path, timeout=200)

    def example(self, port):
        text = (ROOT / "examples" / "vehicle.toml").read_text()
        return text.replace("../models", str(ROOT / "models")).replace("9910", str(port))

    @unittest.skipUnless(VIDEO.exists(), "opencv-doc's vtest.avi is not here")
    def test_the_example_brakes_and_keeps_what_it_saw(self):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.bind(("127.0.0.1", 0))
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        receiver.setblocking(False)
        file = self.write(self.example(receiver.getsockname()[1]))
        done = self.run_file(file, "--every-frame", "--frames", 620, "--jsonl", self.path / "d.jsonl", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in (self.path / "d.jsonl").read_text().splitlines()]
        self.assertEqual(len(lines), 620)
        braking = sum("brake" in line["rules_on"] for line in lines)
        self.assertTrue(0 < braking < 310, braking)
        datagrams = 0
        try:
            while receiver.recv(100):
                datagrams += 1
        except BlockingIOError:
            pass
        self.assertGreater(datagrams, 100)
        listed = subprocess.run([HEDGE, "events", "verify", self.path / "spool"], capture_output=True, text=True)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertTrue(any((self.path / "spool").glob("*near_miss")))

    @unittest.skipUnless(VIDEO.exists(), "opencv-doc's vtest.avi is not here")
    def test_a_second_model_disagrees_and_the_frame_is_kept(self):
        """The float detector is asked about every frame that its INT8 copy decides on: at times they differ."""
        text = (f'[pipeline]\nmodel = "{ROOT}/models/person_vtest.int8.onnx"\nsource = "{VIDEO}"\n'
                f'[second_opinion]\nmodel = "{ROOT}/models/person_vtest.onnx"\ninterval_ms = 200\n'
                '[capture]\nspool = "spool"\n'
                '[[trigger]]\nname = "disagreement"\nwhen = "disagreement > 0.05"\n'
                'pre_seconds = 1\npost_seconds = 0\n'
                '[[trigger]]\nname = "lost"\nwhen = "track_disagreement >= 0.3"\npre_seconds = 1\npost_seconds = 0\n')
        file = self.write(text)
        done = self.run_file(file, "--every-frame", "--frames", 200, "--log", self.path / "log")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("second opinion: 100 frames asked about, 0 skipped", done.stdout)
        events = [json.loads(path.read_text()) for path in (self.path / "spool").glob("*/event.json")]
        seen = {trigger["name"]: trigger for event in events for trigger in event["triggers"]}
        self.assertEqual(sorted(seen), ["disagreement", "lost"], done.stdout)
        (number,) = seen["disagreement"]["numbers"]
        self.assertEqual(number["name"], "disagreement")
        self.assertTrue(0.05 < number["value"] <= 1, number)
        replayed = subprocess.run([HEDGE, "replay", self.path / "log"], capture_output=True, text=True, timeout=200)
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
        # Live, the answer comes from a thread of its own, after the frame was acted on.
        live = self.run_file(file, "--realtime", "--fps", 50, "--frames", 100)
        self.assertEqual(live.returncode, 0, live.stderr)
        self.assertRegex(live.stdout, r"second opinion: [1-9]\d* frames asked about")

    def test_bad_files_get_one_line_that_says_where(self):
        good = self.example(9)
        gpio = good.replace('kind = "udp"\nhost = "127.0.0.1"\nport = 9', 'kind = "gpio"\nchip = "gpiochip0"\n'
                            'line = "9"\non = 1\noff = 0\nsafe = 0')
        for text, expected in (
                (good.replace("deadline_ms", "deadline"), "unknown key 'deadline' in [pipeline]"),
                (good.replace("in corridor)", "in corrridor)"), "corrridor"),
                (good.replace('do = ["brake"]', 'do = ["horn"]'), "horn"),
                (good.replace("no_frames_ms = 250", 'outputs = ["horn"]'), "no [[actuator]] is named 'horn'"),
                (good.replace("no_frames_ms", "no_frame_ms"), "unknown key 'no_frame_ms' in [safety]"),
                (gpio, "the watchdog cannot put 'brake' into SAFE"),
                (good.replace("[pipeline]", "[pipe]"), "pipe"),
                (good.replace("ttc < 3 s", "disagreement > 0.5"), "'disagreement' needs another model"),
                (good + '[second_opinion]\nmodel = "other.onnx"\n', "other"),
                (good.replace("person_vtest.int8.onnx", "absent.onnx"), "absent")):
            done = self.run_file(self.write(text), "--source", "x.avi")
            self.assertNotEqual(done.returncode, 0, expected)
            self.assertIn(expected, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_the_schema_has_the_keys_that_are_read(self):
        schema = json.loads((ROOT / "docs" / "formats" / "pipeline.schema.json").read_text())["properties"]
        pipeline = '[pipeline]\nmodel = "m.onnx"\n'
        trigger = '[[trigger]]\nname = "t"\nwhen = "true"\n'
        capture = '[capture]\nspool = "s"\n'
        for path, text in (("pipeline", pipeline), ("track", pipeline + "[track]\n"),
                           ("safety", pipeline + "[safety]\n"), ("safety.budget", pipeline + "[safety.budget]\n"),
                           ("safety.ladder", pipeline + '[safety.ladder]\nrungs = ["rate"]\n'),
                           ("safety.realtime", pipeline + "[safety.realtime]\n"),
                           ("log", pipeline + '[log]\ndirectory = "l"\n'),
                           ("second_opinion", pipeline + '[second_opinion]\nmodel = "m.onnx"\n'),
                           ("capture", pipeline + trigger + capture),
                           ("trigger", pipeline + capture + trigger)):
            done = self.run_file(self.write(text + "nonsense = 1\n"), "--source", "x.avi")
            known = done.stderr.strip().split("known are: ")[1].split(", ")
            keys = {"properties": schema}
            for word in path.split("."):
                keys = keys["properties"][word]
                keys = keys.get("items", keys)
            self.assertEqual(sorted(known), sorted(keys["properties"]), path)

    def test_a_pipeline_without_a_source_says_so(self):
        done = self.run_file(self.write(self.example(9).replace(f'source = "{VIDEO}"\n', "")))
        self.assertEqual(done.returncode, 2)
        self.assertIn("--source", done.stderr)


if __name__ == "__main__":
    unittest.main()

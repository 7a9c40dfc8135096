"""hedge run --log, hedge replay, hedge explain: decisions of the demo pipeline again, bit by bit, and why they came.

HEDGE_PROGRAM is the hedge binary; ctest sets it. The video is OpenCV's (package opencv-doc).
"""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VIDEO = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
FRAMES = 120
HEADER, HEAD, FRAME_TYPE = 16, 8, 2


def crc32c(data):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def frame_records(data):
    """(place of the record behind its head, its size) of each frame: docs/formats/decision_log.md."""
    at, found = HEADER, []
    while at < len(data):
        size = struct.unpack_from("<I", data, at)[0]
        if data[at + HEAD] == FRAME_TYPE:
            found.append((at + HEAD, size))
        at += HEAD + size
    return found


def hedge(*arguments, isa=None, cwd=None):
    environment = dict(os.environ, **({"HEDGE_ISA": isa} if isa else {}))
    return subprocess.run([HEDGE, *map(str, arguments)], capture_output=True, text=True, env=environment, cwd=cwd,
                          timeout=250)


@unittest.skipUnless(VIDEO.exists(), "opencv-doc's vtest.avi is not here")
class Replay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        model = cls.path / "person.onnx"
        shutil.copy(ROOT / "models" / "person_vtest.int8.onnx", model)
        shutil.copy(ROOT / "models" / "person_vtest.int8.toml", model.with_suffix(".toml"))
        text = (ROOT / "examples" / "vehicle.toml").read_text()
        text = text.replace("../models/person_vtest.int8.onnx", "person.onnx")
        (cls.path / "p.toml").write_text(text + '\n[log]\ndirectory = "log"\n')
        done = hedge("run", "p.toml", "--every-frame", "--frames", FRAMES, "--quiet", cwd=cls.path)
        assert done.returncode == 0, done.stderr
        cls.said = done.stdout
        cls.log = cls.path / "log"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def copy_of_log(self, change):
        """The log with its bytes changed, and the checksums right again."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.path))
        data = bytearray((self.log / "0000000001.hlog").read_bytes())
        change(data)
        for at, size in frame_records(data):
            struct.pack_into("<I", data, at - 4, crc32c(data[at:at + size]))
        (folder / "0000000001.hlog").write_bytes(data)
        return folder

    def test_the_run_says_what_the_log_cost(self):
        self.assertIn(f"decision log: {FRAMES} frames", self.said)
        self.assertIn("0 lost", self.said)

    def test_every_machine_decides_the_same(self):
        for isa in (None, "avx2", "avx512vnni"):
            done = hedge("replay", self.log, isa=isa)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(done.stdout, f"{FRAMES} frames, 0 divergences\n", isa)
        done = hedge("replay", self.log, "--to", 6, isa="ref")  # the plain kernels take their time
        self.assertEqual(done.stdout, "7 frames, 0 divergences\n", done.stderr)

    def test_nothing_is_sent_and_nothing_written(self):
        before = sorted(str(path) for path in self.path.rglob("*"))
        elsewhere = self.path / "elsewhere"
        elsewhere.mkdir()
        self.addCleanup(elsewhere.rmdir)  # fails where something was written into it
        self.assertEqual(hedge("replay", self.log, "--to", 3, cwd=elsewhere).returncode, 0)
        self.assertEqual(sorted(str(path) for path in self.path.rglob("*")), sorted(before + [str(elsewhere)]))

    def test_a_planted_divergence_is_found_and_named(self):
        def flip_output_hash(data):
            at, _ = frame_records(data)[40]
            # type, four times, width and height, name (empty), segment, ordinal, picture hash, input hash
            data[at + 1 + 32 + 8 + 4 + 8 + 16] ^= 1

        done = hedge("replay", self.copy_of_log(flip_output_hash))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("first divergence: frame 40, output tensors: hash: recorded", done.stdout)
        self.assertIn(f"{FRAMES} frames, 1 divergences", done.stdout)

    def test_another_video_diverges_at_its_pictures(self):
        other = self.path / "other.avi"
        subprocess.run(["gst-launch-1.0", "-q", "videotestsrc", f"num-buffers={FRAMES}", "!",
                        "video/x-raw,width=768,height=576,framerate=10/1", "!", "jpegenc", "!", "avimux", "!",
                        "filesink", f"location={other}"], check=True, timeout=100)
        done = hedge("replay", self.log, "--source", other, "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["first"]["frame"], report["first"]["stage"]), (0, "picture"))
        self.assertEqual(report["divergences"], FRAMES)

    def test_another_model_is_refused(self):
        done = hedge("replay", self.log, "--model", ROOT / "models" / "person_vtest.onnx")
        self.assertEqual(done.returncode, 4)
        self.assertIn("is not the model of the run", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_log_that_was_cut_off_is_replayed_up_to_there(self):
        def cut(data):
            at, size = frame_records(data)[10]
            del data[at + size // 2:]

        folder = self.path / "cut"
        folder.mkdir()
        data = bytearray((self.log / "0000000001.hlog").read_bytes())
        cut(data)
        (folder / "0000000001.hlog").write_bytes(data)
        done = hedge("replay", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("are no whole record", done.stdout)
        self.assertIn("10 frames, 0 divergences", done.stdout)

    def test_a_run_that_is_killed_leaves_a_log_that_replays(self):
        folder = self.path / "killed"
        run = subprocess.Popen([HEDGE, "run", "p.toml", "--no-isolate", "--realtime", "--quiet", "--log", folder],
                               cwd=self.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            part = folder / "0000000001.hlog"
            while not part.exists() or len(frame_records_so_far(part)) < 8:
                self.assertIsNone(run.poll())
        finally:
            run.send_signal(signal.SIGKILL)
            run.wait()
        done = hedge("replay", folder, "--json")
        report = json.loads(done.stdout)
        self.assertEqual(report["divergences"], 0, done.stdout)
        self.assertGreaterEqual(report["frames"], 8)
        self.assertTrue(any("cut off" in remark for remark in report["remarks"]), report)

    def test_recorded_pictures_stand_for_a_source_that_is_gone(self):
        video = self.path / "v.avi"
        shutil.copy(VIDEO, video)
        (self.path / "r.toml").write_text((self.path / "p.toml").read_text().replace(
            'directory = "log"', 'directory = "pictures"\nframes = true\nframes_max_mb = 400'))
        done = hedge("run", "r.toml", "--source", video, "--every-frame", "--frames", 40, "--quiet", cwd=self.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("pictures: 40 recorded, 0 not", done.stdout)
        video.unlink()
        done = hedge("replay", self.path / "pictures")
        self.assertEqual(done.stdout, "40 frames, 0 divergences\n", done.stderr)

    def test_explain_tells_the_chain_of_a_rule(self):
        done = hedge("explain", self.log)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("brake            ON", done.stdout)
        done = hedge("explain", self.log, "--rule", "brake", "--json")
        first = json.loads(done.stdout)["explanations"][0]
        self.assertEqual((first["rule"], first["what"], first["hold"]), ("brake", "on", "2 of 3"))
        self.assertGreaterEqual(sum(frame["condition"] for frame in first["frames"]), 2)
        self.assertTrue(any(reading.startswith("ttc of ") for reading in first["frames"][-1]["readings"]))
        self.assertEqual(first["sent"], [{"actuator": "brake", "state": "on", "changed": True, "asked": True}])
        self.assertEqual(first["tracks"][0]["label"], "person")
        self.assertGreater(first["times_ms"]["capture to actuation"], first["times_ms"]["infer"])
        text = hedge("explain", self.log, "--frame", first["frame"], "--rule", "brake").stdout
        for part in ("brake: on in frame", "ttc of", "sent      on to brake, a change", "sha256",
                     "capture to actuation"):
            self.assertIn(part, text)
        done = hedge("explain", self.log, "--rule", "horn")
        self.assertEqual(done.returncode, 3)
        self.assertIn("brake", done.stderr)

    def test_explain_tells_the_chain_of_an_event(self):
        event = sorted((self.path / "spool").glob("*near_miss"))[0]
        done = hedge("explain", event, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rules = [one["rule"] for one in json.loads(done.stdout)["explanations"]]
        self.assertEqual(rules[0], "trigger.near_miss")
        self.assertIn("brake", rules)

    def test_what_is_no_log_gets_one_line(self):
        for path, expected in ((self.path / "absent", "no such decision log"),
                               (self.path / "p.toml", "is no decision log"), (ROOT / "docs", "holds no decision log")):
            for command in ("replay", "explain"):
                done = hedge(command, path)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(expected, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_wrong_section_says_where(self):
        for line, expected in (("max_mb = 1", "max_mb"), ("colour = 1", "unknown key 'colour' in [log]")):
            file = self.path / "bad.toml"
            file.write_text((self.path / "p.toml").read_text() + line + "\n")
            done = hedge("run", file, "--quiet", cwd=self.path)
            self.assertEqual(done.returncode, 4)
            self.assertIn(expected, done.stderr)
            self.assertIn("bad.toml:", done.stderr)


def frame_records_so_far(part):
    data = part.read_bytes()
    try:
        return frame_records(data)
    except (struct.error, IndexError):
        return []


if __name__ == "__main__":
    unittest.main()

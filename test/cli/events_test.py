"""hedge events from the command line: list, show, verify, rm, exit codes; other programs play the video.

HEDGE_PROGRAM is the hedge binary, HEDGE_RECORD_EVENTS the program that records two events; ctest sets them.
"""
import fcntl
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import cv2

HEDGE = os.environ["HEDGE_PROGRAM"]
RECORD = os.environ["HEDGE_RECORD_EVENTS"]


def events(*arguments):
    return subprocess.run([HEDGE, "events", *map(str, arguments)], capture_output=True, text=True)


class Events(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.spool = pathlib.Path(self.folder.name) / "spool"
        subprocess.run([RECORD, self.spool], check=True)

    def path(self, number):
        return next(self.spool.glob(f"{number:010}-*"))

    def test_list_names_what_was_recorded(self):
        listed = json.loads(events("list", self.spool, "--json").stdout)
        self.assertEqual([(e["sequence"], e["trigger"], e["priority"]) for e in listed["events"]],
                         [(1, "near_miss", 9), (2, "odd", 5)])
        for event in listed["events"]:
            self.assertGreaterEqual(event["seconds"], 2)
            self.assertLessEqual(event["seconds"], 3.1)
        text = events("list", self.spool)
        self.assertEqual(text.returncode, 0)
        self.assertIn("near_miss", text.stdout)
        self.assertIn("2 events", text.stdout)

    def test_show_tells_the_trigger_and_what_it_saw(self):
        text = events("show", self.spool, 1).stdout
        for words in ("near_miss", "when near_miss > 0", "ttc_s = 0.75 (track 7)", "track 7 person 0.5", "frame 30"):
            self.assertIn(words, text)
        shown = json.loads(events("show", self.spool, "0000000001", "--json").stdout)
        self.assertEqual(shown, json.loads((self.path(1) / "event.json").read_text()))

    def test_the_video_plays_in_another_program(self):
        for number, trigger in ((1, 30), (2, 70)):
            said = json.loads((self.path(number) / "event.json").read_text())
            video = cv2.VideoCapture(str(self.path(number) / "clip.mp4"))
            frames = 0
            while video.read()[0]:
                frames += 1
            self.assertEqual(frames, said["clip"]["frames"])
            self.assertLessEqual(said["clip"]["times_ns"][0], (trigger - 10) * 10**8)
            self.assertEqual(said["clip"]["times_ns"][-1], (trigger + 10) * 10**8)

    def test_the_manifest_has_sha256_as_others_compute_it(self):
        manifest = json.loads((self.path(1) / "manifest.json").read_text())
        self.assertEqual({f["name"] for f in manifest["files"]}, {"clip.mp4", "event.json", "trigger-1.jpg"})
        for entry in manifest["files"]:
            data = (self.path(1) / entry["name"]).read_bytes()
            self.assertEqual((entry["bytes"], entry["sha256"]), (len(data), hashlib.sha256(data).hexdigest()))

    def test_verify_says_no_when_a_byte_has_changed(self):
        self.assertEqual(events("verify", self.spool).returncode, 0)
        clip = self.path(2) / "clip.mp4"
        data = bytearray(clip.read_bytes())
        data[len(data) // 2] ^= 1
        clip.write_bytes(data)
        verdict = events("verify", self.spool)
        self.assertEqual(verdict.returncode, 1)
        self.assertIn("clip.mp4: its bytes have changed", verdict.stdout)
        self.assertEqual(events("verify", self.spool, 1).returncode, 0)

    def test_rm_removes_but_not_what_is_being_uploaded(self):
        held = os.open(self.path(1), os.O_RDONLY)
        self.addCleanup(os.close, held)
        fcntl.flock(held, fcntl.LOCK_SH)
        refused = events("rm", self.spool, 1)
        self.assertEqual(refused.returncode, 7)
        self.assertEqual(refused.stderr.count("\n"), 1)
        self.assertEqual(events("rm", self.spool, 2).returncode, 0)
        self.assertEqual(len(list(self.spool.glob("0*"))), 1)
        fcntl.flock(held, fcntl.LOCK_UN)
        self.assertEqual(events("rm", self.spool, "--all").returncode, 0)
        self.assertEqual(list(self.spool.glob("0*")), [])

    def test_mistakes_are_one_line(self):
        spool = self.spool
        for arguments, code in ((("list", spool / "no"), 3), (("show", spool, 9), 3), (("show", spool), 2),
                                (("rm", spool), 2), ((), 2), (("rm", spool, 1, "--all"), 2)):
            answer = events(*arguments)
            self.assertEqual(answer.returncode, code, arguments)
            self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)

    def test_a_damaged_event_is_listed_and_not_believed(self):
        head = '{"format": "hedge-event", '
        for text in ("", "{", "[]", head + '"clip": 3, "triggers": 4}',
                     head + '"clip": {"times_ns": ["a"]}, "triggers": [1, {"tracks": [[]], "name": {}}]}'):
            (self.path(1) / "event.json").write_text(text)
            self.assertEqual(events("list", self.spool).returncode, 0, text)
            self.assertIn(events("show", self.spool, 1).returncode, (0, 4), text)
            self.assertEqual(events("verify", self.spool, 1).returncode, 1, text)


if __name__ == "__main__":
    unittest.main()

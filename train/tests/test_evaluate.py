"""evaluate.py as a command: the teacher's own boxes score 1, fewer score less, and the exit code says so."""
import json
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "evaluate.py"
PERSONS = {k: [[100 + 9 * k, 200, 30, 80, 0.8], [400, 300 - 9 * k, 30, 80, 0.6]] for k in range(10)}
SIGN = [30, 110, 18, 32, 0.5]


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.labels = pathlib.Path(folder.name) / "labels.json"
        self.detections = pathlib.Path(folder.name) / "detections.jsonl"
        self.labels.write_text(json.dumps({"frames": {str(k): rows + [SIGN] for k, rows in PERSONS.items()}}))

    def evaluate(self, rows_by_frame, *options):
        self.detections.write_text("".join(
            json.dumps({"frame": k, "detections": [{"class": 0, "label": "person", "score": r[4], "box": r[:4]}
                                                   for r in rows]}) + "\n" for k, rows in rows_by_frame.items()))
        return subprocess.run(["/usr/bin/python3", SCRIPT, "--detections", self.detections, "--labels", self.labels,
                               "--frames", "0-9", "--json", *options], capture_output=True, text=True)

    def test_the_teachers_own_boxes_score_one(self):
        done = self.evaluate({k: rows + [SIGN] for k, rows in PERSONS.items()}, "--min-ap50", "0.99")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["ap50"], report["persons"], report["frames"]), (1, 30, 10))
        self.assertEqual((report["still_places"], report["without_still"]["persons"]), (1, 20))

    def test_what_never_moves_is_counted_apart(self):
        done = self.evaluate(PERSONS, "--min-ap50", "0.90")
        self.assertEqual(done.returncode, 1)
        self.assertIn("below 0.9", done.stderr)
        report = json.loads(done.stdout)
        self.assertAlmostEqual(report["ap50"], 2 / 3, places=3)
        self.assertEqual(report["without_still"]["ap50"], 1)

    def test_missing_frames_are_one_line(self):
        done = self.evaluate({k: PERSONS[k] for k in range(5)})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^[^\n]*5 of 10 frames are missing[^\n]*\n$")


if __name__ == "__main__":
    unittest.main()

"""hedge evaluate from the command line: exit codes, one-line errors, JSON, files of results.

HEDGE_PROGRAM is the hedge binary; ctest sets it.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
MODEL = pathlib.Path(__file__).resolve().parent.parent.parent / "models" / "person_vtest.onnx"


def hedge(*arguments):
    return subprocess.run([HEDGE, "evaluate", *map(str, arguments)], capture_output=True, text=True)


class Evaluate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.data = pathlib.Path(self.folder.name) / "data"
        (self.data / "images").mkdir(parents=True)
        (self.data / "labels").mkdir()
        for name, level in ("00001", 40), ("00002", 200):
            pixels = bytes(level for _ in range(3 * 32 * 24))
            (self.data / "images" / f"{name}.ppm").write_bytes(b"P6\n32 24\n255\n" + pixels)
        (self.data / "labels" / "00002.txt").write_text("0 0.5 0.5 0.2 0.4\n3 0.5 0.5 0.1 0.1\n")

    def fails(self, code, words, *arguments):
        ran = hedge(*arguments)
        self.assertEqual(ran.returncode, code, ran.stderr)
        self.assertIn(words, ran.stderr)
        self.assertEqual(ran.stderr.count("\n"), 1)

    def test_json_has_the_metrics_and_what_was_left_out(self):
        ran = hedge(MODEL, "--dataset", self.data, "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        report = json.loads(ran.stdout)
        self.assertEqual(report["samples"], 2)
        self.assertEqual(report["boxes_left_out"], 1)
        self.assertEqual(list(report["metrics"]), ["map", "ap50", "ap75", "ar100", "precision", "recall"])
        self.assertEqual([one["label"] for one in report["classes"]], ["person"])

    def test_limits_choose_samples(self):
        ran = hedge(MODEL, "--dataset", self.data, "--skip", 1, "--json")
        self.assertEqual(json.loads(ran.stdout)["samples"], 1)
        self.fails(2, "only 2 samples", MODEL, "--dataset", self.data, "--skip", 2)

    def test_a_bar_decides_the_exit_code(self):
        self.assertEqual(hedge(MODEL, "--dataset", self.data, "--min", "ap50=0").returncode, 0)
        self.fails(1, "below 1", MODEL, "--dataset", self.data, "--min", "map=1")
        self.fails(2, "no such metric", MODEL, "--dataset", self.data, "--min", "top1=0.5")

    def test_nothing_found_is_no_agreement(self):
        self.fails(2, "no agreement to measure", MODEL, "--dataset", self.data / "images", "--agreement-with", MODEL,
                   "--agreement-score", 1.0)

    def test_results_are_cocos(self):
        results = self.data / "results.json"
        ran = hedge(MODEL, "--dataset", self.data, "--detections", results, "--score-threshold", 0.0)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        found = json.loads(results.read_text())
        self.assertTrue(found)
        self.assertEqual({one["image_id"] for one in found}, {1, 2})
        self.assertEqual(set(found[0]), {"image_id", "category_id", "bbox", "score"})

    def test_errors_say_what_is_wrong(self):
        self.fails(3, "nowhere", MODEL, "--dataset", self.data / "nowhere")
        self.fails(2, "--agreement-with", MODEL, "--dataset", self.data / "images")
        (self.data / "labels" / "00002.txt").write_text("0 0.5\n")
        self.fails(4, "00002.txt:1: a box is", MODEL, "--dataset", self.data)
        (self.data / "labels" / "00002.txt").unlink()
        (self.data / "images" / "00002.ppm").write_bytes(b"junk")
        self.fails(4, "00002.ppm: not an image", MODEL, "--dataset", self.data)


if __name__ == "__main__":
    unittest.main()

"""hedge run --mot and hedge evaluate --mot: tracks out, and how right they are.

HEDGE_PROGRAM is the hedge binary; ctest sets it. The video is that of Debian's opencv-doc.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
MODEL = pathlib.Path(__file__).resolve().parent.parent.parent / "models" / "person_vtest.int8.onnx"
VIDEO = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")


def hedge(*arguments):
    return subprocess.run([HEDGE, *map(str, arguments)], capture_output=True, text=True)


class Tracks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def write(self, name, text):
        (self.path / name).write_text(text)
        return self.path / name

    def fails(self, code, words, *arguments):
        ran = hedge(*arguments)
        self.assertEqual(ran.returncode, code, ran.stderr)
        self.assertIn(words, ran.stderr)
        self.assertEqual(ran.stderr.count("\n"), 1)

    def test_metrics_as_json_text_and_exit_code(self):
        truth = self.write("truth.txt", "1,1,0,0,20,40,1,1,1\n1,2,100,0,20,40,0,8,1\n2,1,5,0,20,40,1,1,1\n")
        output = self.write("output.txt", "1,9,0,0,20,40,0.9,-1,-1,-1\n1,8,100,0,20,40,0.9\n"
                                          "2,7,5,0,20,40,0.9\n7,1,0,0,9,9\n")
        ran = hedge("evaluate", "--mot", truth, output, "--json", "--min", "mota=0.5")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        report = json.loads(ran.stdout)
        self.assertEqual(report["metrics"]["mota"], 0.5)  # one switch in two boxes
        self.assertEqual(report["metrics"]["idf1"], 0.5)
        self.assertEqual(report["counts"]["switches"], 1)
        self.assertEqual(report["counts"]["false_positives"], 0)
        self.assertEqual(report["counts"]["outputs_left_out"], 2)
        self.assertIn("mota", hedge("evaluate", "--mot", truth, output).stdout)
        self.fails(1, "idf1 is 0.5000, below 0.6", "evaluate", "--mot", truth, output, "--min", "idf1=0.6")

    def test_the_overlap_can_be_told(self):
        truth = self.write("truth.txt", "1,1,0,0,20,40\n")
        output = self.write("output.txt", "1,9,8,0,20,40\n")
        strict = json.loads(hedge("evaluate", "--mot", truth, output, "--json").stdout)
        loose = json.loads(hedge("evaluate", "--mot", truth, output, "--json", "--mot-iou", 0.4).stdout)
        self.assertEqual((strict["counts"]["misses"], loose["counts"]["misses"]), (1, 0))

    def test_wrong_use_is_one_line(self):
        truth = self.write("truth.txt", "1,1,0,0,20,40\n1,2,x,0,20,40\n")
        self.fails(4, "truth.txt:2: the left side is 'x'", "evaluate", "--mot", truth, truth)
        self.fails(3, "none.txt", "evaluate", "--mot", self.path / "none.txt", truth)
        self.fails(2, "--mot", "evaluate", "--mot", truth)
        self.fails(2, "give a model and --dataset", "evaluate")
        self.fails(2, "give a model and --dataset", "evaluate", MODEL)
        self.fails(2, "no such metric", "evaluate", "--mot", truth, truth, "--min", "ap50=0.5")
        options = self.write("track.toml", "[track]\nlow_scroe = 0.1\n")
        self.fails(4, "track.toml:2: unknown key 'low_scroe'", "run", MODEL, "--source", VIDEO, "--track", options)

    @unittest.skipUnless(VIDEO.exists(), "opencv-doc is not installed")
    def test_a_video_gives_the_same_tracks_each_time(self):
        options = self.write("track.toml", "[track]\nfalse_boxes = [31, 110, 17, 32]\n")
        for name in "one", "two":
            ran = hedge("run", MODEL, "--source", VIDEO, "--every-frame", "--frames", 120, "--quiet", "--json", "--mot",
                        self.path / name, "--track", options)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            report = json.loads(ran.stdout)
        lines = (self.path / "one").read_text().splitlines()
        self.assertEqual(lines, (self.path / "two").read_text().splitlines())
        self.assertEqual(len({line.split(",")[1] for line in lines}), report["tracked"])
        self.assertTrue(all(len(line.split(",")) == 10 for line in lines))
        corners = [[float(value) for value in line.split(",")[2:4]] for line in lines]
        self.assertFalse(any(abs(x - 31) < 6 and abs(y - 110) < 6 for x, y in corners))  # the sign
        same = json.loads(hedge("evaluate", "--mot", self.path / "one", self.path / "two", "--json").stdout)
        self.assertEqual(same["metrics"]["mota"], 1)


if __name__ == "__main__":
    unittest.main()

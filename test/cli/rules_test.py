"""hedge rules check and hedge rules test from the command line: what they print, exit codes, one-line errors.

HEDGE_PROGRAM is the hedge binary; ctest sets it.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PIPELINE = """
[camera]
height_m = 1.5
pitch_deg = 5
fov_vertical_deg = 45

[[zone]]
name = "corridor"
points = [[0.25, 0.5], [0.75, 0.5], [1, 1], [0, 1]]
units = "fraction"

[[rule]]
name = "brake"
when = "any(person and ttc < 1.5 s and in corridor)"
hold = "2 of 3"
release = "500 ms"
"""


def approach(frames=60, fps=30):
    """Somebody who would be at the camera after 2.5 s, then stands still at 0.83 s from it."""
    for k in range(frames):
        t = min(k / fps, 50 / fps)
        height = 100 * 2.5 / (2.5 - t)
        box = [600, 650 - height, height / 3, height]
        line = {"frame": k, "t_capture_us": 1000 + round(k / fps * 1e6), "width": 1280, "height": 720}
        yield {**line, "tracks": [{"track": 4, "class": 0, "label": "person", "score": 0.9, "box": box}]}


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.pipeline = self.folder / "vehicle.toml"
        self.pipeline.write_text(PIPELINE)
        self.tracks = self.folder / "tracks.jsonl"
        self.tracks.write_text("".join(json.dumps(line) + "\n" for line in approach()))

    def hedge(self, *arguments, code=0):
        done = subprocess.run([HEDGE, "rules", *map(str, arguments)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        if code != 0:
            self.assertRegex(done.stderr, r"\Ahedge: [^\n]+\n\Z")
        return done.stdout if code == 0 else done.stderr

    def test_check_prints_what_was_understood(self):
        text = self.hedge("check", self.pipeline, "--labels", "person,car", "--program")
        self.assertIn("zone corridor: 4 corners in fractions of the frame, foot of a box", text)
        self.assertIn("rule brake: priority 0, on after 2 of 3, off after 500 ms", text)
        self.assertIn("when any((((class == 'person') and (ttc < 1.5 s)) and in corridor))", text)
        self.assertIn("reads class, ttc, in corridor", text)
        self.assertRegex(text, r"(?m)^ +4 track +ttc$")
        self.assertIn("1 rules, nothing wrong", text)

    def test_errors_name_file_line_and_column(self):
        self.pipeline.write_text(PIPELINE.replace("ttc < 1.5 s", "ttc < 1.5"))
        text = self.hedge("check", self.pipeline, "--labels", "person", code=4)
        self.assertIn(f"{self.pipeline}:14:28: '<' stands between", text)
        self.pipeline.write_text(PIPELINE.replace("units =", "unit ="))
        text = self.hedge("check", self.pipeline, "--labels", "person", code=4)
        self.assertIn(f"{self.pipeline}:10: unknown key 'unit'", text)
        self.pipeline.write_text(PIPELINE)
        self.assertIn("unknown name 'person'", self.hedge("check", self.pipeline, code=4))
        self.hedge("check", self.folder / "none.toml", code=3)
        self.hedge("check", self.pipeline, "--card", self.folder / "none.toml", code=3)

    def test_the_schema_has_the_keys_that_are_read(self):
        schema = json.loads((ROOT / "docs" / "formats" / "pipeline.schema.json").read_text())["properties"]
        required = {
            "camera": "[camera]\n",
            "zone": "[[zone]]\nname = 'z'\npoints = [[0, 0], [1, 0], [1, 1]]\n",
            "line": "[[line]]\nname = 'l'\npoints = [[0, 0], [1, 0]]\n",
            "rule": "[[rule]]\nname = 'r'\nwhen = 'true'\n",
        }
        for section, text in required.items():
            self.pipeline.write_text(text + "nonsense = 1\n")
            known = self.hedge("check", self.pipeline, code=4).strip().split("known are: ")[1].split(", ")
            keys = schema[section].get("items", schema[section])["properties"]
            self.assertEqual(sorted(known), sorted(keys), section)
        self.pipeline.write_text("[nonsense]\n")
        known = self.hedge("check", self.pipeline, code=4).strip().split("known are: ")[1].split(", ")
        self.assertEqual(sorted(known), sorted(schema))

    def test_classes_are_those_of_the_card_that_the_file_names(self):
        card = ROOT / "models" / "person_vtest.toml"
        self.pipeline.write_text(f'[pipeline]\ncard = "{card}"\n' + PIPELINE)
        self.assertIn("classes: person", self.hedge("check", self.pipeline))

    def test_the_timeline_says_when_and_why(self):
        text = self.hedge("test", self.pipeline, self.tracks)
        lines = [line for line in text.splitlines() if " ON " in line]
        self.assertEqual(len(lines), 1, text)
        why = r"class of 4 = person, ttc of 4 = 1\.[45]\d* s, in corridor"
        self.assertRegex(lines[0], r"^ +1\.\d+ s  frame \d+ +brake +ON +" + why)
        on = float(lines[0].split()[0])
        self.assertAlmostEqual(on, 1.03, delta=0.1)  # 1.5 s before 2.5 s, and one frame more
        self.assertRegex(text, r"brake +went on 1 times")

    def test_json_is_the_same_twice(self):
        first = self.hedge("test", self.pipeline, self.tracks, "--json")
        self.assertEqual(first, self.hedge("test", self.pipeline, self.tracks, "--json"))
        verdicts = [json.loads(line) for line in first.splitlines()]
        self.assertEqual(len(verdicts), 60)
        edges = [v["frame"] for v in verdicts if v["rules"][0].get("edge") == "rising"]
        self.assertEqual(len(edges), 1)
        rule = verdicts[edges[0]]["rules"][0]
        self.assertEqual((rule["rule"], rule["condition"], rule["on"], rule["tracks"]), ("brake", True, True, [4]))
        readings = {reading["of"]: reading for reading in rule["readings"]}
        self.assertEqual(readings["class"]["value"], "person")
        self.assertEqual((readings["ttc"]["track"], readings["ttc"]["unit"]), (4, "s"))

    def test_tracks_that_cannot_be_read_are_one_line(self):
        self.tracks.write_text('{"t_capture_us": 1, "detections": []}\n')
        self.assertIn("--size", self.hedge("test", self.pipeline, self.tracks, "--labels", "person", code=2))
        self.hedge("test", self.pipeline, self.tracks, "--labels", "person", "--size", "64x48")
        self.hedge("test", self.pipeline, self.tracks, "--labels", "person", "--size", "64", code=2)
        self.tracks.write_text("{\n")
        text = self.hedge("test", self.pipeline, self.tracks, "--labels", "person", code=4)
        self.assertIn(f"{self.tracks}:1: not JSON", text)
        self.hedge("test", self.pipeline, self.folder / "none", code=3)


if __name__ == "__main__":
    unittest.main()

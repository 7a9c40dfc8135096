"""hedge bench, profile and peaks from the command line, and the worker that bench/peers drives.

HEDGE_PROGRAM is the hedge binary; ctest sets it.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy

HEDGE = os.environ["HEDGE_PROGRAM"]
MODEL = pathlib.Path(__file__).resolve().parent.parent.parent / "models" / "person_vtest.onnx"


def hedge(*arguments, lines=""):
    done = subprocess.run([HEDGE, *map(str, arguments)], capture_output=True, text=True, input=lines, timeout=120)
    return done.returncode, done.stdout, done.stderr


def report_of(*arguments):
    code, out, error = hedge(*arguments, "--json")
    assert code == 0, error
    return json.loads(out)


class Bench(unittest.TestCase):
    def test_percentiles_are_in_order_and_the_histogram_holds_all_runs(self):
        report = report_of("bench", MODEL, "--seconds", 0.2)
        keys = ("min_ms", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")
        self.assertEqual([report[k] for k in keys], sorted(report[k] for k in keys))
        self.assertEqual(sum(bucket["count"] for bucket in report["histogram"]), report["runs"])
        self.assertGreater(report["first_ms"], 0)

    def test_sweep_has_a_row_for_each_number_of_threads(self):
        report = report_of("bench", MODEL, "--seconds", 0.05, "--threads", 2, "--sweep")
        self.assertEqual([row["threads"] for row in report["sweep"]], [1, 2])
        self.assertEqual(hedge("bench", MODEL, "--seconds", 0.05, "--sweep")[0], 0)

    def test_sparse_calls_pause(self):
        report = report_of("bench", MODEL, "--seconds", 0.1, "--sparse")
        self.assertTrue(report["sparse"])
        self.assertEqual(report["runs"], 10)

    def test_engines_are_swapped_while_it_calls(self):
        with tempfile.TemporaryDirectory() as directory:
            engine = pathlib.Path(directory) / "m.hedge"
            self.assertEqual(hedge("compile", MODEL, "-o", engine)[0], 0)
            report = report_of("bench", engine, "--seconds", 0.5, "--swap", 0.05, "--threads", 2)
            self.assertGreater(report["swaps"], 1)
            self.assertGreater(report["first"]["runs"], 1)
            self.assertGreaterEqual(report["swaps"], report["first"]["runs"])
            self.assertGreater(report["all"]["runs"], report["swaps"])
            self.assertGreater(report["load_ms"], 0)
            code, out, _ = hedge("bench", engine, "--seconds", 0.1, "--swap", 0)
            self.assertEqual(code, 0)
            self.assertIn("a new engine's first", out)
            code, _, error = hedge("bench", engine, "--swap", 0, "--sweep")
            self.assertNotEqual(code, 0)
            self.assertIn("--sweep", error)

    def test_text_shows_the_worst(self):
        code, out, _ = hedge("bench", MODEL, "--seconds", 0.05)
        self.assertEqual(code, 0)
        for word in ("first call", "p99.9", "max", "#"):
            self.assertIn(word, out)

    def test_memory_says_what_was_granted(self):
        plain = report_of("bench", MODEL, "--seconds", 0.05)["memory"]
        self.assertFalse(plain["weights_copied"])
        self.assertFalse(plain["locked"])
        asked = report_of("bench", MODEL, "--seconds", 0.05, "--huge-pages", "--lock-memory")["memory"]
        self.assertTrue(asked["weights_copied"])
        self.assertNotEqual(asked["locked"], asked["lock_refusal"] != "")
        self.assertLessEqual(asked["huge_bytes"], asked["resident_bytes"])

    def test_pinned_threads_need_a_core_each_that_is_there(self):
        core = min(os.sched_getaffinity(0))
        self.assertEqual(hedge("bench", MODEL, "--seconds", 0.05, "--pin", core)[0], 0)
        self.assertEqual(hedge("bench", MODEL, "--seconds", 0.05, "--pin", f"{core},{core}", "--threads", 2,
                               "--sweep")[0], 0)
        for cores in (core, f"{core},4000"):
            code, _, error = hedge("bench", MODEL, "--pin", cores, "--threads", 2)
            self.assertEqual((code, error.count("\n")), (2, 1), error)

    def test_no_threads_is_an_error_in_one_line(self):
        code, _, error = hedge("bench", MODEL, "--threads", 0, "--sweep")
        self.assertEqual(code, 2)
        self.assertEqual(error.count("\n"), 1)


class Profile(unittest.TestCase):
    def test_steps_add_up(self):
        report = report_of("profile", MODEL, "--seconds", 0.1)
        self.assertEqual(sum(step["macs"] for step in report["steps"]), report["macs"])
        self.assertEqual(sum(family["steps"] for family in report["families"]), len(report["steps"]))
        self.assertAlmostEqual(sum(step["us"] for step in report["steps"]), report["us"], places=3)
        self.assertEqual(report["macs"], 93_833_856)

    def test_top_limits_the_rows(self):
        code, out, _ = hedge("profile", MODEL, "--seconds", 0.1, "--top", 3)
        self.assertEqual(code, 0)
        table = out.split("\n\n")[0].splitlines()
        self.assertEqual(len(table), 2 + 3)
        self.assertIn("family", out)

    def test_peaks_are_measured(self):
        report = report_of("peaks")
        self.assertGreater(report["read_gbytes"], 0)


class Worker(unittest.TestCase):
    def run_worker(self, *requests):
        lines = "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in requests)
        code, out, _ = hedge("bench", "--worker", MODEL, lines=lines)
        return code, [json.loads(line) for line in out.splitlines()]

    def test_answers_every_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/x.npy"
            numpy.save(path, numpy.zeros((1, 3, 288, 384), numpy.float32))
            code, answers = self.run_worker(
                {"command": "input", "files": {"images": path}},
                {"command": "burst", "seconds": 0.01, "warmup": 1, "runs_min": 4},
                {"command": "outputs", "folder": folder}, {"command": "memory"}, {"command": "quit"})
            self.assertEqual(code, 0)
            hello, fed, burst, outputs, memory = answers
            self.assertEqual(hello["macs"], 93_833_856)
            self.assertEqual(fed, {})
            self.assertGreaterEqual(len(burst["ns"]), 4)
            self.assertTrue(set(burst["preempted"]) <= set(range(len(burst["ns"]))))
            self.assertEqual(numpy.load(outputs["files"][0]).ndim, 3)
            self.assertGreaterEqual(memory["peak_kib"], memory["rss_kib"])

    def test_survives_nonsense(self):
        _, answers = self.run_worker("no json", {"command": "dance"}, {"command": "input", "files": {}},
                                     {"command": "input"}, {"command": 3}, {"command": "burst", "seconds": "long"},
                                     {"command": "memory"})
        self.assertEqual(len(answers), 8)
        for answer in answers[1:-1]:
            self.assertIn("error", answer)
        self.assertIn("rss_kib", answers[-1])


if __name__ == "__main__":
    unittest.main()

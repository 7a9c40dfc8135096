"""Engines of this machine on weaker ones, which HEDGE_ISA plays: same answers, or one clear line.

HEDGE_PROGRAM is the hedge binary, HEDGE_ENGINE_PROGRAM the runtime alone; ctest sets them.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy

HEDGE = os.environ["HEDGE_PROGRAM"]
RUNTIME = os.environ["HEDGE_ENGINE_PROGRAM"]
MODEL = pathlib.Path(__file__).resolve().parent.parent.parent / "models" / "person_vtest.int8.onnx"
WEAKER = ("ref", "avx2", "avxvnni", "avx512", "avx512vnni")


def run(program, *arguments, isa=None):
    environment = dict(os.environ, **({"HEDGE_ISA": isa} if isa else {}))
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=120)
    return done.returncode, done.stdout, done.stderr


class Portable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.engine = pathlib.Path(cls.folder.name) / "person.hedge"
        code, cls.said, error = run(HEDGE, "compile", MODEL, "-o", cls.engine)
        assert code == 0, error
        cls.report = json.loads(run(HEDGE, "inspect", cls.engine, "--json")[1])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        if self.report["required_isa"] == "none":
            self.skipTest("this machine has no kernels but the references")

    def here(self, isa):
        code, out, error = run(HEDGE, "inspect", self.engine, "--json", isa=isa)
        self.assertEqual(code, 0, error)
        return json.loads(out)["here"]

    def test_every_machine_gives_the_recorded_bits(self):
        for isa in WEAKER:
            code, out, error = run(HEDGE, "verify", self.engine, "--json", isa=isa)
            self.assertEqual(code, 0, error)
            outputs = [output for case in json.loads(out)["cases"] for output in case["outputs"]]
            self.assertTrue(outputs and all(output["equal"] for output in outputs), isa)

    def test_inspect_tells_what_this_machine_makes_of_it(self):
        self.assertEqual(self.report["here"], "as it is")
        plain = self.here("ref")
        self.assertEqual(plain["on_reference"] + 1, plain["rebound"])  # the Sigmoid at its end has a kernel everywhere
        if "avx512" in self.report["required_isa"]:
            self.assertEqual(self.here("avx2")["on_reference"], 0)
        self.assertIn("re-packed for ref", run(HEDGE, "inspect", self.engine, isa="ref")[1])

    def test_bench_says_it_too(self):
        self.assertIn("re-packed for ref", run(HEDGE, "bench", self.engine, "--seconds", 0, isa="ref")[1])
        self.assertNotIn("re-packed", run(HEDGE, "bench", self.engine, "--seconds", 0)[1])

    def test_what_it_costs_is_told_and_true(self):
        bare = self.engine.with_name("bare.hedge")
        code, said, error = run(HEDGE, "compile", MODEL, "-o", bare, "--no-portable")
        self.assertEqual(code, 0, error)
        self.assertIn("not portable", said)
        self.assertIn(f"costs {self.report['portable_bytes']} bytes", self.said)
        # The weights begin at a multiple of 4096, so the files may differ by a page or not at all.
        self.assertLess(abs(self.engine.stat().st_size - bare.stat().st_size), self.report["portable_bytes"] + 4096)
        code, _, error = run(HEDGE, "verify", bare, isa="ref")
        self.assertEqual(code, 5)
        self.assertEqual(error.count("\n"), 1)
        self.assertIn("this machine has none", error)
        self.assertIn("--portable", error)


class Runtime(Portable):
    def test_infers_what_hedge_infers(self):
        folder = pathlib.Path(self.folder.name)
        pixels = numpy.random.default_rng(1).uniform(0, 255, (1, 3, 288, 384)).astype(numpy.float32)
        numpy.save(folder / "x.npy", pixels)
        pixels.tofile(folder / "x.raw")
        done = run(HEDGE, "infer", self.engine, "--input", f"images={folder}/x.npy", "--output", folder / "a")
        self.assertEqual(done[0], 0)
        for given, isa in ((f"images={folder}/x.npy", None), (f"{folder}/x.raw", None), (f"{folder}/x.raw", "avx2")):
            code, _, error = run(RUNTIME, "infer", self.engine, "--input", given, "--output", folder / "b", isa=isa)
            self.assertEqual(code, 0, error)
            for expected in (folder / "a").iterdir():
                self.assertEqual(expected.read_bytes(), (folder / "b" / expected.name).read_bytes(), given)

    def test_start_measures_processes(self):
        for cache in ("warm", "cold"):
            code, out, error = run(RUNTIME, "start", self.engine, "--times", 3, "--cache", cache)
            self.assertEqual(code, 0, error)
            self.assertIn(f"3 times, {cache} page cache: p50", out)

    def test_verify_bench_and_info_work(self):
        self.assertIn(" 0 wrong", run(RUNTIME, "verify", self.engine, isa="ref")[1])
        self.assertIn("p99", run(RUNTIME, "bench", self.engine, "--seconds", 0)[1])
        self.assertIn("input  images", run(RUNTIME, "info", self.engine)[1])

    def test_mistakes_are_one_line(self):
        nothing = pathlib.Path(self.folder.name) / "nothing.hedge"
        for expected, *arguments in ((2, "dance"), (2, "info"), (2, "bench", self.engine, "--seconds", "long"),
                                     (2, "bench", self.engine, "--threads"), (2, "info", self.engine, "--seconds", 1),
                                     (2, "infer", self.engine, "--output", nothing),
                                     (2, "start", self.engine, "--times", 0), (3, "info", nothing),
                                     (3, "start", nothing, "--cache", "cold"), (4, "info", MODEL)):
            code, _, error = run(RUNTIME, *arguments)
            self.assertEqual(code, expected, f"{arguments}: {error}")
            self.assertEqual(error.count("\n"), 1, error)


if __name__ == "__main__":
    unittest.main()

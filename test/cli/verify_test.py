"""hedge compile --golden and hedge verify from the command line: exit codes, one-line errors, what is recorded.

HEDGE_PROGRAM is the hedge binary; ctest sets it.
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

import numpy

HEDGE = os.environ["HEDGE_PROGRAM"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL = ROOT / "models" / "person_vtest.onnx"
WEIGHTS = 6  # docs/formats/engine.md
CRC_POLYNOMIAL = 0x82F63B78


def crc32c(data):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (CRC_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def zero_weights(path):
    """Clears a stretch of the weights and makes both checksums right again, from the format's text alone."""
    data = bytearray(path.read_bytes())
    count = struct.unpack_from("<I", data, 24)[0]
    for row in range(32, 32 + 24 * count, 24):
        kind, _, offset, size = struct.unpack_from("<IIQQ", data, row)
        if kind == WEIGHTS:
            data[offset : offset + 4096] = bytes(4096)
            struct.pack_into("<I", data, row + 4, crc32c(data[offset : offset + size]))
    struct.pack_into("<I", data, 28, 0)
    struct.pack_into("<I", data, 28, crc32c(data[: 32 + 24 * count]))
    path.write_bytes(data)


def varint(value):
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(data + bytes([value]))


def tensor_proto(dims):
    """ONNX's TensorProto of zeros: 1 dims, 2 data_type (1: float), 9 raw_data."""
    raw = numpy.zeros(dims, numpy.float32).tobytes()
    return b"".join(b"\x08" + varint(dim) for dim in dims) + b"\x10\x01\x4a" + varint(len(raw)) + raw


class Verify(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.engine = self.folder / "person.hedge"

    def hedge(self, *arguments, code=0, isa=None):
        environment = dict(os.environ, **({"HEDGE_ISA": isa} if isa else {}))
        done = subprocess.run(
            [HEDGE, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=120
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        if code not in (0, 1):
            self.assertRegex(done.stderr, r"\Ahedge: [^\n]+\n\Z")
        return done.stdout if code in (0, 1) else done.stderr

    def compile(self, *arguments, **more):
        return self.hedge("compile", MODEL, "-o", self.engine, *arguments, **more)

    def test_two_noise_inputs_are_recorded_by_default(self):
        self.assertIn("2 golden vectors", self.compile())
        report = json.loads(self.hedge("verify", self.engine, "--json", "--threads", "2"))
        self.assertTrue(report["holds"])
        self.assertEqual([case["case"] for case in report["cases"]], ["seed 1", "seed 2"])
        output = report["cases"][0]["outputs"][0]
        self.assertEqual((output["output"], output["equal"], output["differing"]), ("output", True, 0))
        text = self.hedge("verify", self.engine)
        self.assertRegex(text, r"(?m)^ok +seed 1 +output +equal$")
        self.assertIn("answers as recorded", text)

    def test_reference_kernels_record_and_verify(self):
        self.compile(isa="ref")
        self.hedge("verify", self.engine, isa="ref")
        self.hedge("verify", self.engine)

    def test_other_weights_are_caught_though_all_checksums_are_right(self):
        self.compile()
        zero_weights(self.engine)
        text = self.hedge("verify", self.engine, code=1)
        line = r"(?m)^NO +seed 1 +output +\d+ of \d+ values differ, relative error \S+ \(allowed 0.0001\)$"
        self.assertRegex(text, line)
        self.assertIn("does NOT answer as recorded", text)
        report = json.loads(self.hedge("verify", self.engine, "--json", code=1))
        self.assertFalse(report["holds"])
        self.assertGreater(report["cases"][0]["outputs"][0]["relative_error"], 1e-4)

    def test_without_golden_vectors_nothing_is_proven(self):
        self.compile("--golden", "0")
        self.assertIn("--golden 2", self.hedge("verify", self.engine, code=5))

    def test_what_is_no_engine_is_refused(self):
        self.hedge("verify", MODEL, code=4)
        self.hedge("verify", self.folder / "none.hedge", code=3)
        self.compile()
        self.hedge("verify", self.engine, "--threads", "0", code=2)

    def test_a_folder_of_npy_files_is_recorded(self):
        inputs = self.folder / "inputs"
        inputs.mkdir()
        for name in ("b", "a"):
            numpy.save(inputs / f"{name}.npy", numpy.full((1, 3, 288, 384), 7, numpy.float32))
        self.compile("--golden", inputs)
        report = json.loads(self.hedge("verify", self.engine, "--json"))
        self.assertEqual([case["case"] for case in report["cases"]], ["a.npy", "b.npy"])

    def test_onnx_test_sets_are_recorded(self):
        for k in range(2):
            (self.folder / f"test_data_set_{k}").mkdir()
            (self.folder / f"test_data_set_{k}" / "input_0.pb").write_bytes(tensor_proto((1, 3, 288, 384)))
        self.compile("--golden", self.folder)
        report = json.loads(self.hedge("verify", self.engine, "--json"))
        self.assertEqual([case["case"] for case in report["cases"]], ["test_data_set_0", "test_data_set_1"])

    def test_inputs_that_cannot_be_recorded_are_one_line(self):
        self.compile("--golden", "65", code=6)
        self.compile("--golden", self.folder / "absent", code=3)
        self.compile("--golden", "-1", code=3)
        empty = self.folder / "empty"
        empty.mkdir()
        self.assertIn("neither test_data_set_0", self.compile("--golden", empty, code=3))
        numpy.save(empty / "x.npy", numpy.zeros((1, 3, 8, 8), numpy.float32))
        self.assertIn("the model wants f32[1x3x288x384]", self.compile("--golden", empty, code=2))
        self.assertFalse(self.engine.exists())

    def test_inspect_counts_them(self):
        self.compile("--golden", "3")
        self.assertIn("3 golden vectors", self.hedge("inspect", self.engine))
        self.assertEqual(json.loads(self.hedge("inspect", self.engine, "--json"))["golden"], 3)

    def test_help_and_completion_know_it(self):
        self.assertIn("hedge verify person.hedge", self.hedge("verify", "--help"))
        completion = self.hedge("completion")
        self.assertTrue(re.search(r"verify\) words=.*--threads.*--json", completion))
        self.assertTrue(re.search(r"compile\) words=.*--golden", completion))


if __name__ == "__main__":
    unittest.main()

"""Writes the random-weight networks, each as FP32 and as a QDQ file quantized by ONNX Runtime's quantize_static.

    build-peers/venv/bin/python bench/peers/make_models.py build-peers/models
"""
import pathlib
import sys
import tempfile

import numpy
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import cases
from classifiers import all_classifiers
from detectors import all_detectors

CALIBRATION_IMAGES = 4


class RandomImages(CalibrationDataReader):
    def __init__(self, path, pixels):
        random = numpy.random.default_rng(7)
        (name, (_, shape)), = cases.declared_inputs(path).items()
        draw = (lambda: random.uniform(0, 255, shape)) if pixels else (lambda: random.standard_normal(shape))
        self.images = iter([{name: draw().astype(numpy.float32)} for _ in range(CALIBRATION_IMAGES)])

    def get_next(self):
        return next(self.images, None)


def quantize(path, target):
    """Per channel, u8 activations, s8 weights, min-max: as shared/assets/models/qdq."""
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".onnx") as draft:
        quantize_static(str(path), draft.name, RandomImages(path, path.stem in cases.PIXEL_INPUTS),
                        quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
                        weight_type=QuantType.QInt8)
        target.write_bytes(pathlib.Path(draft.name).read_bytes())


def make_all(folder):
    folder.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).resolve().parent
    newest = max((here / name).stat().st_mtime for name in
                 ("net.py", "classifiers.py", "detectors.py", "make_models.py"))

    def stale(path):
        return not path.exists() or path.stat().st_mtime < newest

    for net in all_classifiers() + all_detectors():
        path, quantized = folder / f"{net.name}.onnx", folder / f"{net.name}.qdq.onnx"
        if stale(path) or stale(quantized):
            print(f"make {net.name}", flush=True)
            onnx.save(net.model(), path)
            quantize(path, quantized)
    demo = cases.ROOT / "models" / "person_vtest.onnx"
    if stale(folder / "person_vtest.qdq.onnx"):
        quantize(demo, folder / "person_vtest.qdq.onnx")


if __name__ == "__main__":
    make_all(pathlib.Path(sys.argv[1]))

"""Quantizes an FP32 ONNX file as OpenVINO's own users do: NNCF's post-training quantization, into OpenVINO's format.

    build-peers/venv/bin/python bench/peers/make_nncf.py mobilenet_v2_224 model.onnx target.xml
"""
import argparse
import pathlib

import nncf
import numpy
import openvino

import cases

CALIBRATION_SAMPLES = 8


def samples(model, path):
    """The recorded input where there is one, and noise of the same kind."""
    inputs, _ = cases.inputs_of(model, "fp32", path)
    random = numpy.random.default_rng(7)
    yield inputs
    for _ in range(CALIBRATION_SAMPLES - 1):
        yield {name: random.permutation(value.ravel()).reshape(value.shape) for name, value in inputs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    options = parser.parse_args()
    data = list(samples(options.model, options.path))
    network = openvino.Core().read_model(options.path)
    if any(port.get_partial_shape().is_dynamic for port in network.inputs):
        network.reshape({name: list(value.shape) for name, value in data[0].items()})
    quantized = nncf.quantize(network, nncf.Dataset(data), subset_size=len(data), target_device=nncf.TargetDevice.CPU)
    openvino.save_model(quantized, options.target, compress_to_fp16=False)


if __name__ == "__main__":
    main()

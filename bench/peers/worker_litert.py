"""LiteRT (XNNPACK inside) on a .tflite file that the user gives: the same network in its own format."""
import argparse
import importlib.metadata

import numpy
from ai_edge_litert import interpreter as litert

import protocol


class Engine:
    name = "litert"
    version = importlib.metadata.version("ai-edge-litert")

    def __init__(self, model, threads):
        self.interpreter = litert.Interpreter(model_path=model, num_threads=threads)
        self.interpreter.allocate_tensors()
        self.run = self.interpreter.invoke

    def set_inputs(self, _):
        """Its own seeded input: a .tflite has other names, axes and types than the ONNX file."""
        random = numpy.random.default_rng(1)
        for port in self.interpreter.get_input_details():
            value = random.random(port["shape"]) * (1 if port["dtype"] == numpy.float32 else 100)
            self.interpreter.set_tensor(port["index"], value.astype(port["dtype"]))
        self.run()

    def outputs(self):
        return [self.interpreter.get_tensor(port["index"]) for port in self.interpreter.get_output_details()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    protocol.serve(lambda: Engine(options.model, options.threads))


if __name__ == "__main__":
    main()

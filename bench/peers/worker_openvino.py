"""OpenVINO at its best for one stream: the latency hint, FP32 kept FP32 (its default is bf16 where the CPU has it)."""
import argparse
import json

import openvino
from openvino._pyopenvino import InferRequest as BoundRequest

import protocol


class Engine:
    name = "openvino"
    version = openvino.__version__.split("-")[0]

    def __init__(self, model, threads, shapes):
        core = openvino.Core()
        network = core.read_model(model)
        if any(port.get_partial_shape().is_dynamic for port in network.inputs):
            network.reshape({name: shape for name, shape in shapes.items()})
        self.compiled = core.compile_model(network, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads})
        self.request = self.compiled.create_infer_request()

    def set_inputs(self, inputs):
        for port in self.compiled.inputs:
            self.request.set_tensor(port, openvino.Tensor(inputs[port.any_name].copy()))
        # The binding's own infer: the Python method around it only unpacks arguments. Outputs are shared, not copied.
        request, infer, nothing = self.request, BoundRequest.infer, {}
        self.run = lambda: infer(request, nothing, True, False)
        self.run()

    def outputs(self):
        return [self.request.get_tensor(port).data for port in self.compiled.outputs]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--shapes", type=json.loads, default={})
    options = parser.parse_args()
    protocol.serve(lambda: Engine(options.model, options.threads, options.shapes))


if __name__ == "__main__":
    main()

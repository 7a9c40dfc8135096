"""ONNX Runtime at its best for one stream: all graph optimizations, sequential, inputs and outputs bound once."""
import argparse

import numpy
import onnxruntime

import protocol


class Engine:
    name = "onnxruntime"
    version = onnxruntime.__version__

    def __init__(self, model, threads, spinning, optimized):
        options = onnxruntime.SessionOptions()
        level = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_ENABLE_ALL if optimized else level.ORT_DISABLE_ALL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spinning else "0")
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.values = []

    def set_inputs(self, inputs):
        self.values = [onnxruntime.OrtValue.ortvalue_from_numpy(numpy.ascontiguousarray(inputs[port.name]))
                       for port in self.session.get_inputs()]
        for port, value in zip(self.session.get_inputs(), self.values):
            self.binding.bind_ortvalue_input(port.name, value)
        # A first run tells the shapes; then outputs get memory of their own that no run allocates again.
        for port in self.session.get_outputs():
            self.binding.bind_output(port.name, "cpu")
        self.session.run_with_iobinding(self.binding)
        kept = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in self.binding.copy_outputs_to_cpu()]
        self.binding.clear_binding_outputs()
        for port, value in zip(self.session.get_outputs(), kept):
            self.binding.bind_ortvalue_output(port.name, value)
        self.values += kept
        session, binding = self.session, self.binding
        self.run = lambda: session.run_with_iobinding(binding)

    def outputs(self):
        return self.binding.copy_outputs_to_cpu()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--spinning", type=int, default=1)
    parser.add_argument("--optimized", type=int, default=1)
    options = parser.parse_args()
    protocol.serve(lambda: Engine(options.model, options.threads, options.spinning, options.optimized))


if __name__ == "__main__":
    main()

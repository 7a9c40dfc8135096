"""ncnn in FP32, on a model that pnnx made of the ONNX file (ncnn_model.py). It names inputs in0, in1, ... in order."""
import argparse
import json

import ncnn
import numpy

import protocol


class Engine:
    name = "ncnn"
    version = ncnn.__version__

    def __init__(self, model, threads, inputs):
        self.net = ncnn.Net()
        self.net.opt.num_threads = threads
        self.net.opt.lightmode = True
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(self.net.opt, option, False)
        if self.net.load_param(model + ".param") != 0 or self.net.load_model(model + ".bin") != 0:
            raise RuntimeError("ncnn cannot load what pnnx wrote")
        self.order = inputs
        self.results = []

    def set_inputs(self, inputs):
        # ncnn has no batch axis.
        mats = [ncnn.Mat(numpy.ascontiguousarray(inputs[name][0])).clone() for name in self.order]
        fed = list(zip([f"in{index}" for index in range(len(mats))], mats))
        wanted = sorted(self.net.output_names(), key=lambda name: int(name.removeprefix("out")))
        net = self.net

        def run():
            extractor = net.create_extractor()
            for name, mat in fed:
                extractor.input(name, mat)
            self.results = [extractor.extract(name)[1] for name in wanted]

        self.run = run
        run()

    def outputs(self):
        return [numpy.array(mat)[None] for mat in self.results]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", help="without .param and .bin")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--inputs", type=json.loads, required=True)
    options = parser.parse_args()
    protocol.serve(lambda: Engine(options.model, options.threads, options.inputs))


if __name__ == "__main__":
    main()

"""Builds ONNX networks with seeded random weights, plain onnx and numpy: latency does not need trained weights.

Weights are He-initialised and batch normalization is folded already, so activations neither vanish nor explode.
"""
import numpy
from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

OPSET = 17


class Net:
    """Each method adds nodes and returns the name of its output; `channels` knows the channels of each."""

    def __init__(self, name, size, seed):
        self.name, self.size = name, size
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.weights, self.outputs = [], [], []
        self.channels = {"images": 3}
        self.count = 0

    def node(self, op, inputs, channels, outputs=1, **attributes):
        self.count += 1
        names = [f"{op.lower()}_{self.count}" + (f"_{k}" if outputs > 1 else "") for k in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"{op}_{self.count}", **attributes))
        for name in names:
            self.channels[name] = channels
        return names[0] if outputs == 1 else names

    def constant(self, value):
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.asarray(value), name))
        return name

    def conv(self, x, out, kernel=1, stride=1, groups=1, act="relu", gain=None, pads=None):
        """Padded to keep the size (before the stride); act: relu, relu6, silu, hswish or none."""
        inner = self.channels[x] // groups
        gain = gain if gain is not None else (1.0 if act == "none" else 2.0)
        weights = self.random.standard_normal((out, inner, kernel, kernel)) * (gain / (inner * kernel**2)) ** 0.5
        bias = self.random.standard_normal(out) * 0.05
        y = self.node("Conv", [x, self.constant(weights.astype(numpy.float32)),
                               self.constant(bias.astype(numpy.float32))], out, kernel_shape=[kernel] * 2,
                      strides=[stride] * 2, pads=pads or [kernel // 2] * 4, group=groups)
        return self.act(y, act)

    def depthwise(self, x, kernel=3, stride=1, act="relu"):
        return self.conv(x, self.channels[x], kernel, stride, self.channels[x], act)

    def act(self, x, kind):
        channels = self.channels[x]
        if kind == "relu":
            return self.node("Relu", [x], channels)
        if kind == "relu6":
            return self.node("Clip", [x, self.constant(numpy.float32(0)), self.constant(numpy.float32(6))], channels)
        if kind == "silu":
            return self.node("Mul", [x, self.node("Sigmoid", [x], channels)], channels)
        return self.node("HardSwish", [x], channels) if kind == "hswish" else x

    def add(self, a, b):
        return self.node("Add", [a, b], self.channels[a])

    def concat(self, parts, axis=1):
        return self.node("Concat", parts, sum(self.channels[p] for p in parts), axis=axis)

    def split(self, x, parts):
        channels = self.channels[x] // parts
        return self.node("Split", [x, self.constant(numpy.full(parts, channels, numpy.int64))], channels, parts, axis=1)

    def upsample(self, x):
        scales = self.constant(numpy.array([1, 1, 2, 2], numpy.float32))
        return self.node("Resize", [x, "", scales], self.channels[x], mode="nearest",
                         coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    def max_pool(self, x, kernel, stride, padding):
        return self.node("MaxPool", [x], self.channels[x], kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[padding] * 4)

    def reshape(self, x, shape):
        return self.node("Reshape", [x, self.constant(numpy.array(shape, numpy.int64))], shape[1])

    def squeeze_excite(self, x, inner):
        pooled = self.node("GlobalAveragePool", [x], self.channels[x])
        gate = self.conv(self.conv(pooled, inner), self.channels[x], act="none")
        return self.node("Mul", [x, self.node("HardSigmoid", [gate], self.channels[x], alpha=1 / 6, beta=0.5)],
                         self.channels[x])

    def classify(self, x, classes=1000):
        flat = self.node("Flatten", [self.node("GlobalAveragePool", [x], self.channels[x])], self.channels[x])
        return self.dense(flat, classes)

    def dense(self, x, out):
        inner = self.channels[x]
        weights = self.random.standard_normal((out, inner)) * (1 / inner) ** 0.5
        return self.node("Gemm", [x, self.constant(weights.astype(numpy.float32)),
                                  self.constant(numpy.zeros(out, numpy.float32))], out, transB=1)

    def output(self, x):
        self.outputs.append(x)

    def model(self):
        image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, self.size, self.size])
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in self.outputs]
        graph = helper.make_graph(self.nodes, self.name, [image], ends, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8,
                                  producer_name="hedge bench/peers")
        model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        checker.check_model(model, full_check=True)
        return model

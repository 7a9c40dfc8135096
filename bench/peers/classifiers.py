"""Classifiers by their papers' tables: MobileNetV1 and V3-Large, EfficientNet-Lite0, ResNet-18 and -50."""
from net import Net

MOBILENET_V1 = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def mobilenet_v1_features(net, x="images"):
    """Outputs of all blocks; the eleventh is at a sixteenth of the size."""
    x = net.conv(x, 32, 3, 2)
    blocks = []
    for out, stride in MOBILENET_V1:
        x = net.conv(net.depthwise(x, 3, stride), out)
        blocks.append(x)
    return blocks


def mobilenet_v1():
    net = Net("mobilenet_v1_224", 224, seed=11)
    net.output(net.classify(mobilenet_v1_features(net)[-1]))
    return net


def inverted(net, x, kernel, inner, out, stride, act, excite=0):
    """Expand, depthwise, project; with the input added where the shape is kept."""
    y = net.conv(x, inner, act=act) if inner != net.channels[x] else x
    y = net.depthwise(y, kernel, stride, act)
    if excite:
        y = net.squeeze_excite(y, excite)
    y = net.conv(y, out, act="none", gain=0.5 if stride == 1 and out == net.channels[x] else 1.0)
    return net.add(x, y) if stride == 1 and out == net.channels[x] else y


MOBILENET_V3 = [  # kernel, expanded, out, excite, activation, stride
    (3, 16, 16, 0, "relu", 1), (3, 64, 24, 0, "relu", 2), (3, 72, 24, 0, "relu", 1), (5, 72, 40, 24, "relu", 2),
    (5, 120, 40, 32, "relu", 1), (5, 120, 40, 32, "relu", 1), (3, 240, 80, 0, "hswish", 2),
    (3, 200, 80, 0, "hswish", 1), (3, 184, 80, 0, "hswish", 1), (3, 184, 80, 0, "hswish", 1),
    (3, 480, 112, 120, "hswish", 1), (3, 672, 112, 168, "hswish", 1), (5, 672, 160, 168, "hswish", 2),
    (5, 960, 160, 240, "hswish", 1), (5, 960, 160, 240, "hswish", 1)]


def mobilenet_v3_large():
    net = Net("mobilenet_v3_large_224", 224, seed=12)
    x = net.conv("images", 16, 3, 2, act="hswish")
    for kernel, inner, out, excite, act, stride in MOBILENET_V3:
        x = inverted(net, x, kernel, inner, out, stride, act, excite)
    x = net.conv(x, 960, act="hswish")
    x = net.conv(net.node("GlobalAveragePool", [x], 960), 1280, act="hswish")
    net.output(net.dense(net.node("Flatten", [x], 1280), 1000))
    return net


EFFICIENTNET_LITE0 = [  # expansion, out, repeats, stride, kernel
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3)]


def efficientnet_lite0():
    net = Net("efficientnet_lite0_224", 224, seed=13)
    x = net.conv("images", 32, 3, 2, act="relu6")
    for expansion, out, repeats, stride, kernel in EFFICIENTNET_LITE0:
        for k in range(repeats):
            x = inverted(net, x, kernel, net.channels[x] * expansion, out, stride if k == 0 else 1, "relu6")
    net.output(net.classify(net.conv(x, 1280, act="relu6")))
    return net


def resnet(name, seed, repeats, bottleneck):
    net = Net(name, 224, seed)
    x = net.max_pool(net.conv("images", 64, 7, 2), 3, 2, 1)
    for stage, count in enumerate(repeats):
        inner = 64 << stage
        out = inner * 4 if bottleneck else inner
        for k in range(count):
            stride = 2 if k == 0 and stage > 0 else 1
            if bottleneck:
                y = net.conv(net.conv(net.conv(x, inner), inner, 3, stride), out, act="none", gain=0.3)
            else:
                y = net.conv(net.conv(x, inner, 3, stride), out, 3, act="none", gain=0.3)
            if stride != 1 or net.channels[x] != out:
                x = net.conv(x, out, stride=stride, act="none")
            x = net.act(net.add(x, y), "relu")
    net.output(net.classify(x))
    return net


def all_classifiers():
    return [mobilenet_v1(), mobilenet_v3_large(), efficientnet_lite0(),
            resnet("resnet18_224", 14, (2, 2, 2, 2), False), resnet("resnet50_224", 15, (3, 4, 6, 3), True)]

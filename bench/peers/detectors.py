"""Detectors: SSD on MobileNetV1, and an anchor-free net in the style of the small YOLOs (split blocks, SiLU, a pyramid,
box distances as distributions). Non-maximum suppression stays outside, as in most deployed files."""
import numpy

from classifiers import mobilenet_v1_features
from net import Net

CLASSES = 91


def ssd_mobilenet_v1():
    net = Net("ssd_mobilenet_v1_300", 300, seed=21)
    blocks = mobilenet_v1_features(net)
    levels = [blocks[10], blocks[12]]
    x = blocks[12]
    for inner, out in ((256, 512), (128, 256), (128, 256), (64, 128)):
        x = net.conv(net.conv(x, inner), out, 3, 2)
        levels.append(x)
    boxes, scores = [], []
    for level, anchors in zip(levels, (3, 6, 6, 6, 6, 6)):
        for per_anchor, rows in ((4, boxes), (CLASSES, scores)):
            y = net.conv(level, anchors * per_anchor, act="none")
            rows.append(net.reshape(net.node("Transpose", [y], 0, perm=[0, 2, 3, 1]), [1, -1, per_anchor]))
    net.output(net.concat(boxes))
    net.output(net.node("Sigmoid", [net.concat(scores)], 0))
    return net


def split_block(net, x, out, repeats, shortcut):
    """Half passes on, half goes through `repeats` pairs of 3x3; all of it is joined again."""
    parts = net.split(net.conv(x, out, act="silu"), 2)
    for _ in range(repeats):
        y = net.conv(net.conv(parts[-1], out // 2, 3, act="silu"), out // 2, 3, act="silu", gain=1.0)
        parts.append(net.add(parts[-1], y) if shortcut else y)
    return net.conv(net.concat(parts), out, act="silu")


def pyramid_pool(net, x):
    parts = [net.conv(x, net.channels[x] // 2, act="silu")]
    for _ in range(3):
        parts.append(net.max_pool(parts[-1], 5, 1, 2))
    return net.conv(net.concat(parts), net.channels[x], act="silu")


def backbone(net):
    x = net.conv(net.conv("images", 16, 3, 2, act="silu"), 32, 3, 2, act="silu")
    x = split_block(net, x, 32, 1, True)
    levels = []
    for out, repeats in ((64, 2), (128, 2), (256, 1)):
        x = split_block(net, net.conv(x, out, 3, 2, act="silu"), out, repeats, True)
        levels.append(x)
    return levels[0], levels[1], pyramid_pool(net, x)


def head(net, x, cells, classes, bins):
    """[1, 4 * bins + classes, cells] of one level."""
    box = net.conv(net.conv(net.conv(x, 64, 3, act="silu"), 64, 3, act="silu"), 4 * bins, act="none")
    score = net.conv(net.conv(net.conv(x, classes, 3, act="silu"), classes, 3, act="silu"), classes, act="none")
    return net.reshape(net.concat([box, score]), [1, 4 * bins + classes, cells])


def yolo_nano():
    net, classes, bins = Net("yolo_nano_320", 320, seed=22), 80, 16
    eighth, sixteenth, last = backbone(net)
    middle = split_block(net, net.concat([net.upsample(last), sixteenth]), 128, 1, False)
    fine = split_block(net, net.concat([net.upsample(middle), eighth]), 64, 1, False)
    down = split_block(net, net.concat([net.conv(fine, 64, 3, 2, act="silu"), middle]), 128, 1, False)
    coarse = split_block(net, net.concat([net.conv(down, 128, 3, 2, act="silu"), last]), 256, 1, False)
    sides = (40, 20, 10)
    rows = [head(net, x, side * side, classes, bins) for x, side in zip((fine, down, coarse), sides)]
    joined = net.node("Concat", rows, 4 * bins + classes, axis=2)
    boxes, scores = net.node("Split", [joined, net.constant(numpy.array([4 * bins, classes], numpy.int64))], 0, 2,
                             axis=1)
    count = sum(side * side for side in sides)
    bars = net.node("Transpose", [net.reshape(boxes, [1, 4, bins, count])], bins, perm=[0, 2, 1, 3])
    net.channels[bars] = bins
    means = net.node("Conv", [net.node("Softmax", [bars], bins, axis=1),
                              net.constant(numpy.arange(bins, dtype=numpy.float32).reshape(1, bins, 1, 1))], 1)
    net.output(net.reshape(means, [1, 4, count]))
    net.output(net.node("Sigmoid", [scores], classes))
    return net


def all_detectors():
    return [ssd_mobilenet_v1(), yolo_nano()]

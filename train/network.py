"""A person detector of 100 thousand parameters: depthwise separable backbone, pyramid of two levels, YOLOX head.

Input 1x3xHxW, BGR 0..255. Output 1xNx6: x, y offsets in cells, logs of width and height in cells, objectness, person;
the last two already through a sigmoid. Cells of stride 8 first, then stride 16, row by row.
"""
import torch
from torch import nn

from strides import STRIDES

PIXEL_SCALE = 1 / 128  # folded into the stem when exported


def conv_bn_relu(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
                         nn.BatchNorm2d(outputs), nn.ReLU())


def separable(inputs, outputs, stride=1, kernel=3):
    return nn.Sequential(conv_bn_relu(inputs, inputs, kernel, stride, groups=inputs), conv_bn_relu(inputs, outputs, 1))


class Residual(nn.Module):
    def __init__(self, channels, kernel=3):
        super().__init__()
        self.body = separable(channels, channels, kernel=kernel)

    def forward(self, x):
        return x + self.body(x)


class Head(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.tower = separable(channels, channels)
        self.predict = nn.Conv2d(channels, 6, 1)
        nn.init.constant_(self.predict.bias, 0)
        nn.init.constant_(self.predict.bias[4:], -4.0)  # most cells are empty: begin by saying so

    def forward(self, x):
        return self.predict(self.tower(x))


class PersonDetector(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv_bn_relu(3, 16, 3, 2)
        self.stage4 = nn.Sequential(separable(16, 32, 2), Residual(32))
        self.stage8 = nn.Sequential(separable(32, 64, 2), Residual(64), Residual(64))
        self.stage16 = nn.Sequential(separable(64, 96, 2), Residual(96, 5), Residual(96, 5))
        self.stage32 = nn.Sequential(separable(96, 128, 2), Residual(128, 5))
        self.lateral8 = conv_bn_relu(64, 64, 1)
        self.lateral16 = conv_bn_relu(96, 64, 1)
        self.lateral32 = conv_bn_relu(128, 64, 1)
        self.smooth8 = Residual(64)
        self.smooth16 = Residual(64)
        self.heads = nn.ModuleList(Head(64) for _ in STRIDES)
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")

    def raw(self, x):
        """Before the sigmoids: [batch, cells, 6]."""
        x8 = self.stage8(self.stage4(self.stem(x)))
        x16 = self.stage16(x8)
        x32 = self.stage32(x16)
        coarse = self.upsample(self.lateral32(x32))[:, :, :x16.shape[2], :x16.shape[3]]
        p16 = self.smooth16(self.lateral16(x16) + coarse)
        p8 = self.smooth8(self.lateral8(x8) + self.upsample(p16)[:, :, :x8.shape[2], :x8.shape[3]])
        levels = [head(p).flatten(2) for head, p in zip(self.heads, (p8, p16))]
        return torch.cat(levels, 2).transpose(1, 2)

    def forward(self, x):
        raw = self.raw(x * PIXEL_SCALE)
        return torch.cat([raw[..., :4], raw[..., 4:].sigmoid()], 2)


def cells(width, height):
    """Grid [cells, 2] and stride [cells, 1] in the order of the output."""
    grids, strides = [], []
    for stride in STRIDES:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        grids.append(torch.stack([x, y], 2).reshape(-1, 2).float())
        strides.append(torch.full((rows * columns, 1), float(stride)))
    return torch.cat(grids), torch.cat(strides)


def decode(raw, grid, stride):
    """[..., cells, 6] -> corners in input pixels [..., cells, 4]."""
    center = (raw[..., :2] + grid) * stride
    half = raw[..., 2:4].clamp(max=6).exp() * stride / 2
    return torch.cat([center - half, center + half], -1)

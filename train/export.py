"""Trained network -> ONNX: BatchNorm folded into the convolutions, the pixel scale into the stem, static shapes."""
import copy
import warnings

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

from network import PIXEL_SCALE


class Deployed(torch.nn.Module):
    """The network on raw pixels."""

    def __init__(self, trained):
        super().__init__()
        self.net = copy.deepcopy(trained).eval()
        fold(self.net)
        self.net.stem[0].weight.data *= PIXEL_SCALE

    def forward(self, images):
        raw = self.net.raw(images)
        return torch.cat([raw[..., :4], raw[..., 4:].sigmoid()], 2)


def fold(module):
    """Every Conv followed by BatchNorm in a Sequential becomes one Conv."""
    for child in module.children():
        fold(child)
    if not isinstance(module, torch.nn.Sequential):
        return
    for k in range(len(module) - 1):
        if isinstance(module[k], torch.nn.Conv2d) and isinstance(module[k + 1], torch.nn.BatchNorm2d):
            module[k] = fuse_conv_bn_eval(module[k], module[k + 1])
            module[k + 1] = torch.nn.Identity()


def export_onnx(trained, path, width, height):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this PyTorch doubts its own shape inference; the tests compare the file
        torch.onnx.export(Deployed(trained), torch.zeros(1, 3, height, width), path, opset_version=13,
                          input_names=["images"], output_names=["output"], do_constant_folding=True)

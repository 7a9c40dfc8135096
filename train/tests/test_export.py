"""The exported ONNX file, run by OpenCV, answers as the PyTorch network does: folding and scaling lose nothing."""
import pathlib
import tempfile
import unittest

import cv2
import numpy as np
import onnx
import torch

from export import export_onnx
from network import PersonDetector, cells

WIDTH, HEIGHT = 384, 288


def untrained_network():
    """Random everywhere, BatchNorm statistics included, so that a wrong fold shows."""
    torch.manual_seed(3)
    network = PersonDetector().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                values.uniform_(0.5, 1.5)
    for head in network.heads:
        head.predict.bias.data.normal_(0, 0.1)
    return network


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = untrained_network()
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = str(pathlib.Path(cls.folder.name) / "untrained.onnx")
        export_onnx(cls.network, cls.path, WIDTH, HEIGHT)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_opencv_and_pytorch_agree(self):
        images = np.random.default_rng(5).uniform(0, 255, (1, 3, HEIGHT, WIDTH)).astype(np.float32)
        net = cv2.dnn.readNetFromONNX(self.path)
        net.setInput(images)
        with torch.no_grad():
            expected = self.network(torch.from_numpy(images)).numpy()
        answer = net.forward()
        self.assertEqual(answer.shape, (1, len(cells(WIDTH, HEIGHT)[0]), 6))
        np.testing.assert_allclose(answer, expected, rtol=1e-3, atol=1e-4)

    def test_the_file_is_small_static_and_without_batch_norm(self):
        self.assertLess(pathlib.Path(self.path).stat().st_size, 1_500_000)
        model = onnx.load(self.path)
        onnx.checker.check_model(model)
        kinds = {node.op_type for node in model.graph.node}
        self.assertFalse(kinds & {"BatchNormalization"}, kinds)
        self.assertEqual([d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim], [1, 3, HEIGHT, WIDTH])
        self.assertEqual((model.graph.input[0].name, model.graph.output[0].name), ("images", "output"))

    def test_sizes_that_strides_do_not_divide(self):
        with torch.no_grad():
            answer = self.network(torch.zeros(1, 3, 232, 200))
        self.assertEqual(answer.shape[1], len(cells(200, 232)[0]))


if __name__ == "__main__":
    unittest.main()

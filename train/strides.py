"""Pixels of the input that one cell of each output level covers; apart from network.py, so that evaluating needs no
PyTorch."""
STRIDES = (8, 16)

"""Tests of the training; the modules of train/ are found as its scripts find them, beside each other."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

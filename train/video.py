"""Frames of a video, all or a range, as OpenCV decodes them (BGR, 8 bits)."""
import sys

import cv2

VTEST = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"


def read_frames(path, begin=0, end=None):
    """The frames begin..end-1 as a list of [height, width, 3] arrays."""
    capture = cv2.VideoCapture(path)
    if not capture.isOpened():
        sys.exit(f"{path}: cannot be opened as a video (for the default one, install opencv-doc: ./dev setup)")
    frames, index = [], 0
    while end is None or index < end:
        there, frame = capture.read()
        if not there:
            break
        if index >= begin:
            frames.append(frame)
        index += 1
    if not frames:
        sys.exit(f"{path}: no frames from {begin} on; it has {index}: choose other ranges of frames")
    return frames


def parse_range(text):
    """'600-794' -> (600, 795): both ends count."""
    first, _, last = text.partition("-")
    return int(first), int(last or first) + 1

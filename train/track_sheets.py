"""Pictures by which track labels are checked: enlarged frames and strips of one person through time, with rulers."""
import cv2
import numpy as np

from video import VTEST, read_frames

COLOURS = [(0, 255, 255), (255, 255, 0), (255, 0, 255), (0, 165, 255), (0, 255, 0), (255, 128, 128), (128, 128, 255)]
IGNORED_COLOUR = (0, 0, 255)
STRIP_MARGIN = 10  # pixels of the video around a box
STRIP_WIDTH, STRIP_HEIGHT = 1270, 950


def rulers(picture, left, top, scale, step, labels):
    """Ticks each `step` pixels of the video along the upper and the left edge, with numbers if `labels`."""
    height, width = picture.shape[:2]
    for x in range(-(-left // step) * step, left + width // scale + 1, step):
        cv2.line(picture, ((x - left) * scale, 0), ((x - left) * scale, 5), (255, 255, 255), 1)
        if labels:
            cv2.putText(picture, str(x), ((x - left) * scale + 2, 14), 0, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    for y in range(-(-top // step) * step, top + height // scale + 1, step):
        cv2.line(picture, (0, (y - top) * scale), (5, (y - top) * scale), (255, 255, 255), 1)
        if labels:
            cv2.putText(picture, str(y), (2, (y - top) * scale - 2), 0, 0.4, (255, 255, 255), 1, cv2.LINE_AA)


def draw_box(picture, box, origin, scale, colour, text):
    left, top = ((box[k] - origin[k]) * scale for k in (0, 1))
    right, bottom = left + box[2] * scale, top + box[3] * scale
    cv2.rectangle(picture, (left, top), (right, bottom), colour, 1)
    for thickness, shade in ((3, (0, 0, 0)), (1, colour)):
        cv2.putText(picture, text, (left, max(top - 3, 10)), 0, 0.5, shade, thickness, cv2.LINE_AA)


def colour_of(label):
    return IGNORED_COLOUR if label.ignored else COLOURS[label.person % len(COLOURS)]


def dots(picture, scale):
    """A dot each 10 pixels of the video, white each 50, by which boxes can be read off without a first guess."""
    height, width = picture.shape[:2]
    for y in range(0, height, 10 * scale):
        for x in range(0, width, 10 * scale):
            strong = x % (50 * scale) == 0 and y % (50 * scale) == 0
            cv2.circle(picture, (x, y), 2 if strong else 0, (255, 255, 255), -1)


def write_sheets(labels, frames, folder, scale, grid):
    folder.mkdir(parents=True, exist_ok=True)
    video = read_frames(VTEST, 0, max(frames) + 1)
    for index in frames:
        picture = cv2.resize(video[index], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        rulers(picture, 0, 0, scale, 50, True)
        if grid:
            dots(picture, scale)
        for label in labels:
            if label.frame == index:
                draw_box(picture, label.box, (0, 0), scale, colour_of(label), f"{label.person}")
        cv2.imwrite(str(folder / f"sheet_{index}.png"), picture)


def strip_tile(frame, label):
    """The box with a margin, enlarged the more the smaller it is; ticks each 10 pixels; frame and box as text above."""
    left, top = (max(label.box[k] - STRIP_MARGIN, 0) for k in (0, 1))
    right = min(label.box[0] + label.box[2] + STRIP_MARGIN, frame.shape[1])
    bottom = min(label.box[1] + label.box[3] + STRIP_MARGIN, frame.shape[0])
    scale = 4 if label.box[3] < 85 else 3 if label.box[3] < 125 else 2
    tile = cv2.resize(frame[top:bottom, left:right], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rulers(tile, left, top, scale, 10, False)
    draw_box(tile, label.box, (left, top), scale, colour_of(label), "")
    head = np.zeros((16, max(tile.shape[1], 190), 3), np.uint8)
    box = label.box
    text = f"{label.frame} {box[0]},{box[1]} {box[2]}x{box[3]} v{label.visibility:g}"
    cv2.putText(head, text, (1, 12), 0, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    tile = np.pad(tile, ((0, 0), (0, head.shape[1] - tile.shape[1]), (0, 0)))
    return np.concatenate([head, tile])


def write_strips(labels, folder):
    folder.mkdir(parents=True, exist_ok=True)
    frames = read_frames(VTEST, 0, max(label.frame for label in labels) + 1)
    for person in sorted({label.person for label in labels}):
        tiles = [strip_tile(frames[label.frame], label) for label in labels if label.person == person]
        page, number = np.zeros((STRIP_HEIGHT, STRIP_WIDTH, 3), np.uint8), 0
        x = y = row = 0
        for tile in tiles:
            height, width = tile.shape[:2]
            if x + width > STRIP_WIDTH:
                x, y, row = 0, y + row + 4, 0
            if y + height > STRIP_HEIGHT:
                cv2.imwrite(str(folder / f"person_{person}_{number}.png"), page)
                page, number = np.zeros_like(page), number + 1
                x = y = row = 0
            page[y:y + height, x:x + width] = tile
            x, row = x + width + 4, max(row, height)
        cv2.imwrite(str(folder / f"person_{person}_{number}.png"), page)

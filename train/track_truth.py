#!/usr/bin/python3
"""Ground truth for tracks of vtest.avi: proposals and corrections made by eye become labels and pictures to check them.

    track_truth.py build                    writes test/tracks/vtest_gt.txt (MOTChallenge) and prints what it holds
    track_truth.py sheets --output DIR      every labelled frame, enlarged, with boxes and numbers
    track_truth.py strips --output DIR      every box of every person, enlarged, in the order of time
    track_truth.py agreement                compares the frames that were labelled a second time

The rules of labelling and the formats of the files stand in test/tracks/README.md.
"""
import argparse
import collections
import pathlib
import sys

import numpy as np

from boxes import iou_matrix, xywh_to_corners

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "test" / "tracks"
FRAME_FIRST, FRAME_LAST, FRAME_STEP = 600, 792, 4
IGNORED_CLASS = 8  # MOTChallenge's distractor
BOX_MOVED_IOU = 0.85  # below it a redrawn box differs by more than care about single pixels

Proposal = collections.namedtuple("Proposal", "frame tracklet box")
# frame is the index in the file, from 0; box is left, top, width, height in pixels.
Label = collections.namedtuple("Label", "frame person box visibility ignored")


def labelled_frames():
    return range(FRAME_FIRST, FRAME_LAST + 1, FRAME_STEP)


def lines_of(path):
    """(line number, fields) of each line that is neither empty nor a comment; blanks or commas separate fields."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fields = line.split("#")[0].replace(",", " ").split()
        if fields:
            yield number, fields


def read_proposals(path):
    return [Proposal(int(f[0]), int(f[1]), tuple(int(v) for v in f[2:6])) for _, f in lines_of(path)]


def parse_frames(text):
    first, _, last = text.partition("-")
    frames = range(int(first), int(last or first) + 1, FRAME_STEP)
    if not frames or frames[0] not in labelled_frames() or frames[-1] not in labelled_frames():
        raise ValueError(f"{text} is no span of labelled frames")
    return frames


def read_corrections(path):
    """-> {(frame, tracklet): person}; by (frame, person): {: box}, {: visibility}, {those ignored}."""
    persons, boxes, visibility, ignored = {}, {}, {}, set()
    for number, fields in lines_of(path):
        try:
            verb, person, frames = fields[0], int(fields[1]), parse_frames(fields[2])
            if verb == "from" and len(fields) == 4:
                persons.update({(frame, int(fields[3])): person for frame in frames})
            elif verb == "box" and len(fields) == 7 and len(frames) == 1:
                boxes[frames[0], person] = tuple(int(v) for v in fields[3:7])
            elif verb == "seen" and len(fields) == 4:
                visibility.update({(frame, person): float(fields[3]) for frame in frames})
            elif verb == "ignore" and len(fields) == 3:
                ignored.update((frame, person) for frame in frames)
            else:
                raise ValueError("neither from, box, seen nor ignore with its fields")
        except (ValueError, IndexError) as error:
            sys.exit(f"{path}:{number}: {error}: see test/tracks/README.md")
    return persons, boxes, visibility, ignored


def build(proposals, corrections):
    persons, boxes, visibility, ignored = corrections
    if unknown := sorted({tracklet for _, tracklet in persons} - {p.tracklet for p in proposals}):
        sys.exit(f"corrections: no proposal has tracklet {unknown[0]}: see the second column of the proposals")
    taken = {}
    for proposal in proposals:
        person = persons.get((proposal.frame, proposal.tracklet))
        if person is not None:
            if (proposal.frame, person) in taken:
                sys.exit(f"corrections: person {person} has two proposals in frame {proposal.frame}: give it one")
            taken[proposal.frame, person] = proposal.box
    final = taken | boxes
    for kind, keys in (("seen", visibility), ("ignore", ignored)):
        if keys := sorted(set(keys) - set(final)):
            sys.exit(f"corrections: '{kind}' for frame {keys[0][0]}, person {keys[0][1]}, which has no box: draw one")
    return [Label(*key, final[key], visibility.get(key, 1.0), key in ignored) for key in sorted(final)]


def mot_line(label):
    confidence, kind = (0, IGNORED_CLASS) if label.ignored else (1, 1)
    fields = (label.frame + 1, label.person, *label.box, confidence, kind, f"{label.visibility:g}")
    return ",".join(str(field) for field in fields)


def overlap(a, b):
    return float(iou_matrix(xywh_to_corners([a]), xywh_to_corners([b]))[0, 0])


def corrections_made(proposals, corrections, labels):
    """What the eye changed, counted over proposals and labels."""
    persons, boxes, _, _ = corrections
    taken = {(p.frame, persons[p.frame, p.tracklet]): p.box for p in proposals if (p.frame, p.tracklet) in persons}
    changed = [overlap(taken[key], boxes[key]) for key in boxes if key in taken]
    return {"proposals": len(proposals), "dropped as false or double": len(proposals) - len(taken),
            "boxes drawn where none was proposed": sum(key not in taken for key in boxes),
            "boxes redrawn": len(changed),
            f"of them with IoU below {BOX_MOVED_IOU}": sum(v < BOX_MOVED_IOU for v in changed),
            "tracklets joined to persons": len({p.tracklet for p in proposals if (p.frame, p.tracklet) in persons}),
            "labels": len(labels)}


def load():
    proposals = read_proposals(FOLDER / "vtest_proposals.txt")
    corrections = read_corrections(FOLDER / "vtest_corrections.txt")
    return proposals, corrections, build(proposals, corrections)


def command_build(_):
    proposals, corrections, labels = load()
    (FOLDER / "vtest_gt.txt").write_text("".join(mot_line(label) + "\n" for label in labels))
    counted = [label for label in labels if not label.ignored]
    print(f"frames {len(labelled_frames())}, persons {len({l.person for l in counted})}, boxes {len(counted)}, "
          f"ignore lines {len(labels) - len(counted)}, partly hidden {sum(l.visibility < 1 for l in counted)}")
    for name, count in corrections_made(proposals, corrections, labels).items():
        print(f"{name}: {count}")


def command_sheets(arguments):
    from track_sheets import write_sheets
    labels = () if arguments.bare else load()[2]
    write_sheets(labels, labelled_frames(), arguments.output, arguments.scale, arguments.bare)


def command_strips(arguments):
    from track_sheets import write_strips
    write_strips(load()[2], arguments.output)


def read_second(path):
    """{(frame, person): box} of what counts, and the frames that were labelled a second time."""
    lines = [fields for _, fields in lines_of(path)]
    counted = {(int(f[0]), int(f[1])): tuple(int(v) for v in f[2:6]) for f in lines if len(f) == 6}
    return counted, sorted({int(f[0]) for f in lines})


def command_agreement(_):
    second, frames = read_second(FOLDER / "vtest_second.txt")
    first = {(l.frame, l.person): l.box for l in load()[2] if l.frame in frames and not l.ignored}
    both = sorted(set(first) & set(second))
    ious = np.array([overlap(first[key], second[key]) for key in both])
    worst = both[ious.argmin()]
    print(f"frames {len(frames)}: {' '.join(map(str, frames))}")
    print(f"boxes: first {len(first)}, second {len(second)}, in both {len(both)}")
    print(f"IoU: mean {ious.mean():.3f}, median {np.median(ious):.3f}, 10th percentile {np.percentile(ious, 10):.3f}, "
          f"below 0.85: {(ious < 0.85).sum()}, below 0.7: {(ious < 0.7).sum()}")
    print(f"least: {ious.min():.3f}, frame {worst[0]}, person {worst[1]}, {first[worst]} and {second[worst]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run in (("build", command_build), ("sheets", command_sheets), ("strips", command_strips),
                      ("agreement", command_agreement)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if name in ("sheets", "strips"):
            command.add_argument("--output", required=True, type=pathlib.Path, help="a folder for the pictures")
        if name == "sheets":
            command.add_argument("--scale", type=int, default=2, help="how often enlarged (default 2)")
            command.add_argument("--bare", action="store_true", help="a grid in place of the boxes, to label anew")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()

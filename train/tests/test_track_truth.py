"""The ground truth of tracks: that corrections do what they say, and that the committed files fit together."""
import contextlib
import io
import pathlib
import tempfile
import unittest

from track_truth import (FOLDER, Label, Proposal, build, labelled_frames, load, mot_line, overlap, parse_frames,
                         read_corrections, read_second)

WIDTH, HEIGHT = 768, 576


def corrections(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "corrections.txt"
        path.write_text(text)
        return read_corrections(path)


def refusal(call):
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            call()
        except SystemExit as error:
            return str(error)
    return None


class CorrectionsTest(unittest.TestCase):
    PROPOSALS = [Proposal(600, 7, (10, 20, 30, 80)), Proposal(604, 7, (12, 20, 30, 80)),
                 Proposal(604, 9, (90, 0, 5, 9))]

    def test_proposals_become_persons_and_the_rest_is_dropped(self):
        labels = build(self.PROPOSALS, corrections("from 1 600-604 7\n"))
        self.assertEqual(labels, [Label(600, 1, (10, 20, 30, 80), 1.0, False),
                                  Label(604, 1, (12, 20, 30, 80), 1.0, False)])

    def test_a_box_replaces_a_proposal_or_stands_alone(self):
        text = "from 1 600 7  # seen from behind\nbox 1 600 1 2 3 4\nbox 2 608 5 6 7 8\n"
        labels = build(self.PROPOSALS, corrections(text))
        self.assertEqual([label.box for label in labels], [(1, 2, 3, 4), (5, 6, 7, 8)])

    def test_what_is_ignored_stands_with_confidence_0_as_a_distractor_and_frames_count_from_1(self):
        labels = build([], corrections("box 3 600 1 2 3 4\nseen 3 600 0.2\nignore 3 600\nbox 4 600 5 6 7 8\n"))
        self.assertEqual([mot_line(label) for label in labels], ["601,3,1,2,3,4,0,8,0.2", "601,4,5,6,7,8,1,1,1"])

    def test_slips_are_refused_with_their_line(self):
        for text in ("box 1 600 1 2 3\n", "form 1 600 7\n", "seen 1 602 0.5\n", "ignore 1 608-604\n",
                     "box 1 600-604 1 2 3 4\n"):
            self.assertIn("corrections.txt:1:", refusal(lambda: corrections(text)) or "", text)

    def test_what_names_nothing_is_refused(self):
        for text in ("from 1 600 8\n", "seen 1 600 0.5\n", "ignore 1 600\n"):
            self.assertIn("corrections:", refusal(lambda: build(self.PROPOSALS, corrections(text))) or "", text)

    def test_two_proposals_for_one_person_are_refused(self):
        self.assertIn("two", refusal(lambda: build(self.PROPOSALS, corrections("from 1 604 7\nfrom 1 604 9\n"))) or "")

    def test_frames_are_every_fourth(self):
        self.assertEqual(list(parse_frames("600-608")), [600, 604, 608])


class CommittedFilesTest(unittest.TestCase):
    def setUp(self):
        self.labels = load()[2]
        self.counted = [label for label in self.labels if not label.ignored]

    def test_the_truth_is_what_proposals_and_corrections_make(self):
        made = "".join(mot_line(label) + "\n" for label in self.labels)
        self.assertEqual((FOLDER / "vtest_gt.txt").read_text(), made, "run train/track_truth.py build")

    def test_every_labelled_frame_has_persons(self):
        self.assertEqual({label.frame for label in self.counted}, set(labelled_frames()))

    def test_what_counts_follows_the_rules(self):
        for label in self.counted:
            self.assertGreater(label.box[3], 25, label)
            self.assertGreater(label.visibility, 1 / 3, label)

    def test_boxes_lie_in_the_picture(self):
        for label in self.labels:
            left, top, width, height = label.box
            self.assertTrue(0 <= left < left + width <= WIDTH and 0 <= top < top + height <= HEIGHT, label)

    def test_nobody_jumps(self):
        """In four frames nobody walks further than his height: more is a mixed-up number or a slip of a digit."""
        last = {}
        for label in self.counted:
            left, top, width, height = label.box
            foot = left + width / 2, top + height
            frame, before = last.get(label.person, (None, None))
            if frame == label.frame - 4 and 0 < left and left + width < WIDTH:
                moved = max(abs(foot[0] - before[0]), abs(foot[1] - before[1]))
                self.assertLess(moved, height, label)
            last[label.person] = label.frame, foot

    def test_the_second_labelling_agrees(self):
        second, frames = read_second(FOLDER / "vtest_second.txt")
        first = {(label.frame, label.person): label.box for label in self.counted if label.frame in frames}
        self.assertEqual(set(first), set(second))
        self.assertGreater(min(overlap(first[key], second[key]) for key in first), 0.7)


if __name__ == "__main__":
    unittest.main()

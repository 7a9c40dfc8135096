"""AP on cases small enough to compute by hand."""
import unittest

import numpy as np

from average_precision import average_precision

A, B, C = (0, 0, 10, 20), (50, 0, 60, 20), (100, 0, 110, 20)
NOWHERE = (200, 200, 210, 220)


def found(*rows):
    return np.array([box + (score,) for box, score in rows], np.float32).reshape(-1, 5)


def truth(*boxes):
    return np.array(boxes, np.float32).reshape(-1, 4)


class AveragePrecisionTest(unittest.TestCase):
    def test_all_found_and_nothing_else_is_one(self):
        ap, _ = average_precision({0: found((A, 0.9)), 1: found((B, 0.8))}, {0: truth(A), 1: truth(B)})
        self.assertAlmostEqual(ap, 1.0)

    def test_nothing_found_is_zero(self):
        ap, _ = average_precision({}, {0: truth(A)})
        self.assertEqual(ap, 0.0)

    def test_false_alarm_between_hits(self):
        # Precision after each: 1, 1/2, 2/3; recall rises by a third at the first and the last; one is never found.
        ap, (_, recall, precision) = average_precision({0: found((A, 0.9), (NOWHERE, 0.8), (B, 0.7))},
                                                       {0: truth(A, B, C)})
        self.assertAlmostEqual(ap, 1 / 3 + 2 / 9)
        np.testing.assert_allclose(recall, [1 / 3, 1 / 3, 2 / 3])
        np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3])

    def test_precision_is_the_best_at_that_recall_or_beyond(self):
        # The false alarm comes first: precision 0, 1/2, 2/3; the envelope is 2/3 for both hits.
        ap, _ = average_precision({0: found((NOWHERE, 0.9), (A, 0.8), (B, 0.7))}, {0: truth(A, B)})
        self.assertAlmostEqual(ap, 2 / 3)

    def test_second_box_on_one_person_is_a_false_alarm(self):
        ap, (_, _, precision) = average_precision({0: found((A, 0.9), (A, 0.8))}, {0: truth(A)})
        self.assertAlmostEqual(ap, 1.0)
        np.testing.assert_allclose(precision, [1, 1 / 2])

    def test_a_box_counts_only_in_its_own_frame(self):
        ap, _ = average_precision({0: found((B, 0.9)), 1: found((A, 0.9))}, {0: truth(A), 1: truth(B)})
        self.assertEqual(ap, 0.0)

    def test_half_overlap_is_a_hit_and_less_is_not(self):
        wide = (0, 0, 10, 10)
        self.assertAlmostEqual(average_precision({0: found(((0, 0, 5, 10), 0.9))}, {0: truth(wide)})[0], 1.0)
        self.assertEqual(average_precision({0: found(((0, 0, 4.9, 10), 0.9))}, {0: truth(wide)})[0], 0.0)


if __name__ == "__main__":
    unittest.main()

// What motmetrics 1.4.0 says of the random tracks, written down: holds the metrics where no motmetrics is at hand.
// against_motmetrics.py compares afresh.
#include <gtest/gtest.h>

#include "evaluate/random_tracks.h"
#include "evaluate/track_metrics.h"

namespace hedge::test {
namespace {

struct Figures {
  std::uint32_t seed;
  double mota, motp, idf1, idp, idr, precision, recall;
  int switches, fragmentations, false_positives, misses;
};

constexpr Figures kMotmetrics[] = {
    {1, 0.5513307984790874, 0.1987586391937924, 0.34765625, 0.357429718875502, 0.33840304182509506, 0.8433734939759037,
     0.7984790874524715, 26, 42, 39, 53},
    {2, 0.6, 0.1460842344564601, 0.8108108108108109, 0.7692307692307693, 0.8571428571428571, 0.7692307692307693,
     0.8571428571428571, 0, 4, 9, 5},
    {3, 0.33333333333333337, 0.231020829180093, 0.5970149253731343, 0.5405405405405406, 0.6666666666666666,
     0.7027027027027027, 0.8666666666666667, 5, 3, 11, 4},
    {4, 0.4347826086956522, 0.18177741878993509, 0.7157894736842105, 0.6938775510204082, 0.7391304347826086,
     0.7142857142857143, 0.7608695652173914, 1, 6, 14, 11},
    {5, 0.33333333333333337, 0.18413858767142896, 0.6304347826086957, 0.58, 0.6904761904761905, 0.68,
     0.8095238095238095, 4, 6, 16, 8},
    {6, 0.5555555555555556, 0.16571680802948738, 0.36666666666666664, 0.3333333333333333, 0.4074074074074074,
     0.7878787878787878, 0.9629629629629629, 4, 0, 7, 1},
    {7, 0.33333333333333337, 0.15663394124241306, 0.6, 0.6, 0.6, 0.7333333333333333, 0.7333333333333333, 4, 4, 8, 8},
    {8, 0.36363636363636365, 0.16601121314138248, 0.6111111111111112, 0.5641025641025641, 0.6666666666666666,
     0.7435897435897436, 0.8787878787878788, 7, 3, 10, 4},
};

TEST(MotFigures, AreThoseOfMotmetrics) {
  for (const Figures& expected : kMotmetrics) {
    SCOPED_TRACE(expected.seed);
    const RandomTracks tracks = random_tracks(expected.seed);
    const auto metrics = evaluate::track_metrics(tracks.truth, tracks.output);
    ASSERT_TRUE(metrics.has_value()) << metrics.error().message;
    EXPECT_NEAR(metrics->mota, expected.mota, 1e-9);
    EXPECT_NEAR(metrics->motp, expected.motp, 1e-9);
    EXPECT_NEAR(metrics->idf1, expected.idf1, 1e-9);
    EXPECT_NEAR(metrics->idp, expected.idp, 1e-9);
    EXPECT_NEAR(metrics->idr, expected.idr, 1e-9);
    EXPECT_NEAR(metrics->precision, expected.precision, 1e-9);
    EXPECT_NEAR(metrics->recall, expected.recall, 1e-9);
    EXPECT_EQ(metrics->counts.switches, expected.switches);
    EXPECT_EQ(metrics->counts.fragmentations, expected.fragmentations);
    EXPECT_EQ(metrics->counts.false_positives, expected.false_positives);
    EXPECT_EQ(metrics->counts.misses, expected.misses);
  }
}

}  // namespace
}  // namespace hedge::test

// COCO's rules on cases small enough to work out by hand; test/evaluate compares large ones with pycocotools.
#include "evaluate/average_precision.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hedge::evaluate {
namespace {

/// A box of 100 x 10 from `x`: moved by d it overlaps (100 - d) / (100 + d) of itself.
Rectangle at(double x) { return {.x = x, .y = 0, .width = 100, .height = 10}; }

TEST(Overlap, IsSharedOverUnion) {
  EXPECT_DOUBLE_EQ(overlap(at(0), {.box = at(0)}), 1);
  EXPECT_DOUBLE_EQ(overlap(at(50), {.box = at(0)}), 50.0 / 150);
  EXPECT_EQ(overlap(at(100), {.box = at(0)}), 0);
  // Over a crowd only the detection's own area counts.
  EXPECT_DOUBLE_EQ(overlap(at(50), {.box = at(0), .crowd = true}), 0.5);
}

TEST(Match, TheBestScoreChoosesFirst) {
  const std::vector<TrueBox> truths = {{.box = at(0)}, {.box = at(20)}};
  const std::vector<ScoredBox> detections = {{.score = 0.9, .box = at(15)}, {.score = 0.8, .box = at(16)}};
  const std::vector<Outcome> both = {Outcome::kRight, Outcome::kRight};
  EXPECT_EQ(Matcher(detections, truths).outcomes(0.5), both);
  const std::vector<Outcome> one = {Outcome::kRight, Outcome::kWrong};
  EXPECT_EQ(Matcher(detections, truths).outcomes(0.8), one);
}

TEST(Match, CrowdsTakeAnyNumberAndJudgeNone) {
  const std::vector<TrueBox> truths = {{.box = at(0), .crowd = true}, {.box = at(200)}};
  const std::vector<ScoredBox> detections = {
      {.score = 0.9, .box = at(10)}, {.score = 0.8, .box = at(20)}, {.score = 0.7, .box = at(200)}};
  const Matcher matcher(detections, truths);
  EXPECT_EQ(matcher.truths_counted(), 1);
  const std::vector<Outcome> expected = {Outcome::kIgnored, Outcome::kIgnored, Outcome::kRight};
  EXPECT_EQ(matcher.outcomes(0.5), expected);
}

TEST(AveragePrecision, PerfectIsOne) {
  const std::vector<TrueBox> truths = {{.class_id = 3, .box = at(0)}, {.class_id = 5, .box = at(50)}};
  const std::vector<ScoredBox> detections = {{.class_id = 3, .score = 0.4, .box = at(0)},
                                             {.class_id = 5, .score = 0.1, .box = at(50)},
                                             {.class_id = 7, .score = 0.9, .box = at(0)}};  // occurs nowhere
  const std::vector<ImageBoxes> images = {{truths, detections}};
  const AveragePrecision result = average_precision(images);
  EXPECT_NEAR(result.map, 1, 1e-9);
  EXPECT_NEAR(result.ar100, 1, 1e-9);
  ASSERT_EQ(result.classes.size(), 2u);
  EXPECT_EQ(result.classes[1].class_id, 5);
}

TEST(AveragePrecision, FallsWithOverlap) {
  const std::vector<TrueBox> truths = {{.box = at(0)}};
  const std::vector<ScoredBox> detections = {{.score = 1, .box = at(20)}};  // overlap 0.667
  const std::vector<ImageBoxes> images = {{truths, detections}};
  const AveragePrecision result = average_precision(images);
  EXPECT_NEAR(result.ap50, 1, 1e-9);
  EXPECT_EQ(result.ap75, 0);
  EXPECT_NEAR(result.map, 0.4, 1e-9);  // right at 0.50, 0.55, 0.60, 0.65
  EXPECT_NEAR(result.ar100, 0.4, 1e-9);
}

TEST(AveragePrecision, AFalseAlarmOnANegativeCosts) {
  const std::vector<TrueBox> truths = {{.box = at(0)}, {.box = at(300)}};
  const std::vector<ScoredBox> right = {{.score = 0.9, .box = at(0)}, {.score = 0.2, .box = at(300)}};
  const std::vector<ScoredBox> alarm = {{.score = 0.5, .box = at(0)}};
  const std::vector<ImageBoxes> images = {{truths, right}, {{}, alarm}};
  // Precision 1 up to recall 0.5 (51 of 101 points), then 2/3.
  EXPECT_NEAR(average_precision(images).ap50, (51 + 50 * 2.0 / 3) / 101, 1e-9);
}

TEST(AveragePrecision, OnlyTheBestHundredOfAClassCount) {
  const std::vector<TrueBox> truths = {{.box = at(0)}};
  std::vector<ScoredBox> detections(100, {.score = 0.9, .box = at(1000)});
  detections.push_back({.score = 0.8, .box = at(0)});
  const std::vector<ImageBoxes> images = {{truths, detections}};
  EXPECT_EQ(average_precision(images).ar100, 0);
}

TEST(AveragePrecision, WithoutTruthThereIsNone) {
  const std::vector<ScoredBox> detections = {{.score = 0.9, .box = at(0)}};
  const std::vector<ImageBoxes> images = {{{}, detections}};
  EXPECT_TRUE(std::isnan(average_precision(images).map));
  EXPECT_TRUE(average_precision(images).classes.empty());
  EXPECT_TRUE(std::isnan(average_precision({}).ap50));
}

TEST(OperatingPoint, CountsAtTheThreshold) {
  const std::vector<TrueBox> truths = {{.box = at(0)}, {.class_id = 1, .box = at(0)}, {.box = at(500), .crowd = true}};
  const std::vector<ScoredBox> detections = {{.score = 0.9, .box = at(0)},
                                             {.score = 0.6, .box = at(200)},
                                             {.score = 0.6, .box = at(500)},  // of the crowd: neither
                                             {.class_id = 1, .score = 0.4, .box = at(0)}};
  const std::vector<ImageBoxes> images = {{truths, detections}};
  EXPECT_DOUBLE_EQ(operating_point(images, 0.5).precision, 0.5);
  EXPECT_DOUBLE_EQ(operating_point(images, 0.5).recall, 0.5);
  EXPECT_DOUBLE_EQ(operating_point(images, 0.4).recall, 1);
  EXPECT_TRUE(std::isnan(operating_point(images, 0.95).precision));
  EXPECT_TRUE(std::isnan(operating_point({}, 0.5).recall));
}

}  // namespace
}  // namespace hedge::evaluate

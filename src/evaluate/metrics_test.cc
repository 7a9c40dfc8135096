// Metrics and agreement from answers written by hand.
#include "evaluate/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "evaluate/agreement.h"
#include "evaluate/coco_results.h"

namespace hedge::evaluate {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::int64_t rank(int true_class, std::vector<float> scores, int background = 0) {
  return rank_of(true_class, scores, background);
}

TEST(Rank, CountsWhatIsBetter) {
  EXPECT_EQ(rank(1, {0.1f, 0.9f, 0.3f}), 0);
  EXPECT_EQ(rank(0, {0.1f, 0.9f, 0.3f}), 2);
  EXPECT_EQ(rank(0, {0.1f, 0.9f, 0.3f}, 1), 0);  // class 0 stands behind the background
}

TEST(Rank, OfEqualScoresTheLowerNumberIsFirst) {
  EXPECT_EQ(rank(0, {0.5f, 0.5f}), 0);
  EXPECT_EQ(rank(1, {0.5f, 0.5f}), 1);
}

TEST(Rank, WhatIsNoNumberIsNeverRight) {
  EXPECT_GT(rank(0, {kNan, 0.5f}), 0);
  EXPECT_GT(rank(0, {0.5f, kNan}), 0);
  EXPECT_GT(rank(0, {kNan, kNan}), 0);
}

Evaluation classification(std::vector<std::vector<float>> scores, std::vector<int> truths) {
  Evaluation result{.task = pipeline::Task::kClassification, .labelled = true};
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const auto best = std::ranges::max_element(scores[k]) - scores[k].begin();
    result.answers.push_back({.sample = std::to_string(k),
                              .true_class = truths[k],
                              .scores = scores[k],
                              .top_class = static_cast<int>(best)});
  }
  return result;
}

TEST(Classification, TopOneAndTopFive) {
  Evaluation result = classification({{6, 5, 4, 3, 2, 1}, {6, 5, 4, 3, 2, 1}, {6, 5, 4, 3, 2, 1}}, {0, 4, 5});
  add_classification_metrics(result, 0);
  EXPECT_DOUBLE_EQ(*result.metric("top1"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*result.metric("top5"), 2.0 / 3);
  EXPECT_EQ(result.headline->name, "top-1");
  EXPECT_DOUBLE_EQ(result.headline->percent, 100.0 / 3);
  EXPECT_FALSE(result.metric("map").has_value());
}

TEST(Agreement, OfClassifiers) {
  const Evaluation a = classification({{1, 0}, {0, 1}}, {0, 0}), b = classification({{3, 0}, {1, 0}}, {0, 0});
  const Agreement same = agreement(a, a).value(), half = agreement(a, b).value();
  EXPECT_EQ(same.headline.percent, 100);
  EXPECT_DOUBLE_EQ(same.metrics[1].value, 1);
  EXPECT_EQ(half.headline.percent, 50);
  EXPECT_DOUBLE_EQ(half.metrics[1].value, 0.5);
}

TEST(Agreement, ABrokenModelAgreesWithNone) {
  const Evaluation broken = classification({{1, kNan}}, {0});
  EXPECT_EQ(agreement(broken, broken).value().headline.percent, 0);
}

Evaluation detection(std::vector<ScoredBox> boxes) {
  Evaluation result{.task = pipeline::Task::kDetection, .score_threshold = 0.5};
  result.answers.push_back({.sample = "0", .detections = std::move(boxes)});
  return result;
}

TEST(Agreement, OfDetectorsIsPrecisionAgainstWhatTheOtherIsSureOf) {
  const Rectangle here{0, 0, 10, 10}, there{50, 0, 10, 10}, elsewhere{90, 0, 10, 10};
  const Evaluation other = detection({{0, 0.9, here}, {1, 0.4, there}, {2, 0.2, elsewhere}});
  const Evaluation ours = detection({{0, 0.7, here}, {2, 0.6, elsewhere}});
  const Agreement found = agreement(ours, other).value();
  EXPECT_NEAR(found.metrics[0].value, 0.5, 1e-9);  // classes 0 and 1 occur with more than 0.3; class 1 is not found
  EXPECT_NEAR(found.metrics[1].value, 0.5, 1e-9);  // at the card's 0.5: class 0 agrees, class 2 does not
  EXPECT_NEAR(found.metrics[2].value, 1, 1e-9);
  EXPECT_NEAR(agreement(other, other).value().metrics[0].value, 1, 1e-9);
  EXPECT_NEAR(agreement(other, other).value().metrics[2].value, 1, 1e-9);
}

TEST(Agreement, NeedsTheSameSamplesAndOutputs) {
  const Evaluation two = classification({{1, 0}, {0, 1}}, {0, 0}), one = classification({{1, 0}}, {0});
  Evaluation renamed = one, wider = classification({{1, 0, 0}}, {0});
  renamed.answers[0].sample = "other";
  for (const auto& [a, b] :
       {std::pair(two, one), std::pair(one, renamed), std::pair(one, wider), std::pair(one, detection({}))}) {
    const auto result = agreement(a, b);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, base::ErrorKind::kUsage);
  }
}

class Numbered final : public Dataset {
 public:
  std::int64_t count() const override { return 0; }
  base::Result<Sample> sample(std::int64_t) const override { return Sample{}; }
  TruthKind truth() const override { return TruthKind::kBoxes; }
  std::int64_t category_id(int class_id) const override { return class_id + 90; }
};

TEST(CocoResults, NumberImagesByTheDatasetOrTheirNames) {
  Evaluation evaluation = detection({{1, 0.5, {1, 2, 3, 4.25}}});
  const auto results = [&](const std::string& name, std::optional<std::int64_t> id) {
    evaluation.answers[0].sample = name;
    evaluation.answers[0].image_id = id;
    return to_coco_results(evaluation, Numbered());
  };
  const std::string rest = R"(,"category_id":91,"bbox":[1.0,2.0,3.0,4.25],"score":0.5}])"
                           "\n";
  EXPECT_EQ(results("a.jpg", 7), R"([{"image_id":7)" + rest);
  EXPECT_EQ(results("train/000012.jpg", {}), R"([{"image_id":12)" + rest);
  EXPECT_EQ(results("a.jpg", {}), R"([{"image_id":"a")" + rest);
}

}  // namespace
}  // namespace hedge::evaluate

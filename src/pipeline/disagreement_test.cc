#include "pipeline/disagreement.h"

#include <cmath>

#include <gtest/gtest.h>

namespace hedge::pipeline {
namespace {

using Labels = std::vector<std::string>;

Detection box_at(float x, int class_id = 0, float score = 0.9f) {
  return {.class_id = class_id, .score = score, .box = {x, 10, 20, 40}};
}
Prediction boxes(std::vector<Detection> detections) { return {.detections = std::move(detections)}; }

double between(const Labels& labels, const Prediction& first, const Labels& others, const Prediction& other) {
  DisagreementMeter meter(ClassMap::create(labels, others).value());
  return meter(first, other);
}
double between(const Prediction& first, const Prediction& other) {
  return between({"person"}, first, {"person"}, other);
}

TEST(Disagreement, OfBoxes) {
  EXPECT_EQ(between(boxes({}), boxes({})), 0);
  EXPECT_EQ(between(boxes({box_at(0)}), boxes({box_at(2)})), 0);
  EXPECT_EQ(between(boxes({box_at(0)}), boxes({})), 1);
  EXPECT_EQ(between(boxes({box_at(0)}), boxes({box_at(12)})), 1);  // overlaps by a quarter
  EXPECT_DOUBLE_EQ(between(boxes({box_at(0), box_at(100)}), boxes({box_at(100)})), 1.0 / 3);
  EXPECT_DOUBLE_EQ(between(boxes({box_at(0)}), boxes({box_at(0), box_at(1)})), 1.0 / 3) << "a box is taken once";
  // The better one of two that overlap, and not the first.
  EXPECT_EQ(between(boxes({box_at(5), box_at(0)}), boxes({box_at(0), box_at(6)})), 0);
}

TEST(Disagreement, OfBoxesIsByLabel) {
  const Labels one = {"person"}, many = {"bicycle", "person", "car"};
  EXPECT_EQ(between(one, boxes({box_at(0)}), many, boxes({box_at(0, 1), box_at(50, 2)})), 0) << "only one knows cars";
  EXPECT_EQ(between(many, boxes({box_at(0, 1), box_at(50, 2)}), one, boxes({box_at(0)})), 0);
  EXPECT_EQ(between({"cat", "dog"}, boxes({box_at(0, 0)}), {"dog", "cat"}, boxes({box_at(0, 0)})), 1);
  EXPECT_FALSE(ClassMap::create({"cat"}, {"dog"}).has_value());
}

TEST(Disagreement, OfClasses) {
  const auto best = [](int class_id) { return Prediction{.classes = {{class_id, 0.6f}, {5, 0.2f}}}; };
  const Labels first = {"cat", "dog"}, other = {"dog", "cat", "ship"};
  EXPECT_EQ(between(first, best(0), other, best(1)), 0);
  EXPECT_EQ(between(first, best(0), other, best(0)), 1);
  EXPECT_EQ(between(first, best(0), other, best(2)), 1) << "the first model has no such class";
}

TEST(Disagreement, OfDetectorAndTracker) {
  Prediction prediction = boxes({box_at(0), box_at(100)});
  prediction.tracks = {{.id = 1, .confirmed = true}, {.id = 2, .confirmed = true}, {.id = 3, .confirmed = false}};
  prediction.detections[0].track = 1;
  prediction.detections[1].track = 2;
  EXPECT_EQ(track_disagreement(prediction), 0) << "an unconfirmed track says nothing";
  prediction.detections[1].track = 3;  // expected by no confirmed track, and track 2 has no detection
  EXPECT_DOUBLE_EQ(track_disagreement(prediction), 0.5);
  prediction.detections.clear();
  EXPECT_EQ(track_disagreement(prediction), 1);
  prediction.tracks.clear();
  EXPECT_EQ(track_disagreement(prediction), 0);
  EXPECT_TRUE(std::isnan(track_disagreement({.classes = {{0, 1}}})));
}

}  // namespace
}  // namespace hedge::pipeline

#include "pipeline/track_stage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/look.h"
#include "pipeline/mot_sink.h"
#include "pipeline/nms.h"
#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

using std::chrono::milliseconds;

Card detector_card() {
  Card card;
  card.output.score_threshold = 0.4f;
  return card;
}

media::Frame frame_at(milliseconds time) {
  media::Frame frame = random_frame(400, 100);
  frame.time = time;
  return frame;
}

Detection person(float x, float score) { return {.class_id = 0, .score = score, .box = {x, 10, 30, 80}}; }

TEST(TrackStage, TheDecoderGoesLowerForDetectorsOnly) {
  Card card = detector_card();
  EXPECT_FLOAT_EQ(TrackStage::decoded_for(card, {.low_score = 0.1f}).output.score_threshold, 0.1f);
  EXPECT_FLOAT_EQ(TrackStage::decoded_for(card, {.low_score = 0.6f}).output.score_threshold, 0.4f);
  card.task = Task::kClassification;
  EXPECT_FLOAT_EQ(TrackStage::decoded_for(card, {.low_score = 0.1f}).output.score_threshold, 0.4f);
}

TEST(TrackStage, WhatTheCardCallsNoDetectionKeepsTracksAndIsNotReported) {
  TrackStage stage({}, 0.4f);
  Prediction prediction;
  for (int frame = 0; frame < 10; ++frame) {
    prediction.clear();
    prediction.detections = {person(0, 0.9f), person(200, frame < 5 ? 0.8f : 0.2f)};
    stage.run(frame_at(milliseconds(100 * frame)), prediction);
    EXPECT_EQ(prediction.detections.size(), frame < 5 ? 2u : 1u);
    ASSERT_EQ(prediction.tracks.size(), 2u);
    EXPECT_EQ(prediction.detections[0].track, prediction.tracks[0].id);
    EXPECT_TRUE(prediction.tracks[1].visible);
  }
  EXPECT_EQ(stage.confirmed(), 2);
}

TEST(TrackStage, LightItFollowsOnlyWhatIsSure) {
  TrackStage stage({}, 0.4f);
  Prediction prediction;
  for (int frame = 0; frame < 10; ++frame) {
    prediction.clear();
    prediction.detections = {person(0, 0.9f), person(200, frame < 5 ? 0.8f : 0.2f)};
    stage.run(frame_at(milliseconds(100 * frame)), prediction, true);
    ASSERT_EQ(prediction.tracks.size(), 2u);
    EXPECT_EQ(prediction.tracks[1].visible, frame < 5);
  }
}

/// A frame on grey ground with a person in each box, in their own colour.
struct Clothed {
  Box box;
  std::array<std::uint8_t, 3> colour;
};
media::Frame clothed_frame(milliseconds time, std::initializer_list<Clothed> people) {
  constexpr int kWidth = 400, kHeight = 100;
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(3 * kWidth * kHeight, std::uint8_t{128});
  for (const auto& [box, colour] : people)
    for (int y = static_cast<int>(box.y); y < static_cast<int>(box.y + box.height); ++y)
      for (int x = static_cast<int>(box.x); x < static_cast<int>(box.x + box.width); ++x)
        std::ranges::copy(colour, bytes->begin() + 3 * (y * kWidth + x));
  return {
      .pixels = bytes->data(), .width = kWidth, .height = kHeight, .stride = 3 * kWidth, .time = time, .owner = bytes};
}

// Two people walk towards each other, are one box for a moment, and turn back: by place and speed alone they would have
// crossed.
TEST(TrackStage, WhoTurnsBackIsToldByHisClothes) {
  for (const float appearance : {0.0f, 1.0f}) {
    TrackStage stage({.appearance = appearance}, 0.4f);
    Prediction prediction;
    int red = -1, last = -1;
    for (int k = 0; k <= 20; ++k) {
      const float apart = k < 10 ? static_cast<float>(10 - k) : static_cast<float>(k - 10);
      const Detection left = person(150 - 5 * apart, 0.9f), right = person(150 + 5 * apart, 0.9f);
      const media::Frame frame =
          clothed_frame(milliseconds(100 * k), {{left.box, {0, 0, 200}}, {right.box, {60, 0, 0}}});
      prediction.clear();
      prediction.detections = {left, right};
      if (apart == 0) prediction.detections.pop_back();
      stage.run(frame, prediction);
      if (k == 5) red = prediction.detections[0].track;
      last = prediction.detections[0].track;
    }
    if (appearance > 0)
      EXPECT_EQ(last, red);
    else
      EXPECT_NE(last, red) << "the scene tells nothing";
  }
}

TEST(Look, IsOfTheBoxAndNotOfWhatIsBesideIt) {
  const Box box{100, 10, 30, 80}, other{200, 10, 30, 80};
  const media::Frame frame = clothed_frame({}, {{box, {0, 0, 200}}, {other, {60, 0, 0}}});
  const track::Appearance look = look_of(frame, box);
  ASSERT_TRUE(look.known());
  EXPECT_NEAR(look.similarity(look_of(frame, box)), 1, 1e-6);
  EXPECT_LT(look.similarity(look_of(frame, other)), 0.1);
  EXPECT_NEAR(look.similarity(look_of(frame, {98, 12, 34, 76})), 1, 1e-6) << "a detector's box is not exact";
  EXPECT_FALSE(look_of(frame, {500, 10, 30, 80}).known()) << "outside the frame";
  EXPECT_FALSE(look_of(frame, {-40, -90, 30, 80}).known());
  EXPECT_FALSE(look_of(frame, {NAN, 0, NAN, 10}).known());
}

// Lower boxes in the same NMS change nothing of what comes out above the threshold.
TEST(TrackStage, DetectionsAreThoseOfTheCardsThreshold) {
  std::vector<Detection> all;
  for (int k = 0; k < 60; ++k)
    all.push_back(person(static_cast<float>((k * 37) % 400), 0.1f + 0.8f * static_cast<float>((k * 29) % 60) / 60));
  std::vector<Detection> high;
  for (const Detection& one : all)
    if (one.score >= 0.4f) high.push_back(one);
  suppress(all, 0.45f, 100);
  suppress(high, 0.45f, 100);
  Prediction prediction{.detections = all};
  TrackStage stage({}, 0.4f);
  stage.run(frame_at(milliseconds(0)), prediction);
  ASSERT_GT(all.size(), high.size());
  ASSERT_EQ(prediction.detections.size(), high.size());
  for (std::size_t k = 0; k < high.size(); ++k) {
    EXPECT_EQ(prediction.detections[k].score, high[k].score);
    EXPECT_EQ(prediction.detections[k].box.x, high[k].box.x);
  }
}

TEST(MotLines, AreTheConfirmedTracksInSight) {
  media::Frame frame = random_frame(4, 4);
  frame.index = 41;
  Prediction prediction;
  prediction.tracks = {
      {.id = 3, .box = {1.234f, -2, 30.5f, 80}, .score = 0.91f, .confirmed = true, .visible = true},
      {.id = 5, .box = {1, 2, 3, 4}, .score = 0.9f, .confirmed = false, .visible = true},
      {.id = 6, .box = {1, 2, 3, 4}, .score = 0.9f, .confirmed = true, .visible = false},
      {.id = 8, .box = {100, 20, 30, 40}, .score = 0.25f, .confirmed = true, .visible = true},
  };
  const Card card;
  const StageTimes times{};
  const StageStatistics statistics;
  const FrameResult result{.frame = frame,
                           .prediction = prediction,
                           .card = card,
                           .times = times,
                           .statistics = statistics,
                           .annotated = nullptr,
                           .frames = 1,
                           .dropped = 0};
  EXPECT_EQ(to_mot_lines(result),
            "42,3,1.23,-2.00,30.50,80.00,0.9100,-1,-1,-1\n42,8,100.00,20.00,30.00,40.00,0.2500,-1,-1,-1\n");
}

TEST(MotSink, AFileThatCannotBeWrittenIsOneLine) {
  const auto sink = create_mot_sink("/nowhere/tracks.txt");
  ASSERT_FALSE(sink.has_value());
  EXPECT_NE(sink.error().message.find("/nowhere/tracks.txt"), std::string::npos);
}

}  // namespace
}  // namespace hedge::pipeline

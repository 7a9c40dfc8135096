#include "pipeline/track_stage.h"

#include <gtest/gtest.h>

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
    stage.run(milliseconds(100 * frame), prediction);
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
    stage.run(milliseconds(100 * frame), prediction, true);
    ASSERT_EQ(prediction.tracks.size(), 2u);
    EXPECT_EQ(prediction.tracks[1].visible, frame < 5);
  }
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
  stage.run(milliseconds(0), prediction);
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

// MOT files and the metrics on scenes that can be counted by hand; test/evaluate holds them against motmetrics.
#include "evaluate/track_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/file.h"
#include "evaluate/test_folder.h"

namespace hedge::evaluate {
namespace {

using base::ErrorKind;

TrackBox at(int frame, int id, double x, double confidence = 1, int class_id = 1) {
  return {.frame = frame, .id = id, .box = {x, 10, 20, 40}, .confidence = confidence, .class_id = class_id};
}

TrackMetrics measure(const std::vector<TrackBox>& truth, const std::vector<TrackBox>& output, double iou_min = 0.5) {
  return track_metrics(truth, output, iou_min).value();
}

TEST(TrackMetrics, AllRightIsOne) {
  const std::vector<TrackBox> truth = {at(1, 1, 0), at(1, 2, 100), at(2, 1, 5), at(2, 2, 105)};
  const TrackMetrics metrics = measure(truth, truth);
  EXPECT_EQ(metrics.mota, 1);
  EXPECT_EQ(metrics.motp, 0);
  EXPECT_EQ(metrics.idf1, 1);
  EXPECT_EQ(metrics.counts.things, 2);
}

TEST(TrackMetrics, ASwitchIsOneErrorAndHalfAnIdentity) {
  const std::vector<TrackBox> truth = {at(1, 1, 0), at(2, 1, 0), at(3, 1, 0), at(4, 1, 0)};
  const std::vector<TrackBox> output = {at(1, 7, 0), at(2, 7, 0), at(3, 8, 0), at(4, 8, 0)};
  const TrackMetrics metrics = measure(truth, output);
  EXPECT_EQ(metrics.counts.switches, 1);
  EXPECT_EQ(metrics.counts.fragmentations, 0);
  EXPECT_DOUBLE_EQ(metrics.mota, 0.75);
  EXPECT_DOUBLE_EQ(metrics.idf1, 0.5);
}

TEST(TrackMetrics, AGapIsAFragmentationNotASwitch) {
  const std::vector<TrackBox> truth = {at(1, 1, 0), at(2, 1, 0), at(3, 1, 0), at(4, 1, 0)};
  const std::vector<TrackBox> output = {at(1, 7, 0), at(3, 7, 0)};  // the last miss is the end, and no gap
  const TrackMetrics metrics = measure(truth, output);
  EXPECT_EQ(metrics.counts.switches, 0);
  EXPECT_EQ(metrics.counts.fragmentations, 1);
  EXPECT_EQ(metrics.counts.misses, 2);
  EXPECT_DOUBLE_EQ(metrics.idp, 1);
  EXPECT_DOUBLE_EQ(metrics.idr, 0.5);
}

TEST(TrackMetrics, APairStaysWhereAnotherIsNearer) {
  const std::vector<TrackBox> truth = {at(1, 1, 0), at(2, 1, 4)};
  const std::vector<TrackBox> output = {at(1, 7, 0), at(2, 7, 0), at(2, 8, 4)};
  const TrackMetrics metrics = measure(truth, output);
  EXPECT_EQ(metrics.counts.switches, 0);
  EXPECT_EQ(metrics.counts.false_positives, 1);
}

TEST(TrackMetrics, FramesWithoutTruthDoNotCount) {
  const std::vector<TrackBox> truth = {at(1, 1, 0), at(5, 1, 0)};
  const std::vector<TrackBox> output = {at(1, 7, 0), at(2, 7, 0), at(3, 9, 300), at(5, 7, 0)};
  const TrackMetrics metrics = measure(truth, output);
  EXPECT_EQ(metrics.mota, 1);
  EXPECT_EQ(metrics.counts.frames, 2);
  EXPECT_EQ(metrics.counts.outputs_left_out, 2);
}

TEST(TrackMetrics, WhatTheTruthDoesNotJudgeIsNeitherRightNorWrong) {
  const std::vector<TrackBox> output = {at(1, 7, 0), at(1, 8, 100)};
  const TrackMetrics distractor = measure({at(1, 1, 0), at(1, 2, 100, 0, 8)}, output);
  EXPECT_EQ(distractor.mota, 1);
  EXPECT_EQ(distractor.counts.outputs_left_out, 1);
  // Of a class that is none of the distractors it need not be found, but what is found there is wrong.
  const TrackMetrics unmarked = measure({at(1, 1, 0), at(1, 2, 100, 0, 1)}, output);
  EXPECT_EQ(unmarked.mota, 0);
  EXPECT_EQ(unmarked.counts.false_positives, 1);
  EXPECT_EQ(unmarked.counts.misses, 0);
}

TEST(TrackMetrics, TheOverlapDecides) {
  EXPECT_EQ(measure({at(1, 1, 0)}, {at(1, 7, 8)}, 0.5).counts.misses, 1);
  EXPECT_EQ(measure({at(1, 1, 0)}, {at(1, 7, 8)}, 0.4).counts.misses, 0);
}

TEST(TrackMetrics, NothingFoundHasNoPrecision) {
  const TrackMetrics metrics = measure({at(1, 1, 0)}, {});
  EXPECT_EQ(metrics.mota, 0);
  EXPECT_TRUE(std::isnan(metrics.precision));
  EXPECT_TRUE(std::isnan(metrics.motp));
  EXPECT_EQ(metrics.recall, 0);
}

TEST(TrackMetrics, WithoutTruthThereIsNoAnswer) {
  EXPECT_FALSE(track_metrics({}, std::vector{at(1, 7, 0)}).has_value());
  EXPECT_FALSE(track_metrics(std::vector{at(1, 1, 0, 0)}, std::vector{at(1, 7, 0)}).has_value());
  std::vector<TrackBox> crowd;
  for (int id = 0; id < 3000; ++id) crowd.push_back(at(1, id, id));
  const auto refused = track_metrics(crowd, crowd);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kResourceLimit);
}

class MotFile : public TestFolder {
 protected:
  base::Result<std::vector<TrackBox>> read(std::string_view text) {
    const auto file = path("tracks.txt");
    EXPECT_TRUE(base::write_file(file, text).has_value());
    return read_mot(file);
  }
  void refused(std::string_view text, std::string_view words) {
    const auto boxes = read(text);
    ASSERT_FALSE(boxes.has_value()) << text;
    EXPECT_EQ(boxes.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(boxes.error().message.find(words), std::string::npos) << boxes.error().message;
    EXPECT_EQ(boxes.error().message.find('\n'), std::string::npos);
  }
};

TEST_F(MotFile, LinesHaveSixToTenFields) {
  const auto boxes = read("1,2,3.5,-4,5,6\n\n1, 3, 1, 2, 3, 4, 0, 8, 0.5, -1\r\n2 3 1 2 3 4 0.9\n");
  ASSERT_TRUE(boxes.has_value()) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 3u);
  EXPECT_EQ((*boxes)[0].id, 2);
  EXPECT_EQ((*boxes)[0].box.x, 3.5);
  EXPECT_EQ((*boxes)[0].confidence, 1);
  EXPECT_EQ((*boxes)[0].class_id, -1);
  EXPECT_EQ((*boxes)[1].confidence, 0);
  EXPECT_EQ((*boxes)[1].class_id, 8);
  EXPECT_EQ((*boxes)[2].frame, 2);
}

TEST_F(MotFile, ABrokenLineIsNamed) {
  refused("1,1,0,0,5,5\n1,2,0,0,5\n", "tracks.txt:2: 5 fields");
  refused("1,1,0,0,5,5,1,1,1,1,1\n", ":1: 11 fields");
  refused("0,1,0,0,5,5\n", "frame");
  refused("1.5,1,0,0,5,5\n", "whole number");
  refused("1,-1,0,0,5,5\n", "id");
  refused("1,1,x,0,5,5\n", "'x', which is no number");
  refused("1,1,nan,0,5,5\n", "no number");
  refused("1,1,0,0,0,5\n", "width");
  refused("1,1,,0,5,5\n", "left side");
  refused("1,1,0,0,5,5\n\n1,1,9,9,5,5\n", ":3: a second box of 1 in frame 1");
  EXPECT_EQ(read_mot(path("none.txt")).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace hedge::evaluate

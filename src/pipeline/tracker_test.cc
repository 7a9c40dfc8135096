#include "pipeline/tracker.h"

#include <gtest/gtest.h>

namespace hedge::pipeline {
namespace {

Detection at(float x, int class_id = 0) { return {class_id, 0.9f, {x, 10, 20, 40}}; }

TEST(Tracker, AThingKeepsItsNumber) {
  Tracker tracker;
  int first = -1;
  for (int frame = 0; frame < 20; ++frame) {
    std::vector<Detection> detections{at(static_cast<float>(3 * frame)), at(200 - static_cast<float>(3 * frame))};
    tracker.update(detections);
    if (frame == 0) first = detections[0].track;
    EXPECT_EQ(detections[0].track, first);
    EXPECT_NE(detections[1].track, first);
  }
  EXPECT_EQ(tracker.confirmed(), 2);
}

TEST(Tracker, AShortGapIsBridgedALongOneIsNot) {
  const TrackerOptions options{.misses_max = 3, .hits_to_confirm = 1};
  for (const int gap : {3, 4}) {
    Tracker tracker(options);
    std::vector<Detection> detections{at(0)};
    tracker.update(detections);
    const int number = detections[0].track;
    std::vector<Detection> nothing;
    for (int k = 0; k < gap; ++k) tracker.update(nothing);
    tracker.update(detections);
    EXPECT_EQ(detections[0].track == number, gap == 3);
  }
}

TEST(Tracker, ClassesDoNotMix) {
  Tracker tracker;
  std::vector<Detection> cat{at(0, 1)}, dog{at(0, 2)};
  tracker.update(cat);
  tracker.update(dog);
  EXPECT_NE(cat[0].track, dog[0].track);
}

TEST(Tracker, AFlickerIsNotCounted) {
  Tracker tracker;
  std::vector<Detection> once{at(0)}, nothing;
  tracker.update(once);
  for (int k = 0; k < 30; ++k) tracker.update(nothing);
  EXPECT_EQ(tracker.confirmed(), 0);
}

}  // namespace
}  // namespace hedge::pipeline

#include "track/tracker.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <map>

#include "base/allocation_counter.h"
#include "track/test_scene.h"

namespace hedge::track {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr float kDetectionScore = 0.4f;

nanoseconds at(double seconds) { return nanoseconds(std::llround(seconds * 1e9)); }

std::vector<int> update(Tracker& tracker, nanoseconds time, const std::vector<Observation>& observations) {
  std::vector<int> ids(observations.size());
  tracker.update(time, observations, ids);
  return ids;
}

Observation person(float x, float score = 0.9f, int class_id = 0) { return {{x, 10, 30, 80}, score, class_id}; }

/// How well numbers were kept over a time: of the sightings with a confirmed number, those whose number is the one that
/// their walker has most often.
struct Kept {
  int sightings = 0;
  int right = 0;
  int ended_as_begun = 0;  ///< walkers whose last number is their first
  double share() const { return static_cast<double>(right) / sightings; }
};

Kept follow(Tracker& tracker, Street& street, const std::vector<double>& times) {
  std::map<int, std::map<int, int>> numbers;
  std::map<int, int> first, last;
  for (const double time : times) {
    const std::vector<Seen> seen = street.look(time);
    std::vector<Observation> observations;
    for (const Seen& one : seen) observations.push_back(one.observation);
    const std::vector<int> ids = update(tracker, at(time), observations);
    for (std::size_t k = 0; k < seen.size(); ++k)
      for (const Track& track : tracker.tracks())
        if (track.id == ids[k] && track.confirmed) {
          ++numbers[seen[k].walker][track.id];
          first.emplace(seen[k].walker, track.id);
          last[seen[k].walker] = track.id;
        }
  }
  Kept kept;
  for (const auto& [walker, counts] : numbers) {
    int most = 0;
    for (const auto& [number, count] : counts) {
      kept.sightings += count;
      most = std::max(most, count);
    }
    kept.right += most;
    kept.ended_as_begun += first[walker] == last[walker] ? 1 : 0;
  }
  return kept;
}

std::vector<double> even_times(double seconds, double step) {
  std::vector<double> times;
  for (double time = 0; time < seconds; time += step) times.push_back(time);
  return times;
}

/// A camera of 30 frames a second of which half are lost, at times that shake.
std::vector<double> uneven_times(Dice& dice) {
  std::vector<double> times;
  for (double time = 0; time < 8; time += 1.0 / 30)
    if (!dice.one_in(2)) times.push_back(time + dice.between(-0.01f, 0.01f));
  return times;
}

TEST(Tracker, TwoWhoMeetKeepTheirNumbers) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    Street street(seed, 2);
    Tracker tracker({}, kDetectionScore);
    const Kept kept = follow(tracker, street, even_times(8, 0.1));
    EXPECT_EQ(kept.ended_as_begun, 2) << seed;
    EXPECT_GT(kept.share(), 0.98) << seed;  // where one hides all of the other, a frame may be ambiguous
    EXPECT_EQ(tracker.confirmed(), 2) << seed;
  }
}

TEST(Tracker, IdentitiesSurviveACrowd) {
  int strangers = 0;
  Kept all;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    Street street(seed, 8);
    Tracker tracker({}, kDetectionScore);
    const Kept kept = follow(tracker, street, even_times(8, 0.1));
    all.sightings += kept.sightings;
    all.right += kept.right;
    strangers += std::abs(tracker.confirmed() - 8);
  }
  EXPECT_GT(all.share(), 0.99);
  EXPECT_EQ(strangers, 0);
}

TEST(Tracker, DroppedFramesAndUnevenTimesChangeNothing) {
  int strangers = 0;
  Kept all;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    Street street(seed, 8);
    Tracker tracker({}, kDetectionScore);
    const Kept kept = follow(tracker, street, uneven_times(street.dice()));
    all.sightings += kept.sightings;
    all.right += kept.right;
    strangers += std::abs(tracker.confirmed() - 8);
  }
  EXPECT_GT(all.share(), 0.99);
  EXPECT_EQ(strangers, 0);
}

TEST(Tracker, TheVelocityIsThatOfTheThing) {
  for (const double step : {0.033, 0.1, 0.2}) {
    Tracker tracker({}, kDetectionScore);
    for (const double time : even_times(4, step)) update(tracker, at(time), {person(static_cast<float>(60 * time))});
    ASSERT_EQ(tracker.tracks().size(), 1u);
    EXPECT_NEAR(tracker.tracks()[0].velocity.x, 60, 1);
    EXPECT_NEAR(tracker.tracks()[0].velocity.height, 0, 1);
  }
}

TEST(Tracker, UnsureBoxesKeepATrackAndBeginNone) {
  Tracker tracker({}, kDetectionScore);
  double time = 0;
  for (; time < 1; time += 0.1) update(tracker, at(time), {person(0), person(300, 0.2f)});
  ASSERT_EQ(tracker.tracks().size(), 1u);  // the one at 300 was never sure
  const int id = tracker.tracks()[0].id;
  for (; time < 6; time += 0.1) {  // longer than a lost one is remembered
    const auto ids = update(tracker, at(time), {person(0, 0.2f)});
    ASSERT_EQ(ids[0], id);
    ASSERT_TRUE(tracker.tracks()[0].visible);
  }
  EXPECT_EQ(tracker.tracks()[0].score, 0.2f);
  const double away = time + TrackerOptions().coast_s + 0.1;
  update(tracker, at(time), {});
  EXPECT_EQ(update(tracker, at(away), {person(0, 0.2f)})[0], -1);  // lost: only a sure one brings it back
  EXPECT_EQ(update(tracker, at(away + 0.1), {person(0)})[0], id);
}

TEST(Tracker, BoxesBelowTheLowScoreAreNothing) {
  Tracker tracker({.low_score = 0.15f}, kDetectionScore);
  double time = 0;
  for (; time < 1; time += 0.1) update(tracker, at(time), {person(0)});
  EXPECT_EQ(update(tracker, at(time), {person(0, 0.14f)})[0], -1);
  EXPECT_FALSE(tracker.tracks()[0].visible);
}

TEST(Tracker, LimitsAreSecondsNotFrames) {
  for (const double step : {0.02, 0.1, 0.3}) {
    const TrackerOptions options{.confirm_s = 0.55f, .lost_s = 1.0f};
    Tracker tracker(options, kDetectionScore);
    double time = 0;
    while (tracker.confirmed() == 0) {
      update(tracker, at(time), {person(0)});
      ASSERT_EQ(tracker.confirmed() > 0, time >= 0.55) << step;
      time += step;
    }
    const double last = time - step;
    const int id = tracker.tracks()[0].id;
    for (; time - last < 0.95; time += step) update(tracker, at(time), {});
    ASSERT_EQ(tracker.tracks().size(), last + 0.95 > time - 1 ? 1u : 0u);
    Tracker later = tracker;
    EXPECT_EQ(update(later, at(last + 0.98), {person(0)})[0], id) << step;
    EXPECT_NE(update(tracker, at(last + 1.02), {person(0)})[0], id) << step;
  }
}

TEST(Tracker, AFlickerIsNotCounted) {
  Tracker tracker({}, kDetectionScore);
  double time = 0;
  for (int flicker = 0; flicker < 5; ++flicker) {
    update(tracker, at(time), {person(0)});
    update(tracker, at(time + 0.1), {person(1)});
    for (int k = 2; k < 8; ++k) update(tracker, at(time + 0.1 * k), {});
    time += 0.8;
  }
  EXPECT_EQ(tracker.confirmed(), 0);
  EXPECT_TRUE(tracker.tracks().empty());
}

TEST(Tracker, ClassesDoNotMix) {
  Tracker tracker({}, kDetectionScore);
  const int person_id = update(tracker, at(0), {person(0, 0.9f, 1)})[0];
  const int dog_id = update(tracker, at(0.1), {person(0, 0.9f, 2)})[0];
  EXPECT_NE(person_id, dog_id);
  const auto ids = update(tracker, at(0.2), {person(0, 0.9f, 2), person(0, 0.8f, 1)});
  EXPECT_EQ(ids, (std::vector{dog_id, person_id}));
}

TEST(Tracker, SomethingElseFarAwayIsNotTaken) {
  Tracker tracker({}, kDetectionScore);
  double time = 0;
  for (; time < 2; time += 0.1) update(tracker, at(time), {person(100)});
  const int id = tracker.tracks()[0].id;
  // Overlaps enough, but what stood there for two seconds does not grow to twice its size in a tenth of one.
  const auto ids = update(tracker, at(time), {{{80, 10, 60, 160}, 0.9f, 0}});
  EXPECT_NE(ids[0], id);
}

TEST(Tracker, AClockThatGoesBackIsANewScene) {
  Tracker tracker({}, kDetectionScore);
  const int id = update(tracker, at(5), {person(0)})[0];
  EXPECT_NE(update(tracker, at(1), {person(0)})[0], id);
  EXPECT_EQ(tracker.tracks().size(), 1u);
}

TEST(Tracker, TheSameTimeTwiceIsNoHarm) {
  Tracker tracker({}, kDetectionScore);
  const int id = update(tracker, at(1), {person(0)})[0];
  EXPECT_EQ(update(tracker, at(1), {person(1)})[0], id);
  EXPECT_TRUE(std::isfinite(tracker.tracks()[0].velocity.x));
}

TEST(Tracker, WhatIsNoBoxIsLeftAside) {
  Tracker tracker({}, kDetectionScore);
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  const std::vector<Observation> broken = {{{nan, 0, 10, 10}, 0.9f},  {{0, infinity, 10, 10}, 0.9f},
                                           {{0, 0, 1e30f, 10}, 0.9f}, {{0, 0, 0, 10}, 0.9f},
                                           {{0, 0, 10, -1}, 0.9f},    {{0, 0, 10, 10}, nan}};
  for (const int id : update(tracker, at(0), broken)) EXPECT_EQ(id, -1);
  EXPECT_TRUE(tracker.tracks().empty());
}

TEST(Tracker, KnownFalseBoxesAreLeftAsideAndWhatPassesThemIsNot) {
  Tracker tracker({.false_boxes = {{100, 10, 30, 80}}}, kDetectionScore);
  const auto ids = update(tracker, at(0), {person(101), person(118)});
  EXPECT_EQ(ids[0], -1);
  EXPECT_NE(ids[1], -1);
}

TEST(Tracker, ACrowdIsBounded) {
  Tracker tracker({.tracks_max = 20}, kDetectionScore);
  std::vector<Observation> crowd;
  for (int k = 0; k < 500; ++k)
    crowd.push_back(person(static_cast<float>(40 * k), 0.5f + 0.0005f * static_cast<float>(k)));
  for (int frame = 0; frame < 5; ++frame) {
    const auto ids = update(tracker, at(0.1 * frame), crowd);
    EXPECT_EQ(tracker.tracks().size(), 20u);
    EXPECT_NE(ids.back(), -1);  // the best scores
    EXPECT_EQ(ids.front(), -1);
  }
}

/// FNV-1a over everything that a tracker says of a street.
std::uint64_t digest(std::uint32_t seed) {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::uint64_t value) { hash = (hash ^ value) * 1099511628211u; };
  Street street(seed, 12);
  Tracker tracker({}, kDetectionScore);
  for (const double time : even_times(10, 0.1)) {
    std::vector<Observation> observations;
    for (const Seen& one : street.look(time)) observations.push_back(one.observation);
    for (const int id : update(tracker, at(time), observations)) add(static_cast<std::uint64_t>(id));
    for (const Track& track : tracker.tracks())
      for (const Box& box : {track.box, track.velocity})
        for (const float value : {box.x, box.y, box.width, box.height}) add(std::bit_cast<std::uint32_t>(value));
  }
  return hash;
}

TEST(Tracker, TheBitsAreTheSameOnEveryMachine) {
  EXPECT_EQ(digest(1), 14607587522083459438u);
  EXPECT_EQ(digest(2), 8084192191849981438u);
}

TEST(Tracker, AFrameAllocatesNothing) {
#if !defined(HEDGE_COUNTS_ALLOCATIONS)
  GTEST_SKIP() << "allocations are counted with glibc's malloc only";
#endif
  Street street(3, 12);
  std::vector<std::vector<Observation>> frames;
  for (const double time : even_times(20, 0.1)) {
    frames.emplace_back();
    for (const Seen& one : street.look(time)) frames.back().push_back(one.observation);
  }
  Tracker tracker({.tracks_max = 40}, kDetectionScore);
  std::vector<Observation> crowd;  // the most there can be: as many tracks, and as many boxes again
  for (int k = 0; k < 40; ++k) crowd.push_back(person(static_cast<float>(100 * k)));
  std::vector<int> ids(64);
  const long before = base::allocations.load();
  EXPECT_GT(before, 0) << "the counter does not count";
  for (int k = 0; k < 5; ++k) tracker.update(at(0.1 * k), crowd, std::span(ids).first(crowd.size()));
  for (std::size_t k = 0; k < frames.size(); ++k)
    tracker.update(at(0.5 + 0.1 * static_cast<double>(k)), frames[k], std::span(ids).first(frames[k].size()));
  EXPECT_EQ(base::allocations.load() - before, 0);
  EXPECT_GT(tracker.confirmed(), 40);
}

}  // namespace
}  // namespace hedge::track

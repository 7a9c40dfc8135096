// The worker's monitors: deadlines, pictures, answers.
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "guard/check_finite.h"
#include "guard/deadline_monitor.h"
#include "guard/fault.h"
#include "guard/frame_monitor.h"
#include "guard/noisy_picture.h"

namespace hedge::guard {
namespace {

using namespace std::chrono_literals;

Budget budget() {
  Budget budget{.deadline = 50ms, .misses_max = 3, .misses_of = 5};
  budget.stages[static_cast<std::size_t>(Stage::kInfer)] = 30ms;
  return budget;
}

TEST(DeadlineMonitor, a_frame_at_its_deadline_is_in_time_and_one_behind_it_is_not) {
  DeadlineMonitor monitor(budget());
  monitor.begin(1s);
  EXPECT_FALSE(monitor.end(1s + 50ms).missed);
  EXPECT_DOUBLE_EQ(monitor.pressure(), 1);
  monitor.begin(2s);
  const auto verdict = monitor.end(2s + 50ms + 1ns);
  EXPECT_TRUE(verdict.missed);
  EXPECT_EQ(verdict.flags(), kFlagMissed);
  EXPECT_EQ(monitor.frames(), 2U);
  EXPECT_EQ(monitor.misses(), 1U);
  EXPECT_EQ(monitor.worst(), 50ms + 1ns);
}

TEST(DeadlineMonitor, a_frame_that_is_late_already_makes_the_storm_before_it_ends) {
  DeadlineMonitor monitor({.deadline = 50ms, .misses_max = 2, .misses_of = 5});
  monitor.begin(0ms);
  EXPECT_EQ(monitor.storm_at(), 0ms) << "the first miss";
  EXPECT_FALSE(monitor.end(60ms).storm);
  monitor.begin(100ms);
  EXPECT_EQ(monitor.storm_at(), 150ms);
  EXPECT_FALSE(monitor.end(120ms).storm) << "looking changed nothing";
}

TEST(DeadlineMonitor, three_of_the_last_five_are_a_storm) {
  DeadlineMonitor monitor(budget());
  const struct {
    bool late, storm;
  } kFrames[] = {{true, false},  {false, false}, {true, false},  {false, false}, {true, true},
                 {false, false}, {false, false}, {false, false}, {true, false},  {true, false},
                 {true, true},   {false, true},  {false, true},  {false, false}};
  for (const auto& frame : kFrames) {
    monitor.begin(0ms);
    EXPECT_EQ(monitor.end(frame.late ? 60ms : 20ms).storm, frame.storm);
  }
  monitor.begin(0ms);
  monitor.end(60ms);
  monitor.begin(0ms);
  monitor.end(60ms);
  monitor.forget();
  monitor.begin(0ms);
  EXPECT_FALSE(monitor.end(60ms).storm);
}

TEST(DeadlineMonitor, a_stage_over_its_budget_is_told_even_where_the_frame_is_in_time) {
  DeadlineMonitor monitor(budget());
  monitor.begin(0ms);
  monitor.stage(Stage::kInfer, 31ms);
  monitor.stage(Stage::kDecode, 10ms);
  const auto verdict = monitor.end(45ms);
  EXPECT_FALSE(verdict.missed);
  EXPECT_EQ(verdict.over_budget, 1U << static_cast<int>(Stage::kInfer));
  EXPECT_EQ(monitor.over_budget(Stage::kInfer), 1U);
  EXPECT_EQ(monitor.worst(Stage::kDecode), 10ms);
  monitor.begin(100ms);
  EXPECT_EQ(monitor.end(120ms).over_budget, 0U);
}

TEST(DeadlineMonitor, without_a_deadline_nothing_is_missed) {
  DeadlineMonitor monitor(Budget{});
  monitor.begin(0ms);
  EXPECT_FALSE(monitor.end(1h).missed);
  EXPECT_EQ(monitor.pressure(), 0);
}

PictureSample sample(const NoisyPicture& picture) {
  return sample_picture(picture.pixels().data(), 3 * picture.width(), picture.height(), 3 * picture.width(), 24);
}

TEST(FrameMonitor, a_sensor_never_gives_the_same_hash_and_a_buffer_does) {
  NoisyPicture picture(768, 576, 120);
  const auto first = sample(picture);
  EXPECT_EQ(sample(picture).hash, first.hash);
  for (int k = 0; k < 50; ++k) {
    picture.next();
    EXPECT_NE(sample(picture).hash, first.hash);
  }
}

TEST(FrameMonitor, one_changed_byte_of_a_sampled_row_changes_the_hash_and_padding_does_not) {
  std::vector<std::uint8_t> pixels(64 * 107, 50);  // 101 bytes a row, no multiple of anything, in a stride of 107
  const auto hash = [&] { return sample_picture(pixels.data(), 101, 64, 107, 24).hash; };
  const auto before = hash();
  for (int x = 0; x < 107; ++x) {
    pixels[107 * 33 + static_cast<std::size_t>(x)] ^= 1;  // of 64 rows every odd one is read
    EXPECT_EQ(hash() == before, x >= 101) << x;
    pixels[107 * 33 + static_cast<std::size_t>(x)] ^= 1;
  }
}

TEST(FrameMonitor, a_picture_that_repeats_for_the_time_is_frozen_until_it_changes) {
  FrameMonitor monitor({.frozen = 60ms}, 0ms);
  NoisyPicture picture(320, 240, 120);
  EXPECT_EQ(monitor.frame(sample(picture), 0ms), 0U);
  picture.next();
  EXPECT_EQ(monitor.frame(sample(picture), 33ms), 0U);
  EXPECT_EQ(monitor.frame(sample(picture), 66ms), 0U);
  EXPECT_EQ(monitor.frame(sample(picture), 100ms), kFlagFrozen);
  EXPECT_EQ(monitor.idle(110ms), kFlagFrozen);
  picture.next();
  EXPECT_EQ(monitor.frame(sample(picture), 133ms), 0U);
}

TEST(FrameMonitor, one_doubled_picture_of_a_slow_camera_is_not_frozen) {
  FrameMonitor monitor({.frozen = 60ms}, 0ms);
  NoisyPicture picture(320, 240, 120);
  monitor.frame(sample(picture), 0ms);
  EXPECT_EQ(monitor.frame(sample(picture), 200ms), 0U);
  picture.next();
  EXPECT_EQ(monitor.frame(sample(picture), 400ms), 0U);
}

TEST(FrameMonitor, a_covered_lens_is_black_and_a_dark_street_with_a_lamp_is_not) {
  FrameMonitor monitor({.black = 60ms}, 0ms);
  NoisyPicture covered(320, 240, 8);  // noise and all
  EXPECT_EQ(monitor.frame(sample(covered), 0ms), 0U);
  covered.next();
  EXPECT_EQ(monitor.frame(sample(covered), 33ms), 0U);
  covered.next();
  EXPECT_EQ(monitor.frame(sample(covered), 66ms), kFlagBlack);
  NoisyPicture street(320, 240, 8);
  street.light(100, 60, 24);
  for (int k = 3; k < 10; ++k, street.next()) EXPECT_EQ(monitor.frame(sample(street), 33ms * k), 0U);
}

TEST(FrameMonitor, silence_is_no_frames_from_the_start_and_after_a_frame) {
  FrameMonitor monitor({.no_frames = 100ms}, 1s);
  EXPECT_EQ(monitor.idle(1099ms), 0U);
  EXPECT_EQ(monitor.idle(1100ms), kFlagNoFrames);
  monitor.frame(sample(NoisyPicture(64, 64, 120)), 1200ms);
  EXPECT_EQ(monitor.idle(1299ms), 0U);
  EXPECT_EQ(monitor.idle(1300ms), kFlagNoFrames);
}

TEST(FrameMonitor, each_limit_of_zero_switches_its_question_off) {
  FrameMonitor monitor({.frozen = 0ms, .black = 0ms, .no_frames = 0ms}, 0ms);
  const NoisyPicture black(64, 64, 0);
  for (int k = 0; k < 10; ++k) EXPECT_EQ(monitor.frame(sample(black), 1s * k), 0U);
  EXPECT_EQ(monitor.idle(1h), 0U);
}

TEST(FrameMonitor, an_empty_picture_is_black) {
  EXPECT_EQ(sample_picture(nullptr, 0, 0, 0, 24).bytes, 0U);
  FrameMonitor monitor({}, 0ms);
  monitor.frame(PictureSample{}, 0ms);
  monitor.frame(PictureSample{}, 100ms);
  EXPECT_EQ(monitor.frame(PictureSample{}, 200ms), kFlagFrozen | kFlagBlack);
}

TEST(CheckFinite, finds_each_bad_value_anywhere) {
  for (const std::size_t size : {1UL, 15UL, 4096UL, 10'007UL}) {
    std::vector<float> values(size, -3.4e38F);
    EXPECT_TRUE(check_finite(values));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::signaling_NaN(),
                            std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()})
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        values[at] = bad;
        EXPECT_FALSE(check_finite(values)) << size << " " << at;
        values[at] = std::numeric_limits<float>::denorm_min();
      }
  }
  EXPECT_TRUE(check_finite(std::span<const float>()));
}

TEST(CheckFinite, knows_half_precision) {
  const std::vector<std::uint16_t> numbers = {0, 0x8000, 0x3C00, 0x7BFF, 0x0001};  // 65504 is the largest
  EXPECT_TRUE(check_finite(numbers));
  for (const std::uint16_t bad : {0x7C00, 0xFC00, 0x7E00, 0xFFFF}) EXPECT_FALSE(check_finite(std::vector{bad}));
}

}  // namespace
}  // namespace hedge::guard

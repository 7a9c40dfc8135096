#include "track/options.h"

#include <gtest/gtest.h>

namespace hedge::track {
namespace {

TEST(TrackerOptions, EveryKeyIsRead) {
  const auto options = parse_options(R"(
[track]
low_score = 0.2
new_score = 0.6
iou_min = 0.15
iou_min_low = 0.4
gate = 4
confirm_s = 0.5
lost_s = 3
coast_s = 0.7
tentative_lost_s = 0.1
tracks_max = 50
measurement_noise = 0.1
acceleration_noise = 2
growth_noise = 0.3
false_boxes = [1, 2, 3, 4, 5.5, 6, 7, 8]
)",
                                     "t.toml");
  ASSERT_TRUE(options.has_value()) << options.error().message;
  EXPECT_FLOAT_EQ(options->low_score, 0.2f);
  EXPECT_FLOAT_EQ(options->new_score, 0.6f);
  EXPECT_FLOAT_EQ(options->iou_min, 0.15f);
  EXPECT_FLOAT_EQ(options->iou_min_low, 0.4f);
  EXPECT_FLOAT_EQ(options->gate, 4);
  EXPECT_FLOAT_EQ(options->confirm_s, 0.5f);
  EXPECT_FLOAT_EQ(options->lost_s, 3);
  EXPECT_FLOAT_EQ(options->coast_s, 0.7f);
  EXPECT_FLOAT_EQ(options->tentative_lost_s, 0.1f);
  EXPECT_EQ(options->tracks_max, 50);
  EXPECT_NEAR(options->noise.measurement, 0.1, 1e-6);
  EXPECT_NEAR(options->noise.acceleration, 2, 1e-6);
  EXPECT_NEAR(options->noise.growth, 0.3, 1e-6);
  ASSERT_EQ(options->false_boxes.size(), 2u);
  EXPECT_FLOAT_EQ(options->false_boxes[1].x, 5.5f);
  EXPECT_FLOAT_EQ(options->false_boxes[1].height, 8);
}

TEST(TrackerOptions, NothingIsTheDefaults) {
  const auto options = parse_options("", "t.toml");
  ASSERT_TRUE(options.has_value());
  EXPECT_FLOAT_EQ(options->low_score, TrackerOptions().low_score);
}

TEST(TrackerOptions, WhatIsWrongIsNamedWithItsLine) {
  const auto refused = [](std::string_view text, std::string_view words) {
    const auto options = parse_options(text, "t.toml");
    ASSERT_FALSE(options.has_value()) << text;
    EXPECT_NE(options.error().message.find(words), std::string::npos) << options.error().message;
    EXPECT_EQ(options.error().message.find('\n'), std::string::npos);
  };
  refused("[track]\nlow_scroe = 0.2\n", "t.toml:2: unknown key 'low_scroe'");
  refused("[track]\n\nlow_score = 2\n", "t.toml:3: low_score must be 0 to 1");
  refused("[track]\ntracks_max = 0\n", "t.toml:2: tracks_max");
  refused("[track]\nfalse_boxes = [1, 2, 3]\n", "t.toml:2: false_boxes must hold x, y, width, height");
  refused("[tracks]\n", "t.toml:1: 'tracks'");
  refused("track = 1\n", "t.toml:1: 'track'");
  refused("[track\n", "t.toml:1");
}

}  // namespace
}  // namespace hedge::track

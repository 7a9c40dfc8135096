// Decisions recorded and decided again, with a small engine of our own and pictures that were kept beside the log.
#include "pipeline/replay.h"

#include <unistd.h>
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/sample_program.h"
#include "format/decision_log_sample.h"
#include "pipeline/decision_recorder.h"
#include "pipeline/sample_card.h"
#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr int kSize = 32, kClasses = 16, kFrames = 12;

Network sample_network(int classes) {
  engine::Engine engine = engine::Engine::create(engine::sample_program({.size = kSize, .channels = classes})).value();
  Card card = sample_card(engine, kSize);
  return Network::create(std::move(engine), std::move(card), {}).value();
}

Runner sample_runner(int classes = kClasses) {
  Network network = sample_network(classes);
  return Runner::create(std::move(network.engine), std::move(network.card)).value();
}

/// A camera: its frames are not to be had again. It drops every third.
class Camera final : public media::Source {
 public:
  base::Result<std::optional<media::Frame>> next() override {
    if (given_ == kFrames) return std::optional<media::Frame>();
    const int index = given_ / 2 * 3 + given_ % 2;
    ++given_;
    // Another size half way: another segment.
    media::Frame frame = random_frame(given_ > kFrames / 2 ? 44 : 40, 30, static_cast<std::uint32_t>(index));
    frame.index = index;
    frame.time = frame.captured.time_since_epoch();
    return frame;
  }
  std::int64_t dropped() const override { return given_ / 2; }
  bool live() const override { return true; }
  double frames_per_second() const override { return 30; }

 private:
  int given_ = 0;
};

class ReplayTest : public testing::Test {
 protected:
  void SetUp() override {
    record([](Runner&) {});
  }
  void record(const std::function<void(Runner&)>& prepare) {
    fs::remove_all(folder_);
    Runner runner = sample_runner();
    prepare(runner);
    Camera camera;
    auto recorder = DecisionRecorder::create({.config = {.directory = folder_, .frames = true}, .every_frame = true},
                                             {.run_id = "run", .source = "a camera", .source_is_live = true});
    ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
    runner.observe_with(recorder->get());
    RunReport report;
    ASSERT_TRUE(runner.run(camera, {}, {}, report).has_value());
    ASSERT_TRUE((*recorder)->finish().has_value());
  }
  void TearDown() override { fs::remove_all(folder_); }

  ReplayReport replay_with(Runner runner, const ReplayOptions& options = {}) {
    const auto parts = format::find_run(folder_).value();
    auto log = format::RunReader::open(parts).value();
    FrameFinder frames(folder_, log.run(), "");
    auto report = pipeline::replay(log, parts.begins, runner, frames, options);
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return std::move(*report);
  }

  /// Writes the log anew, with its records changed; all checksums are right.
  void change(const std::function<void(std::vector<format::LogRecord>&)>& edit) {
    const auto parts = format::find_run(folder_).value();
    auto log = format::RunReader::open(parts).value();
    std::vector<format::LogRecord> records;
    while (auto record = log.next().value()) records.push_back(std::move(*record));
    edit(records);
    const auto bytes = format::encode_part(log.run(), records);
    ASSERT_TRUE(base::write_file(parts.files[0], std::span<const std::byte>(bytes)).has_value());
  }

  const fs::path folder_ = fs::temp_directory_path() / fmt::format("hedge-replay-{}", ::getpid());
};

TEST_F(ReplayTest, TheSameFramesGiveTheSameDecisions) {
  const ReplayReport report = replay_with(sample_runner());
  EXPECT_EQ(report.frames, kFrames);
  EXPECT_EQ(report.diverged, 0) << report.first->stage << ": " << report.first->values;
  EXPECT_EQ(report.missing, 0);
  EXPECT_TRUE(report.remarks.empty()) << report.remarks[0];
  EXPECT_EQ(format::list_segments(folder_).value().size(), 2u);
}

TEST_F(ReplayTest, WhatDiffersIsNamedWithItsStageAndFrame) {
  struct Planted {
    const char* stage;
    std::function<void(format::LogFrame&)> change;
  };
  const Planted all[] = {
      {"actuators", [](format::LogFrame& frame) { frame.actuators.push_back({1, 0}); }},
      {"verdict", [](format::LogFrame& frame) { frame.rules.push_back({}); }},
      {"numbers", [](format::LogFrame& frame) { frame.numbers.push_back(1); }},
      {"tracks", [](format::LogFrame& frame) { frame.tracks.push_back({}); }},
      {"detections", [](format::LogFrame& frame) { frame.classes[1].score += 1e-7f; }},
      {"output tensors", [](format::LogFrame& frame) { frame.output_hash ^= 1; }},
      {"input tensor", [](format::LogFrame& frame) { frame.input_hash ^= 1ull << 63; }},
      {"picture", [](format::LogFrame& frame) { frame.picture_hash ^= 256; }},
  };
  // One on top of the other, last stage first: the earliest stage is what counts.
  for (const Planted& planted : all) {
    std::int64_t index = -1;
    change([&](auto& records) {
      auto& frame = std::get<format::LogFrame>(records[7]);
      planted.change(frame);
      index = frame.index;
    });
    const ReplayReport report = replay_with(sample_runner());
    ASSERT_TRUE(report.first.has_value()) << planted.stage;
    EXPECT_EQ(report.first->stage, planted.stage);
    EXPECT_EQ(report.first_frame, index);
    EXPECT_EQ(report.diverged, 1);
    EXPECT_EQ(report.frames, kFrames);
  }
}

TEST_F(ReplayTest, AnotherModelDivergesAtItsOutputs) {
  const ReplayReport report = replay_with(sample_runner(12));
  EXPECT_EQ(report.diverged, kFrames);
  ASSERT_TRUE(report.first.has_value());
  EXPECT_EQ(report.first->stage, "output tensors");
}

/// What the degradation ladder gave up is part of the decision.
TEST_F(ReplayTest, FramesOfTheSmallEngineAreReplayedByIt) {
  guard::SafetyConfig config;
  config.ladder = {.rungs = {guard::Rung::kSmallEngine},
                   .high = 1e-9,  // every frame is pressure
                   .low = 1e-10,
                   .down = std::chrono::nanoseconds(1)};
  const auto supervision = *Supervision::create(config, std::chrono::seconds(1), std::nullopt);
  record([&](Runner& runner) { ASSERT_TRUE(runner.supervise_with(*supervision, sample_network(8)).has_value()); });
  ASSERT_EQ(supervision->rung(), guard::Rung::kSmallEngine);
  Runner whole = sample_runner();
  ASSERT_TRUE(whole.add_small(sample_network(8)).has_value());
  const ReplayReport good = replay_with(std::move(whole));
  EXPECT_EQ(good.frames, kFrames);
  EXPECT_EQ(good.diverged, 0);
  const ReplayReport without = replay_with(sample_runner());
  ASSERT_TRUE(without.first.has_value());
  EXPECT_EQ(without.first->stage, "output tensors");
  EXPECT_GT(without.diverged, kFrames / 2);
}

TEST_F(ReplayTest, OnlyTheWantedFramesAreCompared) {
  change([](auto& records) { std::get<format::LogFrame>(records[1]).output_hash ^= 1; });  // index 1
  EXPECT_EQ(replay_with(sample_runner(), {.from = 3}).diverged, 0);
  const ReplayReport report = replay_with(sample_runner(), {.from = 1, .to = 4});
  EXPECT_EQ(report.diverged, 1);
  EXPECT_EQ(report.frames, 3);  // 1, 3, 4
}

TEST_F(ReplayTest, BehindAGapMemoryIsNotCompared) {
  change([](auto& records) {
    records[4] = format::LogGap{.frames = 1, .first_index = 6, .last_index = 6};
    std::get<format::LogFrame>(records[6]).tracks.push_back({});
  });
  const ReplayReport report = replay_with(sample_runner());
  EXPECT_EQ(report.frames, kFrames - 1);
  EXPECT_EQ(report.without_memory, kFrames - 5);
  EXPECT_EQ(report.diverged, 0);
  ASSERT_EQ(report.remarks.size(), 1u);
  EXPECT_NE(report.remarks[0].find("1 frames between 6 and 6"), std::string::npos) << report.remarks[0];
}

TEST_F(ReplayTest, FramesWhosePicturesAreGoneAreCountedAndSaid) {
  fs::remove(format::segment_path(folder_, 2));
  const ReplayReport report = replay_with(sample_runner());
  EXPECT_EQ(report.frames, kFrames / 2);
  EXPECT_EQ(report.missing, kFrames / 2);
  EXPECT_EQ(report.diverged, 0);
  ASSERT_FALSE(report.remarks.empty());
  EXPECT_NE(report.remarks[0].find("was not recorded"), std::string::npos);
}

}  // namespace
}  // namespace hedge::pipeline

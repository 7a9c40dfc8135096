// The loop from source to sinks, on a small engine of our own.
#include "pipeline/runner.h"

#include <unistd.h>
#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/allocation_counter.h"
#include "engine/sample_program.h"
#include "pipeline/decision_recorder.h"
#include "pipeline/int8_classifier.h"
#include "pipeline/json_lines.h"
#include "pipeline/sample_card.h"
#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

using base::ErrorKind;

constexpr int kSize = 32, kClasses = 16;

Card labelled_card(const engine::Engine& engine) {
  Card card = sample_card(engine, kSize);
  card.output.labels = {"zero"};
  return card;
}

engine::Engine sample_engine() {
  return engine::Engine::create(engine::sample_program({.size = kSize, .channels = kClasses})).value();
}

Runner sample_runner(engine::Engine engine = sample_engine()) {
  Card card = labelled_card(engine);
  return Runner::create(std::move(engine), std::move(card)).value();
}

/// `frames` pictures, then the end or an error.
class FakeSource final : public media::Source {
 public:
  FakeSource(int frames, std::optional<base::Error> error = std::nullopt) : left_(frames), error_(std::move(error)) {}
  base::Result<std::optional<media::Frame>> next() override {
    if (left_-- > 0) return random_frame(40, 30, static_cast<std::uint32_t>(left_));
    if (error_) return std::unexpected(*error_);
    return std::optional<media::Frame>();
  }
  std::int64_t dropped() const override { return 2; }
  bool live() const override { return false; }
  double frames_per_second() const override { return 10; }

 private:
  int left_;
  std::optional<base::Error> error_;
};

struct Record {
  int frames = 0, finished = 0;
};

class RecordingSink final : public Sink {
 public:
  RecordingSink(Record& record, int fail_at = -1) : record_(record), fail_at_(fail_at) {}
  bool wants_picture() const override { return true; }
  base::Status on_frame(const FrameResult& result) override {
    EXPECT_EQ(result.annotated->width, 40);
    EXPECT_EQ(result.prediction.classes.size(), 3u);
    if (record_.frames++ == fail_at_) return base::fail(ErrorKind::kIo, "the disk is full");
    return {};
  }
  base::Status finish() override {
    ++record_.finished;
    return {};
  }

 private:
  Record& record_;
  int fail_at_;
};

TEST(Runner, EveryFrameReachesEverySink) {
  Runner runner = sample_runner();
  FakeSource source(5);
  Record first, second;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<RecordingSink>(first));
  sinks.push_back(std::make_unique<RecordingSink>(second));
  RunReport report;
  ASSERT_TRUE(runner.run(source, sinks, {}, report).has_value());
  EXPECT_EQ(first.frames, 5);
  EXPECT_EQ(second.finished, 1);
  EXPECT_EQ(report.frames, 5);
  EXPECT_EQ(report.dropped, 2);
  EXPECT_EQ(report.statistics.of(Stage::kInfer).count(), 5);
}

TEST(Runner, TheLimitStopsIt) {
  Runner runner = sample_runner();
  FakeSource source(50);
  RunReport report;
  ASSERT_TRUE(runner.run(source, {}, {.frames_max = 3}, report).has_value());
  EXPECT_EQ(report.frames, 3);
}

TEST(Runner, SinksAreFinishedWhenTheSourceFails) {
  Runner runner = sample_runner();
  FakeSource source(2, base::Error{ErrorKind::kUnavailable, "unplugged"});
  Record record;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<RecordingSink>(record));
  RunReport report;
  const auto status = runner.run(source, sinks, {}, report);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message, "unplugged");
  EXPECT_EQ(record.frames, 2);
  EXPECT_EQ(record.finished, 1);
}

TEST(Runner, AFailingSinkEndsTheRun) {
  Runner runner = sample_runner();
  FakeSource source(10);
  Record record;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<RecordingSink>(record, 3));
  RunReport report;
  const auto status = runner.run(source, sinks, {}, report);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message, "the disk is full");
  EXPECT_EQ(record.finished, 1);
}

TEST(Runner, ACardThatDoesNotFitIsRefused) {
  const auto refused = [](const std::function<void(Card&)>& change) {
    engine::Engine engine = sample_engine();
    Card card = labelled_card(engine);
    change(card);
    const auto runner = Runner::create(std::move(engine), std::move(card));
    EXPECT_FALSE(runner.has_value());
    return runner.has_value() ? std::string() : runner.error().message;
  };
  EXPECT_NE(refused([](Card& card) { card.input.width = 33; }).find("1x3x32x33"), std::string::npos);
  EXPECT_NE(refused([](Card& card) { card.input.name = "pixels"; }).find("'pixels'"), std::string::npos);
  EXPECT_NE(refused([](Card& card) { card.output.names = {"nobody"}; }).find("'nobody'"), std::string::npos);
  refused([](Card& card) { card.output.names.clear(); });  // two outputs, one wanted
}

// From pixels to decision: preprocess, engine, decode, tracking; supervised; and the second opinion.
TEST(Runner, AFrameAllocatesNothing) {
#if !defined(HEDGE_COUNTS_ALLOCATIONS)
  GTEST_SKIP() << "allocations are counted with glibc's malloc only";
#endif
  for (const bool int8 : {false, true}) {
    const auto supervision = *Supervision::create({}, std::chrono::seconds(1), std::nullopt);
    Runner runner =
        int8 ? sample_runner(engine::Engine::create(int8_classifier(kSize, kClasses)).value()) : sample_runner();
    ASSERT_TRUE(runner.supervise_with(*supervision, std::nullopt).has_value());
    std::vector<media::Frame> frames;
    for (std::uint32_t k = 0; k < 6; ++k) frames.push_back(random_frame(50, 40, k));
    Prediction prediction;
    StageTimes times{};
    ASSERT_TRUE(runner.process(frames[0], prediction, times).has_value());  // the vectors grow once
    engine::Engine other = sample_engine();
    Card card = labelled_card(other);
    const auto second = SecondOpinion::create(*Network::create(std::move(other), card, {}), card,
                                              {.interval = std::chrono::nanoseconds(0), .at_once = true});
    ASSERT_TRUE(second.has_value());
    (*second)->consider(frames[0], prediction);
    const long before = base::allocations.load();
    EXPECT_GT(before, 0) << "the counter does not count";
    bool good = true;
    for (const media::Frame& frame : frames) {
      supervision->waiting();
      supervision->begin(frame, guard::sample_picture(frame.pixels, 3 * 50, 40, frame.stride, 24));
      good = runner.process(frame, prediction, times).has_value() && good;
      supervision->end(frame, times);
      (*second)->consider(frame, prediction);
      good = !std::isnan((*second)->newest().disagreement) && good;
    }
    EXPECT_EQ(base::allocations.load() - before, 0);
    EXPECT_TRUE(good);
    EXPECT_EQ(prediction.classes.size(), 3u);
  }
}

TEST(Runner, ASmallNetworkOfOtherLabelsIsRefused) {
  const auto supervision = *Supervision::create({}, std::chrono::seconds(1), std::nullopt);
  Runner runner = sample_runner();
  engine::Engine small = sample_engine();
  Card card = labelled_card(small);
  card.output.labels = {"one"};
  const auto refused = runner.supervise_with(*supervision, *Network::create(std::move(small), std::move(card), {}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
}

// Every third frame is asked for while the ladder is down to its last rung, by the small network.
TEST(Runner, TheLadderChangesNetworkAndRate) {
  guard::SafetyConfig config;
  config.ladder = {.rungs = {guard::Rung::kLowRate, guard::Rung::kSmallEngine},
                   .high = 1e-9,  // every frame is pressure
                   .low = 1e-10,
                   .down = std::chrono::nanoseconds(1)};
  config.rate_divisor = 3;
  const auto supervision = *Supervision::create(config, std::chrono::seconds(1), std::nullopt);
  Runner runner = sample_runner();
  engine::Engine small =
      engine::Engine::create(engine::sample_program({.size = kSize, .channels = kClasses / 2})).value();
  Card card = labelled_card(small);
  card.output.top_k = 2;
  ASSERT_TRUE(runner.supervise_with(*supervision, *Network::create(std::move(small), std::move(card), {})).has_value());
  FakeSource source(40);
  RunReport report;
  ASSERT_TRUE(runner.run(source, {}, {}, report).has_value());
  EXPECT_EQ(supervision->rung(), guard::Rung::kSmallEngine);
  EXPECT_EQ(report.frames + report.left_out, 40);
  EXPECT_NEAR(static_cast<double>(report.left_out), 40 * 2 / 3.0, 4);
  Prediction prediction;
  StageTimes times{};
  ASSERT_TRUE(runner.process(random_frame(40, 30), prediction, times).has_value());
  EXPECT_EQ(prediction.classes.size(), 2u);
}

/// The same with a decision log; what its own threads allocate is theirs.
TEST(Runner, ALoggedFrameAllocatesNothing) {
#if !defined(HEDGE_COUNTS_ALLOCATIONS)
  GTEST_SKIP() << "allocations are counted with glibc's malloc only";
#endif
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("hedge-logged-{}", ::getpid());
  std::filesystem::remove_all(folder);
  Runner runner = sample_runner();
  auto recorder = DecisionRecorder::create({.config = {.directory = folder, .frames = true}}, {.run_id = "run"});
  ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
  runner.observe_with(recorder->get());
  std::vector<media::Frame> frames;
  for (std::uint32_t k = 0; k < 50; ++k) frames.push_back(random_frame(50, 40, k));
  Prediction prediction;
  StageTimes times{};
  const auto decide = [&](const media::Frame& frame) {
    const bool good = runner.process(frame, prediction, times).has_value();
    (*recorder)->on_decided({.frame = frame,
                             .prediction = prediction,
                             .outputs = runner.outputs(),
                             .times = times,
                             .reaction = nullptr,
                             .dropped = 0,
                             .misses = 0,
                             .guard = {}});
    return good;
  };
  ASSERT_TRUE(decide(frames[0]));  // the vectors grow once
  const long before = base::thread_allocations;
  bool good = true;
  for (const media::Frame& frame : frames) good = decide(frame) && good;
  EXPECT_EQ(base::thread_allocations - before, 0);
  EXPECT_TRUE(good);
  EXPECT_TRUE((*recorder)->finish().has_value());
  EXPECT_EQ((*recorder)->stats().frames, 51);
  std::filesystem::remove_all(folder);
}

TEST(JsonLines, ALineIsOneFrame) {
  const media::Frame frame = random_frame(4, 4);
  Card card;
  card.output.labels = {"person", "broken \xff utf-8"};
  Prediction prediction;
  prediction.detections = {{0, 0.87654321f, {1.23456f, 2, 3, 4}, 7}, {1, 0.5f, {0, 0, 1, 1}}};
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
  const std::string line = to_json_line(result);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find(R"("label":"person","score":0.8765,"box":[1.23,2.0,3.0,4.0],"track":7)"), std::string::npos)
      << line;
}

}  // namespace
}  // namespace hedge::pipeline

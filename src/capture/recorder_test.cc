// The recorder with the real encoder, muxer and disk: what a person finds in the spool after something happened.
#include "capture/recorder.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "base/allocation_counter.h"
#include "base/file.h"
#include "capture/event_store.h"
#include "capture/spool_names.h"
#include "capture/test_frames.h"

namespace hedge::capture {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr auto kStart = 1000s;  // of the capture clock
constexpr auto kStep = 100ms;   // between frames

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() : path_(fs::temp_directory_path() / ("hedge-recorder-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
  }
  ~RecorderTest() override {
    recorder_.reset();
    fs::remove_all(path_);
  }

  RecorderOptions options(std::vector<TriggerConfig> triggers) const {
    RecorderOptions options{.config = {.spool = path_.string(), .triggers = std::move(triggers)},
                            .provenance = {.model = "m.hedge", .model_sha256 = "ab", .software = "hedge 1"},
                            .every_frame = true};
    options.config.ring_bytes_max = 4 << 20;
    return options;
  }
  void start(RecorderOptions options) {
    triggers_ = options.config.triggers.size();
    auto recorder = Recorder::create(std::move(options));
    ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
    recorder_ = std::move(*recorder);
  }
  static nanoseconds time_of(std::int64_t frame) { return kStart + frame * kStep; }
  /// Frames [from, to); in frame `k` trigger `t` is on where on(k, t).
  void feed(std::int64_t from, std::int64_t to, const std::function<bool(std::int64_t, std::size_t)>& on,
            int width = 64, int height = 48) {
    const std::unique_ptr<bool[]> states(new bool[triggers_]);  // NOLINT: vector<bool> is no array of bool
    for (std::int64_t k = from; k < to; ++k) {
      for (std::size_t t = 0; t < triggers_; ++t) states[t] = on(k, t);
      const SeenTrack track{.id = 3, .label = "person", .score = 0.5f, .x = 10, .y = 10, .width = 20, .height = 30};
      const SeenNumber number{.name = "ttc_s", .value = 0.75, .track = 3};
      recorder_->on_frame(grey_frame(k, width, height), time_of(k), std::span(states.get(), triggers_), {&track, 1},
                          {&number, 1});
    }
  }
  std::vector<StoredEvent> events() const { return list_events(path_).value(); }
  static Json json_of(const StoredEvent& event) {
    return Json::parse(base::read_text_file(event.path / kEventFile).value());
  }
  /// The video as event.json and the decoder agree on it: the numbers of its frames.
  static std::vector<std::int64_t> frames_of(const StoredEvent& event) {
    const auto verified = verify_event(event.path);
    EXPECT_TRUE(verified.has_value()) << verified.error().message;
    const auto pictures = decode_video(event.path / kClipFile);
    EXPECT_TRUE(pictures.has_value()) << pictures.error().message;
    const Json times = json_of(event)["clip"]["times_ns"];
    EXPECT_EQ(pictures->size(), times.size());
    std::vector<std::int64_t> numbers;
    for (std::size_t k = 0; k < std::min(times.size(), pictures->size()); ++k) {
      const std::int64_t time = times[k].get<std::int64_t>();
      numbers.push_back((nanoseconds(time) - kStart) / kStep);
      EXPECT_EQ(numbers.back() % kGreys, (*pictures)[k].number);
      EXPECT_NEAR(static_cast<double>((*pictures)[k].time.count()),
                  static_cast<double>(time - times[0].get<std::int64_t>()), 1e5);
    }
    return numbers;
  }
  template <class Condition>
  bool wait_until(const Condition& condition) const {
    for (int k = 0; k < 2000 && !condition(recorder_->stats()); ++k) std::this_thread::sleep_for(5ms);
    return condition(recorder_->stats());
  }

  fs::path path_;
  std::unique_ptr<Recorder> recorder_;
  std::size_t triggers_ = 0;
};

TEST_F(RecorderTest, AnEventShowsTheSecondsBeforeAndAfterItsTrigger) {
  start(options({trigger_config("near", 3s, 2s)}));
  feed(0, 200, [](std::int64_t k, std::size_t) { return k >= 100 && k < 103; });
  ASSERT_TRUE(recorder_->finish().has_value());
  const auto list = events();
  ASSERT_EQ(list.size(), 1u);
  const auto frames = frames_of(list[0]);
  EXPECT_LE(frames.front(), 70);  // 3 s before
  EXPECT_GE(frames.front(), 59);  // and a group of pictures more at most
  EXPECT_EQ(frames.back(), 120);
  EXPECT_EQ(static_cast<std::int64_t>(frames.size()), frames.back() - frames.front() + 1);
  const Json json = json_of(list[0]);
  EXPECT_EQ(json["id"], list[0].name.to_string());
  EXPECT_EQ(json["clip"]["cut_short"], "");
  EXPECT_EQ(json["provenance"]["model_sha256"], "ab");
  ASSERT_EQ(json["triggers"].size(), 1u);
  const Json& trigger = json["triggers"][0];
  EXPECT_EQ(trigger["name"], "near");
  EXPECT_EQ(trigger["when"], "near > 0");
  EXPECT_EQ(trigger["frame"], 100);
  EXPECT_EQ(trigger["time_ns"], time_of(100).count());
  EXPECT_EQ(trigger["clip_offset_ns"], ((100 - frames.front()) * kStep).count() * 1000000);
  EXPECT_EQ(trigger["tracks"][0]["label"], "person");
  EXPECT_EQ(trigger["tracks"][0]["box"], Json({10, 10, 20, 30}));
  EXPECT_EQ(trigger["numbers"][0], Json({{"name", "ttc_s"}, {"value", 0.75}, {"track", 3}}));
  const cv::Mat picture = cv::imread((list[0].path / "trigger-1.jpg").string());
  EXPECT_EQ(picture.cols, 64);
  // The box's left side, and the grey of frame 100 beside it.
  EXPECT_NEAR(picture.at<cv::Vec3b>(45, 60)[1], 16 + 8 * (100 % kGreys), 4);
  EXPECT_GT(picture.at<cv::Vec3b>(25, 10)[1], 150);
}

TEST_F(RecorderTest, TriggersNearEachOtherShareAVideoThatGrows) {
  start(options({trigger_config("first", 1s, 2s, 3), trigger_config("second", 500ms, 3s, 7)}));
  feed(0, 200, [](std::int64_t k, std::size_t t) { return t == 0 ? k == 50 : k == 65; });
  ASSERT_TRUE(recorder_->finish().has_value());
  ASSERT_EQ(events().size(), 1u);
  const auto frames = frames_of(events()[0]);
  EXPECT_LE(frames.front(), 40);
  EXPECT_EQ(frames.back(), 95);
  EXPECT_EQ(events()[0].name.priority, 7);
  EXPECT_EQ(events()[0].name.trigger, "first");
  EXPECT_EQ(json_of(events()[0])["triggers"].size(), 2u);
  EXPECT_TRUE(fs::exists(events()[0].path / "trigger-2.jpg"));
}

TEST_F(RecorderTest, ATriggerThatWantsAnEarlierBeginHasItsOwnVideo) {
  start(options({trigger_config("short", 500ms, 2s), trigger_config("long", 4s, 1s)}));
  feed(0, 200, [](std::int64_t k, std::size_t t) { return t == 0 ? k == 80 : k == 85; });
  ASSERT_TRUE(recorder_->finish().has_value());
  ASSERT_EQ(events().size(), 2u);
  for (const StoredEvent& event : events()) {
    const auto frames = frames_of(event);
    EXPECT_LE(frames.front(), event.name.trigger == "long" ? 45 : 75);
    EXPECT_EQ(frames.back(), event.name.trigger == "long" ? 95 : 100);
  }
}

TEST_F(RecorderTest, NoVideoIsLongerThanItsLimit) {
  auto wanted = options({trigger_config("often", 1s, 2s)});
  wanted.config.clip_max = 5s;
  start(wanted);
  feed(0, 400, [](std::int64_t k, std::size_t) { return k % 10 == 0; });
  ASSERT_TRUE(recorder_->finish().has_value());
  std::int64_t covered = -1;
  for (const StoredEvent& event : events()) {
    const auto frames = frames_of(event);
    EXPECT_LE(frames.back() - frames.front(), 50 + 10);  // and a group of pictures
    EXPECT_LE(frames.front(), covered + 1);              // no gap between two
    covered = frames.back();
  }
  EXPECT_GE(covered, 398);
  EXPECT_GT(events().size(), 8u);
}

TEST_F(RecorderTest, AtTheBeginAndAtTheEndThereIsLess) {
  start(options({trigger_config("t", 5s, 5s)}));
  feed(0, 30, [](std::int64_t k, std::size_t) { return k == 2; });
  ASSERT_TRUE(recorder_->finish().has_value());
  ASSERT_EQ(events().size(), 1u);
  const auto frames = frames_of(events()[0]);
  EXPECT_EQ(frames.front(), 0);
  EXPECT_EQ(frames.back(), 29);
  EXPECT_EQ(json_of(events()[0])["clip"]["cut_short"], "the stream ended");
}

TEST_F(RecorderTest, WhenFramesStopComingTheEventIsWritten) {
  start(options({trigger_config("t", 1s, 600s)}));
  feed(0, 30, [](std::int64_t k, std::size_t) { return k == 20; });
  ASSERT_TRUE(wait_until([](const RecorderStats& stats) { return stats.events_written == 1; }));
  EXPECT_EQ(json_of(events()[0])["clip"]["cut_short"], "no more frames came");
  EXPECT_EQ(frames_of(events()[0]).back(), 29);
}

TEST_F(RecorderTest, FramesOfAnotherSizeBeginAnotherVideo) {
  start(options({trigger_config("t", 1s, 2s)}));
  feed(0, 50, [](std::int64_t k, std::size_t) { return k == 45; });
  feed(50, 100, [](std::int64_t k, std::size_t) { return k == 80; }, 97, 61);  // odd: H.264 gets a border
  ASSERT_TRUE(recorder_->finish().has_value());
  ASSERT_EQ(events().size(), 2u);
  EXPECT_EQ(frames_of(events()[0]).back(), 49);
  EXPECT_NE(json_of(events()[0])["clip"]["cut_short"], "");
  EXPECT_EQ(frames_of(events()[1]).back(), 99);
  EXPECT_EQ(decode_video(events()[1].path / kClipFile).value()[0].width, 98);
}

TEST_F(RecorderTest, FramesThatDoNotRiseInTimeAreCountedOnly) {
  start(options({trigger_config("t", 1s, 1s)}));
  feed(0, 20, [](std::int64_t, std::size_t) { return false; });
  feed(10, 20, [](std::int64_t, std::size_t) { return true; });
  feed(20, 40, [](std::int64_t, std::size_t) { return true; });
  ASSERT_TRUE(recorder_->finish().has_value());
  EXPECT_EQ(recorder_->stats().frames_out_of_order, 10);
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(json_of(events()[0])["triggers"][0]["frame"], 20);
}

TEST_F(RecorderTest, AFileThatBeginsAgainBeginsAnotherVideo) {
  start(options({trigger_config("t", 1s, 2s)}));
  for (int run = 0; run < 3; ++run) feed(0, 50, [](std::int64_t k, std::size_t) { return k >= 45; });
  ASSERT_TRUE(recorder_->finish().has_value());
  ASSERT_EQ(events().size(), 3u);
  for (const StoredEvent& event : events()) {
    const auto frames = frames_of(event);
    EXPECT_LE(frames.front(), 35);
    EXPECT_EQ(frames.back(), 49);
  }
}

TEST_F(RecorderTest, ASpoolThatVanishesOrFillsIsAStateAndFramesGoOn) {
  start(options({trigger_config("t", 500ms, 500ms)}));
  const auto one_event = [&](std::int64_t from) {
    feed(from, from + 20, [&](std::int64_t k, std::size_t) { return k == from + 5; });
  };
  one_event(0);
  ASSERT_TRUE(wait_until([](const RecorderStats& stats) { return stats.events_written == 1; }));
  fs::remove_all(path_);
  one_event(100);
  ASSERT_TRUE(wait_until([](const RecorderStats& stats) { return stats.events_failed == 1; }));
  const std::string error = recorder_->stats().error;
  EXPECT_NE(error.find("No such file"), std::string::npos) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos);
  fs::create_directories(path_);
  one_event(200);
  ASSERT_TRUE(wait_until([](const RecorderStats& stats) { return stats.events_written == 2; }));
  EXPECT_EQ(recorder_->stats().error, "");
  EXPECT_EQ(recorder_->stats().frames, 60);
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(frames_of(events()[0]).back(), 210);
}

TEST_F(RecorderTest, AFullDiskLeavesWhatWasThereReadable) {
  fs::create_directories(path_);
  if (::mount("none", path_.c_str(), "tmpfs", 0, "size=192k") != 0) GTEST_SKIP() << "mounting a small tmpfs needs root";
  {
    auto wanted = options({trigger_config("t", 500ms, 500ms)});
    wanted.config.spool_bytes_max = 100 << 20;  // more than the disk has
    start(wanted);
    for (std::int64_t from = 0; from < 600; from += 20)
      feed(from, from + 20, [&](std::int64_t k, std::size_t) { return k == from + 5; });
    const bool last_failed = !recorder_->finish().has_value();  // a short last event may still have found room
    const RecorderStats stats = recorder_->stats();
    EXPECT_EQ(stats.frames, 600);
    EXPECT_GT(stats.events_written, 1);
    EXPECT_GT(stats.events_failed, 1);
    EXPECT_EQ(last_failed, !stats.error.empty()) << stats.error;
    if (last_failed) EXPECT_NE(stats.error.find("space"), std::string::npos) << stats.error;
    EXPECT_EQ(static_cast<std::int64_t>(events().size()), stats.events_written);
    for (const StoredEvent& event : events()) EXPECT_TRUE(verify_event(event.path).has_value());
    recorder_.reset();
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(path_))
    EXPECT_FALSE(entry.path().filename().string().starts_with(kComingPrefix)) << entry.path();
  ::umount2(path_.c_str(), MNT_DETACH);
}

TEST_F(RecorderTest, EventsLeaveByPriorityWhenTheSpoolIsFull) {
  auto wanted = options({trigger_config("low", 200ms, 200ms, 1), trigger_config("high", 200ms, 200ms, 8)});
  wanted.config.spool_bytes_max = 200000;
  start(wanted);
  feed(0, 1000, [](std::int64_t k, std::size_t t) { return k % 20 == (t == 0 ? 5 : 15); });
  ASSERT_EQ(recorder_->finish().has_value(), recorder_->stats().error.empty());
  EXPECT_LE(recorder_->stats().spool_bytes, 200000u);
  EXPECT_GT(recorder_->stats().events_evicted, 10);
  const auto high = std::ranges::count_if(events(), [](const StoredEvent& one) { return one.name.priority == 8; });
  EXPECT_GE(high, 3);
  EXPECT_LE(static_cast<std::ptrdiff_t>(events().size()) - high, 1);  // one may use what is left beside them
}

TEST_F(RecorderTest, WhatCannotWorkIsSaidAtTheBegin) {
  auto wanted = options({trigger_config("t", 1s, 1s)});
  wanted.config.encoder = "mpeg9enc";
  EXPECT_EQ(Recorder::create(wanted).error().kind, base::ErrorKind::kUsage);
  wanted.config.encoder = "auto";
  wanted.config.spool = "/proc/spool";
  EXPECT_EQ(Recorder::create(wanted).error().kind, base::ErrorKind::kIo);
}

TEST_F(RecorderTest, TheFramesThreadNeitherAllocatesNorWaits) {
  auto wanted = options({trigger_config("t", 1s, 1s)});
  wanted.every_frame = false;
  start(wanted);
  std::vector<media::Frame> frames;
  for (std::int64_t k = 0; k < kGreys; ++k) frames.push_back(grey_frame(k, 1280, 720));
  const SeenTrack track{.id = 3, .label = "person"};
  const SeenNumber number{.name = "ttc_s"};
  const long before = base::thread_allocations;
  for (std::int64_t k = 0; k < 3000; ++k) {  // far faster than they can be encoded
    const bool on = k % 100 == 50;
    recorder_->on_frame(frames[static_cast<std::size_t>(k % kGreys)], time_of(k), {&on, 1}, {&track, 1}, {&number, 1});
  }
#ifdef HEDGE_COUNTS_ALLOCATIONS
  EXPECT_EQ(base::thread_allocations, before);
#endif
  static_cast<void>(before);
  static_cast<void>(recorder_->finish());
  const RecorderStats stats = recorder_->stats();
  EXPECT_EQ(stats.frames, 3000);
  EXPECT_GT(stats.frames_dropped, 1000);
  EXPECT_EQ(stats.triggers_accepted, 30);
}

std::int64_t resident_bytes() {
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST_F(RecorderTest, MemoryAndDescriptorsStayFlat) {
#ifdef HEDGE_SANITIZED
  GTEST_SKIP() << "the sanitizer keeps freed memory";
#endif
  auto wanted = options({trigger_config("t", 1s, 1s)});
  wanted.config.spool_bytes_max = 1 << 20;
  start(wanted);
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto events_of = [](std::int64_t k, std::size_t) { return k % 100 == 50; };
  feed(0, 2000, events_of);
  ASSERT_TRUE(wait_until([](const RecorderStats& stats) { return stats.events_written == 20; }));
  const std::int64_t before = resident_bytes();
  const auto descriptors_before = descriptors();
  feed(2000, 10000, events_of);
  ASSERT_TRUE(wait_until([](const RecorderStats& stats) { return stats.events_written == 100; }));
  EXPECT_NEAR(static_cast<double>(resident_bytes() - before), 0, 3e6);
  EXPECT_EQ(descriptors(), descriptors_before);
  EXPECT_LE(recorder_->stats().ring.bytes, 4u << 20);
}

}  // namespace
}  // namespace hedge::capture

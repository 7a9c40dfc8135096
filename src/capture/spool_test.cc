// Events on disk: what goes first when room is needed, what stays, what a crash leaves, what a check finds.
#include "capture/spool.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"
#include "capture/spool_names.h"

namespace hedge::capture {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() : path_(fs::temp_directory_path() / ("hedge-spool-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
  }
  ~SpoolTest() override { fs::remove_all(path_); }

  std::unique_ptr<Spool> open(std::uint64_t bytes_max = 1 << 20) {
    auto spool = Spool::open(path_, bytes_max, [this](const std::string& line) { log_.push_back(line); });
    EXPECT_TRUE(spool.has_value()) << spool.error().message;
    return spool ? std::move(*spool) : nullptr;
  }
  /// An event whose "video" has this size: 3 blocks more with its directory, event.json and manifest.json.
  static base::Result<fs::path> put(Spool& spool, int priority, std::size_t bytes = 4096,
                                    const std::string& trigger = "t") {
    auto draft = TRY(spool.begin());
    TRY(draft.reserve(bytes + 3 * 4096, priority));
    TRY(base::write_file(draft.directory() / kClipFile, std::string(bytes, 'v')));
    TRY(base::write_file(draft.directory() / kEventFile, "{\"format\": \"hedge-event\", \"version\": 1}\n"));
    return draft.commit(
        {.sequence = draft.sequence(), .utc = "20261125T001221Z", .priority = priority, .trigger = trigger});
  }
  std::vector<int> priorities() const {
    std::vector<int> list;
    for (const StoredEvent& event : list_events(path_).value()) list.push_back(event.name.priority);
    return list;
  }
  std::vector<std::int64_t> sequences() const {
    std::vector<std::int64_t> list;
    for (const StoredEvent& event : list_events(path_).value()) list.push_back(event.name.sequence);
    return list;
  }

  fs::path path_;
  std::vector<std::string> log_;
};

TEST(EventName, SaysAllAndNothingElseIsOne) {
  const EventName name{.sequence = 42, .utc = "20261125T001221Z", .priority = 5, .trigger = "near-miss_2"};
  EXPECT_EQ(name.to_string(), "0000000042-20261125T001221Z-p5-near-miss_2");
  const auto parsed = EventName::parse(name.to_string());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->to_string(), name.to_string());
  for (const char* other : {"", "lost+found", ".lock", "0000000042-20261125T001221Z-p5-",
                            "000000004x-20261125T001221Z-p5-near", "0000000042-20261125T001221Z-px-near"})
    EXPECT_FALSE(EventName::parse(other).has_value()) << other;
}

TEST_F(SpoolTest, TheLowestPriorityGoesFirstAndOfThatTheOldest) {
  const auto spool = open(5 * 4 * 4096);
  for (const int priority : {5, 1, 3, 1, 9}) ASSERT_TRUE(put(*spool, priority).has_value());
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
  ASSERT_TRUE(put(*spool, 5).has_value());
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 3, 4, 5, 6}));
  ASSERT_TRUE(put(*spool, 5).has_value());
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 3, 5, 6, 7}));
  ASSERT_TRUE(put(*spool, 5).has_value());
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 5, 6, 7, 8}));
  ASSERT_TRUE(put(*spool, 5).has_value());
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{5, 6, 7, 8, 9}));
  EXPECT_EQ(spool->evicted(), 4);
  ASSERT_EQ(log_.size(), 4u);
  EXPECT_EQ(log_[0], "evicted 0000000002-20261125T001221Z-p1-t (16384 bytes) to make room");
}

TEST_F(SpoolTest, NothingOfAHigherPriorityGoesForALowerOne) {
  const auto spool = open(3 * 4 * 4096);
  for (const int priority : {7, 7, 7}) ASSERT_TRUE(put(*spool, priority).has_value());
  const auto refused = put(*spool, 6);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kResourceLimit);
  EXPECT_EQ(priorities(), (std::vector<int>{7, 7, 7}));
  EXPECT_EQ(spool->bytes(), 3u * 4 * 4096);  // the refused one left nothing
  EXPECT_TRUE(put(*spool, 7).has_value());
}

TEST_F(SpoolTest, WhatIsBeingUploadedStays) {
  const auto spool = open(2 * 4 * 4096);
  const fs::path first = put(*spool, 1).value();
  ASSERT_TRUE(put(*spool, 5).has_value());
  {
    const auto hold = EventHold::take(first);
    ASSERT_TRUE(hold.has_value());
    ASSERT_TRUE(put(*spool, 5).has_value());
    EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(remove_event(first).error().kind, ErrorKind::kUnavailable);
    EXPECT_TRUE(EventHold::take(first).has_value());  // many may read
  }
  ASSERT_TRUE(put(*spool, 5).has_value());
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(EventHold::take(first).error().kind, ErrorKind::kNotFound);
}

TEST_F(SpoolTest, TheLimitHoldsForRandomEvents) {
  constexpr std::uint64_t kLimit = 300000;
  const auto spool = open(kLimit);
  std::srand(3);
  for (int k = 0; k < 100; ++k) {
    static_cast<void>(put(*spool, std::rand() % 10, static_cast<std::size_t>(std::rand() % 90000)));
    std::uint64_t bytes = 0;
    for (const StoredEvent& event : list_events(path_).value()) bytes += event.bytes;
    ASSERT_LE(bytes, kLimit);
    ASSERT_EQ(bytes, spool->bytes());
  }
  EXPECT_GT(spool->evicted(), 20);
}

TEST_F(SpoolTest, WhatOthersRemovedMakesRoom) {
  const auto spool = open(2 * 4 * 4096);
  for (int k = 0; k < 2; ++k) ASSERT_TRUE(put(*spool, 9).has_value());
  ASSERT_TRUE(remove_event(list_events(path_).value()[0].path).has_value());
  EXPECT_TRUE(put(*spool, 0).has_value());
  EXPECT_EQ(priorities(), (std::vector<int>{9, 0}));
  EXPECT_EQ(spool->evicted(), 0);
}

TEST_F(SpoolTest, OpeningCleansUpAfterACrashAndGoesOnCounting) {
  put(*open(), 4).value();
  fs::create_directories(path_ / ".coming-0000000007");
  std::ofstream(path_ / ".coming-0000000007" / kClipFile) << "half";
  fs::create_directories(path_ / ".leaving-0000000001-20261125T001221Z-p5-t");
  fs::create_directories(path_ / "lost+found");
  const auto spool = open();
  EXPECT_FALSE(fs::exists(path_ / ".coming-0000000007"));
  EXPECT_FALSE(fs::exists(path_ / ".leaving-0000000001-20261125T001221Z-p5-t"));
  EXPECT_TRUE(fs::exists(path_ / "lost+found"));
  put(*spool, 4).value();
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(SpoolTest, OnlyOneWrites) {
  const auto spool = open();
  EXPECT_EQ(Spool::open(path_, 1 << 20).error().kind, ErrorKind::kUnavailable);
}

TEST_F(SpoolTest, ADraftThatIsNotCommittedLeavesNothing) {
  const auto spool = open();
  {
    auto draft = spool->begin();
    ASSERT_TRUE(draft.has_value());
    ASSERT_TRUE(draft->reserve(1000, 5).has_value());
    std::ofstream(draft->directory() / "x") << "y";
    EXPECT_EQ(spool->bytes(), 1000u);
  }
  EXPECT_EQ(spool->bytes(), 0u);
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), fs::directory_iterator()), 1);  // the lock
}

TEST_F(SpoolTest, VerifyFindsEveryKindOfDamage) {
  const auto spool = open();
  const auto check = [&](const std::function<void(const fs::path&)>& damage) {
    const fs::path event = put(*spool, 5).value();
    EXPECT_TRUE(verify_event(event).has_value());
    damage(event);
    const auto verdict = verify_event(event);
    EXPECT_FALSE(verdict.has_value());
    return verdict ? "" : verdict.error().message.substr(event.string().size());
  };
  const auto write = [](const fs::path& path, const std::string& text) { std::ofstream(path) << text; };
  EXPECT_EQ(check([&](const fs::path& e) { write(e / kClipFile, std::string(4096, 'w')); }),
            "/clip.mp4: its bytes have changed");
  EXPECT_EQ(check([&](const fs::path& e) { write(e / kClipFile, "v"); }), "/clip.mp4: has 1 bytes, not 4096");
  EXPECT_EQ(check([&](const fs::path& e) { fs::remove(e / kClipFile); }), "/clip.mp4: is missing");
  EXPECT_EQ(check([&](const fs::path& e) { write(e / "more", "v"); }), "/more: does not stand in the manifest");
  EXPECT_EQ(check([&](const fs::path& e) { write(e / kManifestFile, "{"); }), "/manifest.json: is no JSON object");
  const std::string head = R"({"format": "hedge-manifest", "version": 1, "files": [)";
  for (const char* files : {R"({"name": "../../etc/passwd", "bytes": 1, "sha256": ""}]})", R"(3]})", R"({"name": 7}]})",
                            R"({"name": "clip.mp4", "bytes": -1}]})"})
    EXPECT_EQ(check([&](const fs::path& e) { write(e / kManifestFile, head + files); }),
              "/manifest.json: breaks its format");
  EXPECT_EQ(check([&](const fs::path& e) { write(e / kManifestFile, head + "]}"); }).find("does not stand") != 0, true);
}

TEST_F(SpoolTest, FindTakesANumberANameOrTheBeginOfOne) {
  const auto spool = open();
  for (int k = 0; k < 3; ++k) put(*spool, 5, 10, "near").value();
  EXPECT_EQ(find_event(path_, "2").value().name.sequence, 2);
  EXPECT_EQ(find_event(path_, "0000000003-").value().name.sequence, 3);
  EXPECT_EQ(find_event(path_, "0000000003-20261125T001221Z-p5-near").value().name.sequence, 3);
  EXPECT_EQ(find_event(path_, "00000").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(find_event(path_, "4").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(find_event(path_, "").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(find_event(path_ / "no", "1").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace hedge::capture

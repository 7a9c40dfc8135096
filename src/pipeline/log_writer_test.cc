// The writer of decision logs with real files: rotation within its limit, gaps that are told, a disk that fails, and a
// process that is killed a hundred times.
#include "pipeline/log_writer.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "base/killed_child.h"
#include "format/decision_log_sample.h"
#include "format/log_directory.h"
#include "pipeline/byte_ring.h"

namespace hedge::pipeline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / fmt::format("hedge-log-{}-{}", ::getpid(), ++count_)) {
    fs::remove_all(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  static inline int count_ = 0;
  fs::path path_;
};

std::vector<format::LogRecord> read_all(const fs::path& path) {
  std::vector<format::LogRecord> records;
  auto reader = format::RunReader::open(format::find_run(path).value()).value();
  while (auto record = reader.next().value()) records.push_back(std::move(*record));
  return records;
}

std::unique_ptr<LogWriter> open_writer(LogWriterOptions options) {
  static int runs = 0;
  format::LogRun run = format::sample_run();
  run.run_id = fmt::format("{}-{}", ::getpid(), ++runs);
  run.part = 1;
  auto writer = LogWriter::create(std::move(options), std::move(run));
  EXPECT_TRUE(writer.has_value()) << writer.error().message;
  return std::move(*writer);
}

TEST(ByteRing, GivesEveryItemOnceAndInOrderToAnotherThread) {
  ByteRing ring(1 << 10);
  constexpr int kItems = 20000;
  std::thread reader([&] {
    for (int k = 0; k < kItems;) {
      const auto item = ring.front();
      if (!item) continue;
      ASSERT_EQ(item->size(), static_cast<std::size_t>(k % 97));
      for (const std::byte byte : *item) ASSERT_EQ(byte, static_cast<std::byte>(k));
      ring.pop();
      ++k;
    }
  });
  std::vector<std::byte> item;
  for (int k = 0; k < kItems; ++k) {
    item.assign(static_cast<std::size_t>(k % 97), static_cast<std::byte>(k));
    while (!ring.push(item)) std::this_thread::yield();
  }
  reader.join();
  EXPECT_FALSE(ring.front().has_value());
  item.resize(1 << 10);
  EXPECT_FALSE(ring.push(item));  // never fits
}

TEST(LogWriter, WritesWhatItIsGivenAndTheEnd) {
  const Folder folder;
  auto writer = open_writer({.directory = folder.path(), .every_frame = true});
  for (int k = 0; k < 50; ++k) EXPECT_TRUE(writer->push(format::sample_frame(k)));
  writer->note("hello");
  ASSERT_TRUE(writer->finish().has_value());
  EXPECT_EQ(writer->stats().frames, 50);
  const auto records = read_all(folder.path());
  int frames = 0, notes = 0;
  for (const auto& record : records) {
    if (const auto* frame = std::get_if<format::LogFrame>(&record)) EXPECT_EQ(frame->index, frames++);
    notes += std::holds_alternative<format::LogNote>(record);
  }
  EXPECT_EQ(frames, 50);
  EXPECT_EQ(notes, 1);
  ASSERT_TRUE(std::holds_alternative<format::LogEnd>(records.back()));
  EXPECT_EQ(std::get<format::LogEnd>(records.back()).frames, 50);
}

TEST(LogWriter, KeepsItsLimitByWholePartsAndTheOldestGoFirst) {
  const Folder folder;
  constexpr std::uint64_t kMax = 4 << 20;
  format::LogFrame frame = format::sample_frame(0);
  frame.tracks.assign(500, frame.tracks[0]);
  for (int run = 0; run < 2; ++run) {
    auto writer = open_writer({.directory = folder.path(), .bytes_max = kMax, .every_frame = true});
    for (int k = 0; k < 300; ++k) {
      frame.index = k;
      ASSERT_TRUE(writer->push(frame));
    }
    ASSERT_TRUE(writer->finish().has_value());
    EXPECT_GT(writer->stats().parts, 8);
    EXPECT_GT(writer->stats().evicted, 0);
    std::uint64_t bytes = 0;
    for (const format::LogFile& file : format::list_parts(folder.path()).value()) bytes += file.bytes;
    EXPECT_LE(bytes, kMax);
    EXPECT_GT(bytes, kMax / 2);
    // What is left is the run's end, in order, and says that its begin is gone.
    EXPECT_FALSE(format::find_run(folder.path()).value().begins);
    const auto records = read_all(folder.path());
    std::int64_t last = -1;
    for (const auto& record : records)
      if (const auto* one = std::get_if<format::LogFrame>(&record)) {
        if (last >= 0) EXPECT_EQ(one->index, last + 1);
        last = one->index;
      }
    EXPECT_EQ(last, 299);
  }
}

TEST(LogWriter, WhatDoesNotFitIsAGapInTheLog) {
  const Folder folder;
  // A ring of less than a frame's record: nothing ever fits but gaps.
  auto writer = open_writer({.directory = folder.path(), .ring_bytes = 512});
  format::LogFrame large = format::sample_frame(0);
  large.tracks.assign(100, large.tracks[0]);
  for (int k = 10; k < 13; ++k) {
    large.index = k;
    EXPECT_FALSE(writer->push(large));
  }
  ASSERT_TRUE(writer->finish().has_value());
  EXPECT_EQ(writer->stats().lost, 3);
  const auto records = read_all(folder.path());
  ASSERT_EQ(records.size(), 2u);
  const auto& gap = std::get<format::LogGap>(records[0]);
  EXPECT_EQ(gap.frames, 3);
  EXPECT_EQ(gap.first_index, 10);
  EXPECT_EQ(gap.last_index, 12);
}

TEST(LogWriter, OneProcessWritesAtATime) {
  const Folder folder;
  auto writer = open_writer({.directory = folder.path()});
  const auto second = LogWriter::create({.directory = folder.path()}, format::sample_run());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
}

TEST(LogWriter, ALimitThatCannotHoldTheRunIsRefused) {
  const Folder folder;
  format::LogRun run = format::sample_run();
  run.pipeline_text.assign(400 << 10, ' ');
  const auto writer = LogWriter::create({.directory = folder.path(), .bytes_max = 4 << 20}, run);
  ASSERT_FALSE(writer.has_value());
  EXPECT_NE(writer.error().message.find("max_mb"), std::string::npos);
}

/// Files of this process may not become larger, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit less{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(LogWriter, ADiskThatFailsIsAGapAndTheLogGoesOnAfterIt) {
  const Folder folder;
  auto writer = open_writer({.directory = folder.path(), .every_frame = true});
  format::LogFrame frame = format::sample_frame(0);
  const auto push_until = [&](auto done) {
    for (const auto give_up = std::chrono::steady_clock::now() + 20s; !done();) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up);
      ++frame.index;
      writer->push(frame);
      std::this_thread::yield();
    }
  };
  push_until([&] { return writer->stats().frames > 20; });
  {
    const FileSizeLimit full(512);
    push_until([&] { return writer->stats().lost > 5; });
    EXPECT_NE(writer->stats().error, "");
  }
  const std::int64_t before = writer->stats().frames;
  push_until([&] { return writer->stats().frames > before + 20; });
  ASSERT_TRUE(writer->finish().has_value()) << writer->stats().error;
  std::int64_t frames = 0, missing = 0;
  for (const auto& record : read_all(folder.path())) {
    frames += std::holds_alternative<format::LogFrame>(record);
    if (const auto* gap = std::get_if<format::LogGap>(&record)) missing += gap->frames;
  }
  EXPECT_EQ(frames, writer->stats().frames);
  EXPECT_EQ(missing, writer->stats().lost);
  EXPECT_EQ(frames + missing, frame.index);
}

constexpr const char* kFolderVariable = "HEDGE_TEST_LOG";

// The child: this program again, started by the test below. Disabled, since alone it would never end.
TEST(KilledWriter, DISABLED_Child) {
  const char* folder = ::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr);
  auto writer = open_writer({.directory = folder, .bytes_max = 4 << 20, .every_frame = true});
  format::LogFrame frame = format::sample_frame(0);
  frame.tracks.assign(200, frame.tracks[0]);
  for (std::int64_t k = 0;; ++k) {
    frame.index = k;
    writer->push(frame);
    if (k == 5) EXPECT_EQ(::write(base::kChildReady, "!", 1), 1);
  }
}

TEST(KilledWriter, LeavesAReadableLogEachOfAHundredTimes) {
  const Folder folder;
  std::mt19937 random(7);
  int torn = 0, read = 0;
  for (int round = 0; round < base::kKills; ++round) {
    int ready = -1;
    const pid_t child = base::start_child("KilledWriter.DISABLED_Child", kFolderVariable, folder.path(), ready);
    char answer = 0;
    ASSERT_EQ(::read(ready, &answer, 1), 1);
    std::this_thread::sleep_for(std::uniform_int_distribution(0, 20000)(random) * 1us);
    ::close(ready);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));  // it did not end by itself
    const auto parts = format::find_run(folder.path());
    ASSERT_TRUE(parts.has_value()) << parts.error().message;
    auto reader = format::RunReader::open(*parts);
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    std::int64_t last = -1;
    while (true) {
      const auto record = reader->next();
      ASSERT_TRUE(record.has_value()) << record.error().message;
      if (!*record) break;
      const auto* frame = std::get_if<format::LogFrame>(&**record);
      ASSERT_NE(frame, nullptr);  // every frame is there, in order, up to the last whole one
      if (last >= 0) ASSERT_EQ(frame->index, last + 1);
      last = frame->index;
      ASSERT_EQ(frame->tracks.size(), 200u);
      ++read;
    }
    torn += !reader->damages().empty();
    ASSERT_LE(reader->damages().size(), 1u);
    std::uint64_t bytes = 0;
    for (const format::LogFile& file : format::list_parts(folder.path()).value()) bytes += file.bytes;
    EXPECT_LE(bytes, 4u << 20);
  }
  EXPECT_GT(read, base::kKills * 5);
  std::printf("killed %d times, records read: %d, logs with a torn end: %d\n", base::kKills, read, torn);
}

}  // namespace
}  // namespace hedge::pipeline

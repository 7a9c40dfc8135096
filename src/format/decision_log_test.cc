// The decision log's bytes: what is written is read, cut off anywhere it is read up to there, and nothing is believed.
#include "format/decision_log.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "format/decision_log_sample.h"

namespace hedge::format {
namespace {

std::vector<LogRecord> read_all(LogReader& reader) {
  std::vector<LogRecord> records;
  while (auto record = reader.next()) records.push_back(std::move(*record));
  return records;
}

/// Two records are the same if they have the same bytes: NaN is part of what a log holds.
std::vector<std::byte> bytes_of(const LogRecord& record) {
  std::vector<std::byte> room(kLogFrameBytesMax);
  room.resize(encode(record, room));
  return room;
}

TEST(DecisionLog, WhatIsWrittenIsRead) {
  const auto records = sample_records();
  const auto bytes = encode_part(sample_run(), records);
  auto reader = LogReader::create(bytes, "log");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->run(), sample_run());
  const auto read = read_all(*reader);
  ASSERT_EQ(read.size(), records.size());
  for (std::size_t k = 0; k < read.size(); ++k) EXPECT_EQ(bytes_of(read[k]), bytes_of(records[k])) << k;
  EXPECT_EQ(reader->damage(), "");
  const auto& frame = std::get<LogFrame>(read[0]);
  EXPECT_EQ(frame.tracks[0].id, 7);
  EXPECT_TRUE(frame.tracks[0].confirmed && !frame.tracks[0].visible);
  EXPECT_EQ(frame.rules[0].readings[1].value, 1.25);
  EXPECT_TRUE(std::isnan(frame.numbers[1]));
  EXPECT_EQ(frame.actuators[0].state, 1);
}

TEST(DecisionLog, CutOffAtAnyByteItIsReadUpToTheLastWholeRecord) {
  const auto records = sample_records();
  const auto bytes = encode_part(sample_run(), records);
  std::vector<std::size_t> borders = {encode_part(sample_run(), {}).size()};
  for (std::size_t k = 1; k <= records.size(); ++k)
    borders.push_back(
        encode_part(sample_run(), {records.begin(), records.begin() + static_cast<std::ptrdiff_t>(k)}).size());
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    auto reader = LogReader::create(std::span(bytes).first(size), "log");
    if (size < borders[0]) {
      ASSERT_FALSE(reader.has_value()) << size;
      EXPECT_EQ(reader.error().kind, base::ErrorKind::kInvalid);
      continue;
    }
    ASSERT_TRUE(reader.has_value()) << size;
    const auto whole = static_cast<std::size_t>(std::ranges::upper_bound(borders, size) - borders.begin()) - 1;
    ASSERT_EQ(read_all(*reader).size(), whole) << size;
    EXPECT_EQ(reader->damage().empty(), size == borders[whole]) << size;
  }
}

TEST(DecisionLog, AFlippedBitEndsTheReadingBeforeIt) {
  const auto records = sample_records();
  const auto bytes = encode_part(sample_run(), records);
  const std::size_t first = encode_part(sample_run(), {}).size();
  const std::size_t second = encode_part(sample_run(), {records[0]}).size();
  for (std::size_t at = first; at < second; ++at) {
    auto damaged = bytes;
    damaged[at] ^= std::byte{4};
    auto reader = LogReader::create(damaged, "log");
    ASSERT_TRUE(reader.has_value());
    EXPECT_TRUE(read_all(*reader).empty()) << at;
    EXPECT_NE(reader->damage(), "");
  }
}

TEST(DecisionLog, BytesThatNobodyCheckedAreAnErrorNeverMore) {
  std::mt19937 random(5);
  for (const LogRecord& record : sample_records()) {
    const auto good = bytes_of(record);
    for (int round = 0; round < 3000; ++round) {
      auto bytes = good;
      for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      bytes.resize(random() % (bytes.size() + 1));
      (void)decode_record(bytes);
    }
  }
}

TEST(DecisionLog, ARecordThatDoesNotFitIsNotWrittenInPart) {
  const LogFrame frame = std::get<LogFrame>(sample_records()[0]);
  std::vector<std::byte> room(kLogFrameBytesMax);
  const std::size_t size = encode(frame, room);
  ASSERT_GT(size, 0u);
  for (const std::size_t less : {std::size_t{0}, std::size_t{1}, size / 2, size - 1})
    EXPECT_EQ(encode(frame, std::span(room).first(less)), 0u);
  EXPECT_EQ(encode(frame, std::span(room).first(size)), size);
}

TEST(DecisionLog, OtherFilesAreRefused) {
  const std::vector<std::byte> nothing;
  EXPECT_FALSE(LogReader::create(nothing, "log").has_value());
  auto bytes = encode_part(sample_run(), {});
  bytes[8] = std::byte{9};
  const auto later = LogReader::create(bytes, "log");
  ASSERT_FALSE(later.has_value());
  EXPECT_EQ(later.error().kind, base::ErrorKind::kUnsupported);
}

TEST(DecisionLog, RecordsOfLaterVersionsArePassedOver) {
  auto bytes = encode_part(sample_run(), {});
  const std::vector<std::byte> unknown = {std::byte{77}, std::byte{1}, std::byte{2}};
  append_record(bytes, unknown);
  append_record(bytes, bytes_of(LogEnd{.frames = 5}));
  auto reader = LogReader::create(bytes, "log");
  ASSERT_TRUE(reader.has_value());
  const auto read = read_all(*reader);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(std::get<LogEnd>(read[0]).frames, 5);
}

}  // namespace
}  // namespace hedge::format

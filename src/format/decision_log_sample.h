// A small decision log for tests and the fuzzer's first inputs.
#pragma once

#include <limits>
#include <vector>

#include "format/decision_log.h"

namespace hedge::format {

inline LogRun sample_run() {
  return {.run_id = "run",
          .part = 2,
          .wall_ns = 17,
          .steady_ns = 23,
          .software = "hedge 0",
          .isa = "avx2",
          .pipeline_file = "/a/p.toml",
          .pipeline_text = "[pipeline]\nmodel = \"m.onnx\"\n",
          .card_file = "/a/m.toml",
          .card_text = "[model]\n",
          .labels = {"person", "car"},
          .track_text = "[track]\n",
          .model = "/a/m.onnx",
          .model_sha256 = "ab",
          .onnx_sha256 = "cd",
          .small_model = "/a/s.hedge",
          .small_model_sha256 = "ef",
          .small_card_file = "/a/s.toml",
          .small_card_text = "[model]\n",
          .shapes = {"x=1x3"},
          .freezes = {},
          .disabled_passes = {"fold"},
          .threads = 2,
          .source = "/a/v.avi",
          .source_is_live = true,
          .source_loops = true,
          .frames_per_second = 30};
}

inline LogFrame sample_frame(std::int64_t index) {
  return {
      .index = index,
      .captured_ns = 1000 + index,
      .stream_ns = 40 * index,
      .time_ns = 40 * index,
      .width = 64,
      .height = 48,
      .name = "a.png",
      .segment = 1,
      .ordinal = 3,
      .picture_hash = 0x1234,
      .input_hash = 0x5678,
      .output_hash = 0x9ABC,
      .dropped = 1,
      .misses = 2,
      .times_ns = {1, 2, 3, 4, 5, 6, 7, 8, 9},
      .numbers = {1.5, std::numeric_limits<double>::quiet_NaN(), -0.0},
      .detections = {{.class_id = 0, .score = 0.5f, .box = {1, 2, 3, 4}, .track = 7}},
      .classes = {{.class_id = 3, .score = 0.25f}},
      .tracks = {{.id = 7,
                  .class_id = 0,
                  .box = {1, 2, 3, 4},
                  .score = 0.5f,
                  .velocity = {5, 6, 7, 8},
                  .first_seen_ns = 10,
                  .last_seen_ns = 20,
                  .hits = 3,
                  .confirmed = true,
                  .visible = false}},
      .rules = {{.rule = 0,
                 .condition = true,
                 .on = true,
                 .rising = true,
                 .falling = false,
                 .tracks = {7},
                 .readings = {{.quantity = 0, .track = 7, .value = 0}, {.quantity = 1, .track = -1, .value = 1.25}}}},
      .actuators = {{.state = 1, .rule = 0}},
      .rung = 1,
      .overruled = true,
      .tracker_light = true};
}

inline std::vector<LogRecord> sample_records() {
  return {sample_frame(5), LogGap{.frames = 3, .first_index = 6, .last_index = 9},
          LogNote{.steady_ns = 99, .text = "the disk is full"}, LogEnd{.frames = 2}};
}

inline void append_record(std::vector<std::byte>& bytes, std::span<const std::byte> record) {
  std::byte head[kLogRecordHeadBytes];
  write_record_head(record, head);
  bytes.insert(bytes.end(), std::begin(head), std::end(head));
  bytes.insert(bytes.end(), record.begin(), record.end());
}

/// A part's file.
inline std::vector<std::byte> encode_part(const LogRun& run, const std::vector<LogRecord>& records) {
  std::vector<std::byte> bytes = part_header(), room(kLogRecordBytesMax);
  append_record(bytes, std::span(room).first(encode(LogRecord(run), room)));
  for (const LogRecord& record : records) append_record(bytes, std::span(room).first(encode(record, room)));
  return bytes;
}

}  // namespace hedge::format

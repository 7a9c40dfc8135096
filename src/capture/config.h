// [capture] and [[trigger]] of a pipeline file (docs/formats/pipeline.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/toml_section.h"

namespace hedge::capture {

struct TriggerConfig {
  std::string name;  ///< letters, digits, - and _, at most 40: part of directory names
  std::string when;  ///< an expression of the rule language; text here, evaluated by whoever calls the recorder
  std::chrono::nanoseconds pre{5'000'000'000};
  std::chrono::nanoseconds post{5'000'000'000};
  std::chrono::nanoseconds interval_min{10'000'000'000};
  int priority = 5;  ///< 0 to 9; the lowest leaves the spool first
  int per_hour_max = 60;
};

struct CaptureConfig {
  std::string spool;                              ///< directory; relative to the current one
  std::uint64_t spool_bytes_max = 1024ull << 20;  ///< on disk, half-written events included
  std::size_t ring_bytes_max = 32u << 20;         ///< in memory
  std::chrono::nanoseconds key_interval{1'000'000'000};
  std::chrono::nanoseconds clip_max{60'000'000'000};
  int kbps_max = 8000;
  std::string encoder = "auto";
  double audit_rate = 0;  ///< for in_audit()
  std::uint64_t audit_seed = 1;
  std::vector<TriggerConfig> triggers;

  std::chrono::nanoseconds pre_max() const;  ///< of all triggers
  /// What the encoder may use: `kbps_max`, or less so that the pre-trigger time fits into the ring.
  int kbps() const;
};

/// Reads both sections of a parsed file. Problems go to `problem` (the first wins) with file and line.
CaptureConfig read_capture(const toml::table& root, const std::string& file, std::optional<base::Error>& problem);

}  // namespace hedge::capture

// [log] of a pipeline file: where decisions are written down (docs/formats/pipeline.md).
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/toml_section.h"

namespace hedge::pipeline {

struct LogConfig {
  std::filesystem::path directory;                 ///< relative to the current one
  std::uint64_t bytes_max = 256ull << 20;          ///< of the decisions; the oldest part goes first
  bool frames = false;                             ///< pictures too, without loss
  std::uint64_t frames_bytes_max = 4096ull << 20;  ///< of the pictures
};

/// Reads every key of the table and finishes it.
LogConfig read_log(base::Section section);

}  // namespace hedge::pipeline

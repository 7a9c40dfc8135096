// [second_opinion] of a pipeline file: another model that looks at some of the frames (docs/formats/pipeline.md).
#pragma once

#include <chrono>
#include <filesystem>

#include "base/toml_section.h"

namespace hedge::pipeline {

struct SecondOpinionConfig {
  std::filesystem::path model, card;         ///< relative to the pipeline file; no card: the one beside the model
  std::chrono::milliseconds interval{1000};  ///< between two frames that it is asked about, at least
};

/// Reads every key of the table and finishes it. Paths as they stand there.
SecondOpinionConfig read_second_opinion(base::Section section);

}  // namespace hedge::pipeline

// The golden vectors that `hedge compile` puts into an engine file: which inputs, and their recording.
#pragma once

#include <optional>
#include <string>

#include "format/golden.h"
#include "pipeline/card.h"
#include "program/program.h"

namespace hedge::app {

struct GoldenOptions {
  std::string source;              ///< a number of noise inputs, or a folder of tensors
  std::optional<float> tolerance;  ///< for outputs that cannot be exact; default: see engine/record.h
};

/// Runs the program on this machine. With a card that describes an input, noise for it is pixels of 0..255 after the
/// card's mean and scale; else floats in [0, 1), bytes of any value, other integers and bools of 0 and 1.
///
/// A folder holds test_data_set_k/input_k.pb or input_k.pb (ONNX's layout), or .npy files: one input a file where the
/// model has one input, else one case of <input name>.npy.
base::Result<format::GoldenCases> record_golden(const program::Program& program, const GoldenOptions& options,
                                                const std::optional<pipeline::Card>& card);

}  // namespace hedge::app

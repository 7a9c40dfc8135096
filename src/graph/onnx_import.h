// ONNX in: bytes of a .onnx file -> Graph. Every count, size and type in the file is checked here, once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "graph/graph.h"

namespace hedge::graph {

struct ImportOptions {
  std::map<std::string, Shape> shapes;  ///< --shape NAME=1x3x224x224: replaces symbolic and stated dims of an input
  /// --freeze NAME=VALUE: the input becomes this constant, cast to its stated type and given its stated shape.
  std::map<std::string, Tensor> freezes;
  /// Inputs whose first dim alone is symbolic get batch 1 where no shape is given; other symbolic dims are an error.
  bool symbolic_batch_is_one = true;
  /// For the reference interpreter, which infers types as it goes: nothing is inferred or folded, types may stay
  /// unknown.
  bool allow_dynamic = false;
};

/// Parses, builds, infers types, folds constants and If; the result passes verify(). Errors are one line and name the
/// node. Never reads another file: external data is kUnsupported.
Result<Graph> import_onnx(std::span<const std::byte> bytes, const ImportOptions& options = {});
Result<Graph> import_onnx_file(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace hedge::graph

// One test in ONNX's own layout: a folder with model.onnx and test_data_set_k/{input,output}_k.pb.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/onnx_import.h"

namespace hedge::graph {

enum class Verdict { kPass, kUnsupported, kWrong };
const char* to_string(Verdict verdict);

struct ConformanceResult {
  Verdict verdict = Verdict::kPass;
  std::string reason;  ///< why not pass
};

/// Runs a graph on inputs: the interpreter, or compile + engine.
using Executor = std::function<Result<std::vector<Tensor>>(const Graph&, std::span<const Tensor>)>;

struct ConformanceOptions {
  /// The graph must have static types: it is imported with the shapes of the test's inputs, and inputs that decide
  /// shapes are frozen to the test's values.
  bool static_types = false;
  double rtol = 1e-3;
  double atol = 1e-5;
};

/// kInvalid files in the test itself count as wrong; what Hedge does not do as unsupported.
ConformanceResult run_conformance_test(const std::filesystem::path& directory, const Executor& execute,
                                       const ConformanceOptions& options = {});

/// Element by element |a - b| <= atol + rtol * |b|; integers and bools exactly. Empty where they agree, else the
/// reason.
std::string difference(const Tensor& actual, const Tensor& expected, double rtol, double atol);

}  // namespace hedge::graph

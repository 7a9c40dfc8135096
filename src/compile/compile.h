// graph -> program: named passes, then lowering. Every pass can be switched off, timed, verified and dumped.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "compile/pass.h"
#include "compile/tune.h"
#include "program/family.h"
#include "program/program.h"

namespace hedge::compile {

/// What one pass did.
struct PassReport {
  std::string_view name;
  std::string_view purpose;
  bool enabled = true;
  int changes = 0;
  std::size_t nodes_before = 0, nodes_after = 0;
  std::int64_t microseconds = 0;
};

/// When convolutions run together by bands of rows (compile/find_bands.h), in bytes. Measured on networks of 224 to 416
/// pixels: what is smaller stays in the second-level cache anyway.
struct BandLimits {
  std::size_t between_min = 512 << 10;  ///< what lies between two of them, whole
  std::size_t buffers_max = 256 << 10;  ///< the rows of it that are kept, of a chain and thread
  std::size_t weights_max = 64 << 10;   ///< of each: they are read again for each band
};

struct CompileOptions {
  kernel::IsaSet isa;                     ///< which instructions the target has
  std::set<std::string> disabled_passes;  ///< by name; unknown names are kUsage
  bool tune = false;                      ///< choose kernels by the clock of this CPU (compile/tune.h)
  bool keep_all_tensors = false;          ///< no memory is reused, so that every tensor can be read after a run
  bool portable = true;                   ///< other machines may pack the weights anew (program/repack.h)
  BandLimits bands;
  program::Provenance provenance;
  /// Called after each pass with the graph as it is then.
  std::function<void(const PassReport&, const Graph&)> after_pass;
  /// Called once after lowering, where `tune` is set.
  std::function<void(const TuneReport&)> after_tuning;
};

/// One candidate of one step and why it declined; empty reason: chosen, or not needed any more.
struct Considered {
  std::string kernel;
  std::string reason;
};
struct StepExplanation {
  std::string label, op, chosen;
  std::vector<Considered> considered;
};

/// The passes alone. Verified after each one: a pass that breaks the graph is a bug and stops the program.
Result<Graph> optimize(Graph graph, const CompileOptions& options);
Result<program::Program> compile(Graph graph, const CompileOptions& options);
/// For each step of the optimized graph: who could run it and why not.
std::vector<StepExplanation> explain(const Graph& optimized, const CompileOptions& options);

}  // namespace hedge::compile

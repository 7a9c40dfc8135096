// The last stage: graph -> program. Chooses kernels, packs weights, places tensors.
#pragma once

#include "compile/compile.h"

namespace hedge::compile {

/// The graph must be verified and sorted; its constants are given back as soon as they are packed. Reshapes vanish:
/// their result is their operand's memory.
Result<program::Program> lower(Graph graph, const CompileOptions& options);

struct Choice {
  std::vector<const program::Candidate*> able;  ///< that this machine can run and that do not decline, best first
  std::vector<Considered> considered;

  const program::Candidate* first() const { return able.empty() ? nullptr : able.front(); }
};
Choice choose_kernel(const program::StepView& step, kernel::IsaSet isa);

}  // namespace hedge::compile

// The last stage: graph -> program. Chooses kernels, packs weights, places tensors.
#pragma once

#include "compile/compile.h"

namespace hedge::compile {

/// The graph must be verified and sorted; its constants are given back as soon as they are packed. Reshapes vanish:
/// their result is their operand's memory.
Result<program::Program> lower(Graph graph, const CompileOptions& options);

/// The first candidate that this machine can run and that does not decline.
struct Choice {
  const program::Candidate* candidate = nullptr;
  std::vector<const program::Candidate*> able;  ///< it and all behind it that could run the step too
  std::vector<Considered> considered;
};
Choice choose_kernel(const program::StepView& step, kernel::IsaSet isa);

}  // namespace hedge::compile

#include "program/liveness.h"

#include <map>

namespace hedge::program {
namespace {

using base::ErrorKind;
using base::fail;
using base::Status;

/// What the arena holds at one moment of the run: blocks by offset, none overlapping another.
class ArenaContents {
 public:
  /// The block's bytes are the tensor's now; whatever lay there, in whole or in part, is lost.
  void write(const ProgramTensor& tensor) {
    if (tensor.size_bytes == 0) return;
    auto at = blocks_.upper_bound(tensor.offset);
    if (at != blocks_.begin() && std::prev(at)->first + std::prev(at)->second.size_bytes > tensor.offset) --at;
    while (at != blocks_.end() && at->first < tensor.offset + tensor.size_bytes) at = blocks_.erase(at);
    blocks_[tensor.offset] = {tensor.size_bytes, tensor.type.dtype};
  }
  /// The shape may differ from the written one: a Reshape costs no step.
  bool holds(const ProgramTensor& tensor) const {
    if (tensor.size_bytes == 0) return true;
    const auto found = blocks_.find(tensor.offset);
    return found != blocks_.end() && found->second.size_bytes == tensor.size_bytes &&
           found->second.dtype == tensor.type.dtype;
  }

 private:
  struct Block {
    std::uint64_t size_bytes = 0;
    tensor::DType dtype = tensor::DType::kUndefined;
  };
  std::map<std::uint64_t, Block> blocks_;
};

}  // namespace

Status verify_liveness(const Program& program) {
  const auto tensor = [&](std::int32_t index) -> const ProgramTensor& {
    return program.tensors[static_cast<std::size_t>(index)];
  };
  ArenaContents arena;
  for (const std::int32_t input : program.inputs) arena.write(tensor(input));
  for (const std::int32_t input : program.inputs)
    if (!arena.holds(tensor(input))) return fail(ErrorKind::kInvalid, "input '{}' lies on another", tensor(input).name);
  for (std::size_t k = 0; k < program.steps.size(); ++k) {
    const Step& step = program.steps[k];
    for (const std::int32_t input : step.inputs)
      if (input != kAbsent && tensor(input).place == Place::kArena && !arena.holds(tensor(input)))
        return fail(ErrorKind::kInvalid, "step {} '{}' ({}): '{}' is not in the arena when it is read", k, step.label,
                    step.op, tensor(input).name);
    for (const std::int32_t output : step.outputs)
      if (output != kAbsent) arena.write(tensor(output));
  }
  for (const std::int32_t output : program.outputs)
    if (!arena.holds(tensor(output)))
      return fail(ErrorKind::kInvalid, "output '{}' is not in the arena when the run ends", tensor(output).name);
  return {};
}

}  // namespace hedge::program

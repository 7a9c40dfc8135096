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
  explicit ArenaContents(const Program& program) : program_(program), is_written_(program.tensors.size(), false) {
    for (const std::int32_t input : program.inputs) is_written_[static_cast<std::size_t>(input)] = true;
    for (const Step& step : program.steps)
      for (const std::int32_t output : step.outputs)
        if (output != kAbsent) is_written_[static_cast<std::size_t>(output)] = true;
  }

  /// The block's bytes are the tensor's now; whatever lay there, in whole or in part, is lost.
  void write(std::int32_t index) {
    const ProgramTensor& tensor = program_.tensors[static_cast<std::size_t>(index)];
    if (tensor.size_bytes == 0) return;
    auto at = blocks_.upper_bound(tensor.offset);
    if (at != blocks_.begin() && end_of(std::prev(at)->second) > tensor.offset) --at;
    while (at != blocks_.end() && at->first < tensor.offset + tensor.size_bytes) at = blocks_.erase(at);
    blocks_[tensor.offset] = index;
  }
  /// A tensor that nobody writes is another's bytes under another shape: a Reshape that costs no step.
  bool holds(std::int32_t index) const {
    const ProgramTensor& tensor = program_.tensors[static_cast<std::size_t>(index)];
    if (tensor.size_bytes == 0) return true;
    const auto found = blocks_.find(tensor.offset);
    if (found == blocks_.end()) return false;
    const ProgramTensor& written = program_.tensors[static_cast<std::size_t>(found->second)];
    return found->second == index ||
           (!is_written_[static_cast<std::size_t>(index)] && written.size_bytes == tensor.size_bytes &&
            written.type.dtype == tensor.type.dtype);
  }

 private:
  std::uint64_t end_of(std::int32_t index) const {
    const ProgramTensor& tensor = program_.tensors[static_cast<std::size_t>(index)];
    return tensor.offset + tensor.size_bytes;
  }

  const Program& program_;
  std::vector<bool> is_written_;
  std::map<std::uint64_t, std::int32_t> blocks_;  ///< the tensor written last
};

}  // namespace

Status verify_liveness(const Program& program) {
  const auto name = [&](std::int32_t index) -> const std::string& {
    return program.tensors[static_cast<std::size_t>(index)].name;
  };
  ArenaContents arena(program);
  for (const std::int32_t input : program.inputs) arena.write(input);
  for (const std::int32_t input : program.inputs)
    if (!arena.holds(input)) return fail(ErrorKind::kInvalid, "input '{}' lies on another", name(input));
  for (std::size_t k = 0; k < program.steps.size(); ++k) {
    const Step& step = program.steps[k];
    for (const std::int32_t input : step.inputs) {
      if (input == kAbsent || program.tensors[static_cast<std::size_t>(input)].place != Place::kArena) continue;
      if (!arena.holds(input))
        return fail(ErrorKind::kInvalid, "step {} '{}' ({}): '{}' is not in the arena when it is read", k, step.label,
                    step.op, name(input));
    }
    for (const std::int32_t output : step.outputs)
      if (output != kAbsent && program.tensors[static_cast<std::size_t>(output)].place == Place::kArena)
        arena.write(output);
  }
  for (const std::int32_t output : program.outputs)
    if (!arena.holds(output))
      return fail(ErrorKind::kInvalid, "output '{}' is not in the arena when the run ends", name(output));
  return {};
}

}  // namespace hedge::program

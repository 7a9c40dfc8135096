#include "program/exactness.h"

#include <algorithm>
#include <string_view>

#include "op/operator.h"
#include "program/footprint.h"

namespace hedge::program {
namespace {

/// ONNX's operators that copy values, and the two that ONNX defines to the bit.
constexpr std::string_view kExactOperators[] = {
    "Concat",   "DepthToSpace", "DequantizeLinear", "Expand",  "Flatten", "Gather",       "GatherElements", "GatherND",
    "Identity", "Pad",          "QuantizeLinear",   "Reshape", "Slice",   "SpaceToDepth", "Split",          "Squeeze",
    "Tile",     "Transpose",    "Unsqueeze",        "Where"};

bool is_float(const Program& program, std::int32_t index) {
  if (index == kAbsent) return false;
  const ProgramTensor& tensor = program.tensors[static_cast<std::size_t>(index)];
  return tensor.place != Place::kWeights && tensor::is_float(tensor.type.dtype);
}

/// Equal operands give equal results, on every machine.
bool is_exact(const Program& program, const Step& step) {
  if (step.domain == op::kHedgeDomain && (step.op.starts_with('Q') || step.op == "Pick")) return true;
  if (step.domain.empty() && std::ranges::find(kExactOperators, step.op) != std::end(kExactOperators)) return true;
  const auto floats = [&](std::int32_t index) { return is_float(program, index); };
  return std::ranges::none_of(step.inputs, floats) && std::ranges::none_of(step.outputs, floats);
}

/// By memory rather than by tensor: a Reshape without a step is another tensor on the same bytes.
class ArenaExactness {
 public:
  explicit ArenaExactness(const Program& program) : program_(program) {}

  Exactness read(std::int32_t index) const {
    Exactness worst = Exactness::kExact;
    if (index == kAbsent || tensor(index).place == Place::kWeights) return worst;
    for (const auto& [written, exactness] : written_)
      if (share_bytes(written, index)) worst = std::max(worst, exactness);
    return worst;
  }
  void write(std::int32_t index, Exactness exactness) {
    if (index == kAbsent) return;
    std::erase_if(written_, [&](const auto& earlier) { return share_bytes(earlier.first, index); });
    written_.emplace_back(index, exactness);
  }

 private:
  const ProgramTensor& tensor(std::int32_t index) const { return program_.tensors[static_cast<std::size_t>(index)]; }
  /// Of bands there is one at a time, read by the next step.
  bool share_bytes(std::int32_t a, std::int32_t b) const { return a == b || overlap(tensor(a), tensor(b)); }

  const Program& program_;
  std::vector<std::pair<std::int32_t, Exactness>> written_;
};

}  // namespace

std::vector<Exactness> output_exactness(const Program& program) {
  ArenaExactness arena(program);
  for (const Step& step : program.steps) {
    Exactness worst = is_exact(program, step) ? Exactness::kExact : Exactness::kRounded;
    for (const std::int32_t input : step.inputs) worst = std::max(worst, arena.read(input));
    for (const std::int32_t output : step.outputs) {
      const bool steps = worst != Exactness::kExact && output != kAbsent && !is_float(program, output);
      arena.write(output, steps ? Exactness::kStepped : worst);
    }
  }
  std::vector<Exactness> outputs;
  for (const std::int32_t output : program.outputs) outputs.push_back(arena.read(output));
  return outputs;
}

}  // namespace hedge::program

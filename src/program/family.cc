#include "program/family.h"

#include <algorithm>
#include <map>

#include "program/footprint.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

using Key = std::pair<std::string_view, std::string_view>;

/// Every operator with its candidates; those without kernels have their reference alone.
std::map<Key, CandidateList> make_table() {
  std::map<Key, CandidateList> table;
  const auto add = [&](std::string_view domain, std::initializer_list<std::string_view> ops,
                       const CandidateList& list) {
    for (const std::string_view op : ops) table[{domain, op}] = list;
  };
  add(op::kHedgeDomain, {"Conv"}, conv_candidates());
  add(op::kHedgeDomain, {"QConv"}, qconv_candidates());
  add(op::kHedgeDomain, {"Gemm"}, gemm_candidates());
  add(op::kHedgeDomain, {"Lstm"}, lstm_candidates());
  add(op::kHedgeDomain, {"QTable"}, qtable_candidates());
  add(op::kHedgeDomain, {"QAdd", "QMul"}, qbinary_candidates());
  add("", {"QuantizeLinear"}, quantize_candidates());
  add(op::kHedgeDomain, {"QPixels"}, qpixels_candidates());
  add("", {"DequantizeLinear"}, dequantize_candidates());
  add(op::kHedgeDomain, {"MaxPool", "AveragePool", "GlobalAveragePool", "QAveragePool"}, pool_candidates());
  add(op::kHedgeDomain, {"Resize", "QResize"}, resize_candidates());
  add(op::kHedgeDomain, {"Silu"}, unary_candidates());
  add("",
      {"Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Exp", "Sqrt", "Neg", "Abs"},
      unary_candidates());
  add("", {"Add", "Sub", "Mul", "Div", "Min", "Max", "Sum"}, binary_candidates());
  add("", {"MatMul"}, matmul_candidates());
  add("", {"Softmax"}, softmax_candidates());
  CandidateList transposes = move_candidates();
  for (const Candidate* candidate : transpose_candidates()) transposes.push_back(candidate);
  add("", {"Transpose"}, transposes);
  add(op::kHedgeDomain, {"Pick"}, move_candidates());
  add("", {"Slice", "Concat", "Pad", "SpaceToDepth", "DepthToSpace", "Gather"}, move_candidates());
  for (const op::Operator* operation : op::all())
    table[{operation->domain, operation->name}].push_back(&reference_candidate());
  return table;
}

}  // namespace

bool StepView::is_dense() const {
  const auto dense = [](std::uint64_t pitch) { return pitch == 0; };
  return std::ranges::all_of(input_pitches, dense) && std::ranges::all_of(output_pitches, dense);
}

std::size_t StepView::span_bytes(const TensorType& type, std::span<const std::uint64_t> pitches, std::size_t k) {
  return footprint(type, 0, k < pitches.size() ? pitches[k] : 0).end();
}

std::int64_t StepView::pitch(const TensorType& type, std::span<const std::uint64_t> pitches, std::size_t k) {
  if (k < pitches.size() && pitches[k] != 0) return static_cast<std::int64_t>(pitches[k]);
  return static_cast<std::int64_t>(type.shape.rank() > 0 ? row_bytes(type) : type.size_bytes());
}

std::span<const Candidate* const> candidates(std::string_view domain, std::string_view op) {
  static const std::map<Key, CandidateList> table = make_table();
  const auto found = table.find({domain, op});
  return found != table.end() ? std::span<const Candidate* const>(found->second) : std::span<const Candidate* const>();
}

std::vector<const Candidate*> by_preference(const StepView& step) {
  std::vector<const Candidate*> order, avoiding;
  const Candidate* reference = nullptr;
  for (const Candidate* candidate : candidates(step.domain, step.op)) {
    if (candidate->name() == kReferenceName)
      reference = candidate;
    else
      (candidate->avoids(step) ? avoiding : order).push_back(candidate);
  }
  order.insert(order.end(), avoiding.begin(), avoiding.end());
  if (reference != nullptr) order.push_back(reference);
  return order;
}

const Candidate* find_candidate(std::string_view domain, std::string_view op, std::string_view name) {
  for (const Candidate* candidate : candidates(domain, op))
    if (candidate->name() == name) return candidate;
  return nullptr;
}

}  // namespace hedge::program

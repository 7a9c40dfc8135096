#include "program/step_cost.h"

#include <algorithm>
#include <string_view>

#include "op/operator.h"
#include "program/family.h"

namespace hedge::program {
namespace {

using tensor::Shape;

/// Products summed for one element of the output; 0 where the operator multiplies no matrices.
std::int64_t depth_of(const Step& step, const Shape& first, const Shape& weights) {
  const std::string_view op = step.op;
  if (step.domain == op::kHedgeDomain) {
    if (op == "Conv" || op == "QConv") return weights[0] * weights[1] * weights[2];
    if (op == "Lstm") return 2 * weights[0];  // four gates for two states
    return op == "Gemm" ? weights[0] : 0;
  }
  if (op == "Conv" || op == "ConvInteger" || op == "QLinearConv")
    return weights.elements() / std::max<std::int64_t>(weights[0], 1);
  if (op == "Gemm") return weights[step.attributes.integer("transB", 0) != 0 ? 1 : 0];
  if (op == "MatMul" || op == "MatMulInteger" || op == "QLinearMatMul") return first[first.rank() - 1];
  return 0;
}

/// Each input element meets every weight of its gate, each state too.
std::int64_t recurrence_macs(const Shape& x, const Shape& weights, const Shape& recurrence) {
  return x.rank() == 3 ? x[0] * x[1] * (weights.elements() + recurrence.elements()) : 0;
}

}  // namespace

StepCost step_cost(const Program& program, const Step& step) {
  const auto tensor = [&](std::int32_t index) -> const ProgramTensor* {
    return index == kAbsent ? nullptr : &program.tensors[static_cast<std::size_t>(index)];
  };
  StepCost cost;
  const bool quantized = step.domain == op::kHedgeDomain && step.op.starts_with('Q');
  for (const auto* list : {&step.inputs, &step.outputs})
    for (const std::int32_t index : *list)
      if (const ProgramTensor* operand = tensor(index)) {
        cost.bytes += static_cast<std::int64_t>(operand->pitch == 0 ? operand->size_bytes : operand->type.size_bytes());
        if (operand->place != Place::kWeights && tensor::is_float(operand->type.dtype) && !quantized)
          cost.is_float = true;
      }
  // QLinearConv and its kin: x, its scale, its zero point, then the weights.
  const std::size_t at = step.op.starts_with("QLinear") ? 3 : 1;
  const ProgramTensor* x = step.inputs.empty() ? nullptr : tensor(step.inputs[0]);
  const ProgramTensor* weights = step.inputs.size() > at ? tensor(step.inputs[at]) : nullptr;
  const ProgramTensor* y = step.outputs.empty() ? nullptr : tensor(step.outputs[0]);
  if (x == nullptr || weights == nullptr || x->type.shape.rank() == 0) return cost;
  if (step.op == "LSTM" || step.op == "GRU" || step.op == "RNN") {
    if (const ProgramTensor* state = step.inputs.size() > 2 ? tensor(step.inputs[2]) : nullptr)
      cost.macs = recurrence_macs(x->type.shape, weights->type.shape, state->type.shape);
  } else if (step.op == "ConvTranspose") {
    const Shape& shape = weights->type.shape;
    cost.macs = x->type.elements() * (shape.elements() / std::max<std::int64_t>(shape[0], 1));
  } else if (y != nullptr) {
    cost.macs = y->type.elements() * depth_of(step, x->type.shape, weights->type.shape);
  }
  cost.integer_products = cost.macs > 0 && !tensor::is_float(weights->type.dtype);
  return cost;
}

std::int64_t total_macs(const Program& program) {
  std::int64_t sum = 0;
  for (const Step& step : program.steps) sum += step_cost(program, step).macs;
  return sum;
}

std::string kernel_family(const Step& step) {
  if (step.kernel == kReferenceName) return std::string(kReferenceName) + " " + step.op;
  return step.kernel.substr(0, step.kernel.find('_'));
}

}  // namespace hedge::program

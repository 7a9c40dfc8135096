#include "op/operator.h"

#include <algorithm>
#include <tuple>

#include "op/catalog.h"

namespace hedge::op {
namespace {

auto key(const Operator* operation) { return std::tuple(operation->domain, operation->name); }

const std::vector<const Operator*>& sorted_operators() {
  static const std::vector<const Operator*> operators = [] {
    std::vector<const Operator*> list;
    for (const Catalog catalog : {math_catalog(), reduce_catalog(), shape_catalog(), nn_catalog(), quant_catalog(),
                                  detection_catalog(), hedge_catalog()})
      list.insert(list.end(), catalog.begin(), catalog.end());
    std::ranges::sort(list, {}, key);
    for (std::size_t i = 1; i < list.size(); ++i) HEDGE_CHECK(key(list[i - 1]) != key(list[i]));
    return list;
  }();
  return operators;
}

}  // namespace

const Operator* find(std::string_view domain, std::string_view name) {
  if (domain == "ai.onnx") domain = "";
  const auto& list = sorted_operators();
  const auto at = std::ranges::lower_bound(list, std::tuple(domain, name), {}, key);
  return at != list.end() && key(*at) == std::tuple(domain, name) ? *at : nullptr;
}

std::vector<const Operator*> all() { return sorted_operators(); }

Result<const Tensor*> InferArgs::constant(int index, std::string_view what) const {
  const Tensor* value =
      index < static_cast<int>(constants.size()) ? constants[static_cast<std::size_t>(index)] : nullptr;
  if (value == nullptr)
    return fail(ErrorKind::kUnsupported, "{} is computed at run time; freeze it to a constant (--freeze NAME=VALUE)",
                what);
  return value;
}

Result<std::vector<TensorType>> infer(const Operator& operation, const InferArgs& args) {
  const int inputs = static_cast<int>(args.inputs.size());
  if (inputs < operation.inputs_min || inputs > operation.inputs_max)
    return fail(ErrorKind::kInvalid, "{} takes {} to {} inputs, not {}", operation.name, operation.inputs_min,
                operation.inputs_max, inputs);
  if (args.output_count < operation.outputs_min || args.output_count > operation.outputs_max)
    return fail(ErrorKind::kInvalid, "{} has {} to {} outputs, not {}", operation.name, operation.outputs_min,
                operation.outputs_max, args.output_count);
  for (int i = 0; i < operation.inputs_min; ++i)
    if (!args.has_input(i)) return fail(ErrorKind::kInvalid, "{}: input {} is required", operation.name, i);
  auto types = operation.infer(args);
  if (!types) return base::in_context(types.error(), operation.name);
  HEDGE_CHECK(static_cast<int>(types->size()) >= args.output_count);
  return types;
}

}  // namespace hedge::op

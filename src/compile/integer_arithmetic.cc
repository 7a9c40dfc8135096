// Sums, products, averages and linear resizing of bytes, each with what quantizes it (docs/int8.md).
#include <algorithm>
#include <limits>

#include "compile/integer_rules.h"
#include "compile/rewrite.h"
#include "op/hedge/quant.h"

namespace hedge::compile {
namespace {

/// A Relu or Clip right before the QuantizeLinear is nothing but bounds.
struct Bounded {
  ValueId value;
  kernel::QuantEpilogue epilogue;
};

std::optional<Bounded> bounds_before(const Graph& graph, const Node& quantize) {
  const Quantization y = *quantization_of(graph, quantize);
  Bounded result{quantize.input(0), {.y_zero = y.zero, .y_low = 0, .y_high = 255}};
  if (!graph.has_single_consumer(result.value)) return std::nullopt;
  const Node* node = graph.producer_of(result.value);
  if (node == nullptr || !is_any(*node, "Relu", "Clip")) return result;
  if (!graph.has_single_consumer(node->input(0))) return std::nullopt;
  if (is_any(*node, "Relu")) {
    result.epilogue.y_low = y.zero;
  } else {
    double bounds[2] = {-std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    for (const int k : {1, 2}) {
      if (node->opset < 11) {
        const float given = node->attributes.real(k == 1 ? "min" : "max", k == 1 ? -3e38f : 3e38f);
        bounds[k - 1] = static_cast<double>(given);
      } else if (node->has_input(k)) {
        const Tensor* bound = float_constant(graph, node->input(k));
        if (bound == nullptr) return std::nullopt;
        bounds[k - 1] = static_cast<double>(bound->as<float>()[0]);
      }
    }
    result.epilogue.y_low = y.quantize(bounds[0]);
    result.epilogue.y_high = y.quantize(bounds[1]);
    if (result.epilogue.y_low > result.epilogue.y_high) return std::nullopt;
  }
  result.value = node->input(0);
  return result;
}

float ratio(double a, double b) { return static_cast<float>(a / b); }

}  // namespace

std::vector<ValueId> integer_binary(Graph& graph, const Node& quantize) {
  const auto bounded = bounds_before(graph, quantize);
  if (!bounded) return {};
  const Node* node = graph.producer_of(bounded->value);
  if (node == nullptr || !is_any(*node, "Add", "Sub", "Mul", "Sum") || node->inputs.size() != 2) return {};
  const auto a = dequantized(graph, node->input(0)), b = dequantized(graph, node->input(1));
  if (!a || !b) return {};
  const double a_scale = static_cast<double>(a->quantization.scale),
               b_scale = static_cast<double>(b->quantization.scale),
               y_scale = static_cast<double>(quantization_of(graph, quantize)->scale);
  op::Attributes attributes;
  op::set_quant_epilogue(attributes, bounded->epilogue);
  attributes.set("a_zero", std::int64_t{a->quantization.zero});
  attributes.set("b_zero", std::int64_t{b->quantization.zero});
  const bool multiplies = is_any(*node, "Mul");
  if (multiplies) {
    attributes.set("scale", ratio(a_scale * b_scale, y_scale));
  } else {
    attributes.set("a_scale", ratio(a_scale, y_scale));
    attributes.set("b_scale", ratio(is_any(*node, "Sub") ? -b_scale : b_scale, y_scale));
  }
  return {add_hedge_node(graph, multiplies ? "QMul" : "QAdd", {a->bytes, b->bytes}, std::move(attributes),
                         graph.value(bounded->value).name)};
}

std::vector<ValueId> integer_average(Graph& graph, const Node& quantize) {
  const auto bounded = bounds_before(graph, quantize);
  if (!bounded) return {};
  const Node* found = graph.producer_of(bounded->value);
  if (found == nullptr || found->inputs.empty()) return {};
  const Node node = *found;
  const auto x = dequantized(graph, node.input(0));
  if (!x) return {};
  const Shape xs = graph.value(x->bytes).type.shape, ys = graph.value(bounded->value).type.shape;
  const bool whole = node.is_hedge("GlobalAveragePool");
  bool mean = false;
  if (is_any(node, "ReduceMean") && xs.rank() == 4) {
    std::vector<std::int64_t> axes(node.attributes.integers("axes").begin(), node.attributes.integers("axes").end());
    if (const Tensor* given = graph.constant(node.input(1)); given != nullptr && given->dtype() == DType::kI64)
      axes.assign(given->as<std::int64_t>().begin(), given->as<std::int64_t>().end());
    for (std::int64_t& axis : axes) axis = axis < 0 ? axis + 4 : axis;
    std::ranges::sort(axes);
    mean = axes == std::vector<std::int64_t>{1, 2};
  }
  if (!whole && !mean && !node.is_hedge("AveragePool")) return {};
  op::Attributes attributes = whole || mean ? op::Attributes() : node.attributes;
  if (whole || mean) attributes.set("kernel_shape", std::vector{xs[1], xs[2]});
  op::set_quant_epilogue(attributes, bounded->epilogue);
  attributes.set("x_zero", std::int64_t{x->quantization.zero});
  attributes.set("scale", ratio(static_cast<double>(x->quantization.scale),
                                static_cast<double>(quantization_of(graph, quantize)->scale)));
  if (xs.elements() == 0 || xs[1] * xs[2] > (1 << 20)) return {};
  const ValueId y =
      add_hedge_node(graph, "QAveragePool", {x->bytes}, std::move(attributes), graph.value(bounded->value).name);
  return {graph.value(y).type.shape == ys ? y : add_reshape(graph, y, ys)};
}

std::vector<ValueId> integer_resize(Graph& graph, const Node& quantize) {
  const auto bounded = bounds_before(graph, quantize);
  if (!bounded) return {};
  const Node* node = graph.producer_of(bounded->value);
  if (node == nullptr || !node->is_hedge("Resize")) return {};
  const auto x = dequantized(graph, node->input(0));
  if (!x) return {};
  op::Attributes attributes = node->attributes;
  op::set_quant_epilogue(attributes, bounded->epilogue);
  attributes.set("x_zero", std::int64_t{x->quantization.zero});
  attributes.set("scale", ratio(static_cast<double>(x->quantization.scale),
                                static_cast<double>(quantization_of(graph, quantize)->scale)));
  return {add_hedge_node(graph, "QResize", {x->bytes}, std::move(attributes), graph.value(bounded->value).name)};
}

}  // namespace hedge::compile

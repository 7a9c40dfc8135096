#include "differential/quantized_graph.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "differential/graph_maker.h"
#include "graph/infer_types.h"
#include "graph/interpreter.h"

namespace hedge::test {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorType;

constexpr int kOpset = 17;

struct Range {
  float low = 0, high = 0;
};

class Quantizer {
 public:
  Quantizer(RandomGraph random, std::uint64_t seed) : result_(std::move(random)), random_(seed * 2 + 1) {}

  RandomGraph run() {
    measure();
    const std::vector<NodeId> nodes = graph().nodes();
    const std::vector<ValueId> inputs = graph().inputs;
    for (const NodeId id : nodes) quantize_weights(id);
    for (const ValueId input : inputs)
      if (random_.chance(90)) insert_pair(input);
    for (const NodeId id : nodes)
      for (const ValueId output : std::vector(graph().node(id).outputs))
        if (random_.chance(85)) insert_pair(output);
    HEDGE_CHECK(graph().sort().has_value());
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  void measure() {
    const auto take = [&](const std::string& name, const Tensor& value) {
      if (value.dtype() != DType::kF32 || value.as<float>().empty()) return;
      const auto [low, high] = std::ranges::minmax(value.as<float>());
      if (std::isfinite(low) && std::isfinite(high)) ranges_[name] = {std::min(low, 0.0f), std::max(high, 0.0f)};
    };
    for (std::size_t k = 0; k < result_.inputs.size(); ++k)
      take(graph().value(graph().inputs[k]).name, result_.inputs[k]);
    const auto outputs = graph::interpret(
        graph(), result_.inputs,
        {.observe = [&](const graph::Value& value, const Tensor& tensor) { take(value.name, tensor); }});
    HEDGE_CHECK(outputs.has_value());
  }

  ValueId node(std::string_view op, std::vector<ValueId> operands, const TensorType& type, std::int64_t axis = 1) {
    Node node{.op_type = std::string(op), .opset = kOpset, .inputs = std::move(operands)};
    node.attributes.set("axis", axis);
    node.outputs = {graph().add_value(op, type)};
    const ValueId output = node.output();
    graph().add_node(std::move(node));
    return output;
  }

  void insert_pair(ValueId value) {
    if (value == ValueId::kNone || graph().value(value).type.dtype != DType::kF32) return;
    const auto found = ranges_.find(graph().value(value).name);
    if (found == ranges_.end() || !(found->second.high > found->second.low)) return;
    const Range range = found->second;
    const float scale = (range.high - range.low) / 255 * random_.pick({0.9f, 1.0f, 1.0f, 1.1f});
    const auto zero = static_cast<int>(std::clamp(std::nearbyint(-range.low / scale), 0.0f, 255.0f));
    const bool is_signed = random_.chance(20);
    const ValueId s = graph().add_constant("scale", Tensor::scalar(scale));
    const ValueId z = graph().add_constant("zero", is_signed ? Tensor::scalar(static_cast<std::int8_t>(zero - 128))
                                                             : Tensor::scalar(static_cast<std::uint8_t>(zero)));
    const TensorType real = graph().value(value).type;
    const ValueId q = graph().add_value("q", {is_signed ? DType::kI8 : DType::kU8, real.shape});
    const ValueId back = graph().add_value("back", real);
    if (!graph().replace_uses(value, back)) return;
    Node quantize{.op_type = "QuantizeLinear", .opset = kOpset, .inputs = {value, s, z}, .outputs = {q}};
    Node dequantize{.op_type = "DequantizeLinear", .opset = kOpset, .inputs = {q, s, z}, .outputs = {back}};
    graph().add_node(std::move(quantize));
    graph().add_node(std::move(dequantize));
    if (random_.chance(10) && !is_signed) graph().outputs.push_back(q);
  }

  void quantize_weights(NodeId id) {
    const Node& product = graph().node(id);
    if (!product.is("Conv") && !product.is("Gemm") && !product.is("MatMul")) return;
    const Tensor* w = graph().constant(product.input(1));
    if (w == nullptr || w->dtype() != DType::kF32 || w->shape().rank() < 2 || random_.chance(10)) return;
    const Shape shape = w->shape();
    int axis = shape.rank() - 1;
    if (product.is("Conv") || (product.is("Gemm") && product.attributes.integer("transB", 0) != 0)) axis = 0;
    const bool per_channel = random_.chance(75), is_unsigned = random_.chance(10);
    const std::int64_t inner = shape.elements(axis + 1, shape.rank());
    const auto channel_of = [&](std::size_t i) {
      return per_channel ? static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % shape[axis]) : 0;
    };
    const auto values = w->as<float>();
    std::vector<float> scales(per_channel ? static_cast<std::size_t>(shape[axis]) : 1, 1e-6f);
    for (std::size_t i = 0; i < values.size(); ++i)
      scales[channel_of(i)] = std::max(scales[channel_of(i)], std::abs(values[i]) / 127);
    Tensor q(is_unsigned ? DType::kU8 : DType::kI8, shape);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto steps = static_cast<int>(std::nearbyint(values[i] / scales[channel_of(i)]));
      q.bytes()[i] = static_cast<std::byte>(steps + (is_unsigned ? 128 : 0));
    }
    const Shape count = per_channel ? Shape{shape[axis]} : Shape{};
    Tensor zero(q.dtype(), count);
    if (is_unsigned) std::ranges::fill(zero.bytes(), std::byte{128});
    const ValueId dequantized =
        node("DequantizeLinear",
             {graph().add_constant("w", std::move(q)),
              graph().add_constant("ws", Tensor::of<float>(count, std::span<const float>(scales))),
              graph().add_constant("wz", std::move(zero))},
             {DType::kF32, shape}, axis);
    graph().node(id).inputs[1] = dequantized;
  }

  RandomGraph result_;
  Random random_;
  std::map<std::string, Range, std::less<>> ranges_;
};

}  // namespace

RandomGraph random_quantized_graph(std::uint64_t seed, int steps) {
  return Quantizer(random_graph(seed, steps), seed).run();
}

}  // namespace hedge::test

// Small quantized models for tests, as exporters write them: bytes in, DequantizeLinear, operators, QuantizeLinear.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include "compile/compile.h"
#include "graph/interpreter.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace hedge::compile {

struct Step {
  float scale = 0.02f;
  int zero = 128;
};

/// "Same" pads, stride 1.
struct ConvForm {
  std::int64_t out = 8, kernel = 3, group = 1;
  std::vector<float> scales = {}, bias = {};  ///< empty: random ones
};

using AttributeList = std::initializer_list<std::pair<std::string_view, op::AttributeValue>>;
using Ints = std::vector<std::int64_t>;

class QuantizedMaker {
 public:
  Graph graph;
  std::vector<Tensor> inputs;

  QuantizedMaker() { graph.opsets[""] = 17; }

  int below(int count) { return static_cast<int>(random_() % static_cast<std::uint32_t>(count)); }
  float real(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }

  /// A graph input of random bytes, dequantized.
  ValueId input(const Shape& shape, Step step = {}) {
    Tensor value(DType::kU8, shape);
    for (auto& q : value.as<std::uint8_t>()) q = static_cast<std::uint8_t>(below(256));
    graph.inputs.push_back(graph.add_value("x", value.type()));
    inputs.push_back(std::move(value));
    return dequantize(graph.inputs.back(), step);
  }
  ValueId float_input(const Shape& shape) {
    Tensor value(DType::kF32, shape);
    for (float& x : value.as<float>()) x = real(-2.5f, 2.5f);
    graph.inputs.push_back(graph.add_value("x", value.type()));
    inputs.push_back(std::move(value));
    return graph.inputs.back();
  }

  ValueId floats(const Shape& shape, const std::vector<float>& values) {
    return graph.add_constant("c", Tensor::of<float>(shape, std::span<const float>(values)));
  }
  ValueId number(float value) { return floats({}, {value}); }
  ValueId list(const Ints& values) {
    return graph.add_constant("l", Tensor::of<std::int64_t>(Shape{std::ssize(values)}, std::span(values)));
  }
  std::vector<float> random_floats(std::int64_t count, float low, float high) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& x : values) x = real(low, high);
    return values;
  }

  ValueId quantize(ValueId x, Step step = {}, bool is_signed = false) {
    return node("QuantizeLinear", {x, number(step.scale), zero_point(step.zero, is_signed)});
  }
  ValueId dequantize(ValueId q, Step step = {}) {
    const bool is_signed = graph.value(q).type.dtype == DType::kI8;
    return node("DequantizeLinear", {q, number(step.scale), zero_point(step.zero, is_signed)});
  }
  ValueId pair(ValueId x, Step step = {}, bool is_signed = false) {
    return dequantize(quantize(x, step, is_signed), step);
  }

  /// Random integer weights, dequantized with one scale an output channel.
  ValueId weights(const Shape& shape, int axis, const std::vector<float>& scales) {
    Tensor q(DType::kI8, shape);
    for (auto& w : q.as<std::int8_t>()) w = static_cast<std::int8_t>(below(255) - 127);
    return node("DequantizeLinear", {graph.add_constant("w", std::move(q)), floats({std::ssize(scales)}, scales)},
                {{"axis", std::int64_t{axis}}});
  }
  std::vector<float> weight_scales(std::int64_t channels) { return random_floats(channels, 5e-4f, 2e-3f); }

  ValueId conv(ValueId x, ConvForm conv = {}) {
    if (conv.scales.empty()) conv.scales = weight_scales(conv.out);
    if (conv.bias.empty()) conv.bias = random_floats(conv.out, -0.5f, 0.5f);
    const std::int64_t pad = conv.kernel / 2;
    return node("Conv",
                {x, weights({conv.out, shape(x)[1] / conv.group, conv.kernel, conv.kernel}, 0, conv.scales),
                 floats({conv.out}, conv.bias)},
                {{"pads", Ints{pad, pad, pad, pad}}, {"group", conv.group}});
  }

  const Shape& shape(ValueId id) const { return graph.value(id).type.shape; }

  std::vector<ValueId> nodes(std::string_view op, std::vector<ValueId> operands, AttributeList attributes, int count) {
    graph::Node node{.op_type = std::string(op), .opset = 17, .inputs = std::move(operands)};
    for (const auto& [name, value] : attributes) node.attributes.set(name, value);
    std::vector<TensorType> types;
    std::vector<const Tensor*> constants;
    for (const ValueId id : node.inputs) {
      types.push_back(id == ValueId::kNone ? TensorType{} : graph.value(id).type);
      constants.push_back(graph.constant(id));
    }
    const auto inferred = op::infer(*op::find("", op), {node.attributes, 17, types, constants, count});
    EXPECT_TRUE(inferred.has_value()) << op << ": " << inferred.error().message;
    for (int k = 0; k < count; ++k)
      node.outputs.push_back(graph.add_value(op, (*inferred)[static_cast<std::size_t>(k)]));
    std::vector<ValueId> outputs = node.outputs;
    graph.add_node(std::move(node));
    return outputs;
  }
  ValueId node(std::string_view op, std::vector<ValueId> operands, AttributeList attributes = {}) {
    return nodes(op, std::move(operands), attributes, 1)[0];
  }

  /// The graph, ending in `outputs`, after all passes. Its answers are those of the model: bytes within one step, since
  /// the model sums in floats, reals nearly.
  Graph optimized(std::vector<ValueId> outputs, std::set<std::string> disabled = {}) {
    graph.outputs = std::move(outputs);
    const auto valid = graph::verify(graph);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
    auto result = optimize(graph, {.disabled_passes = std::move(disabled)});
    EXPECT_TRUE(result.has_value()) << result.error().message;
    if (!result) return graph;
    expect_same_answers(*result);
    return std::move(*result);
  }

 private:
  ValueId zero_point(int zero, bool is_signed) {
    return graph.add_constant("z", is_signed ? Tensor::scalar(static_cast<std::int8_t>(zero - 128))
                                             : Tensor::scalar(static_cast<std::uint8_t>(zero)));
  }

  void expect_same_answers(const Graph& optimized) {
    const auto expected = graph::interpret(graph, inputs), actual = graph::interpret(optimized, inputs);
    ASSERT_TRUE(expected.has_value()) << expected.error().message;
    ASSERT_TRUE(actual.has_value()) << actual.error().message;
    for (std::size_t k = 0; k < expected->size(); ++k) {
      const Tensor &e = (*expected)[k], &a = (*actual)[k];
      ASSERT_EQ(a.type(), e.type());
      std::int64_t differ = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(e.shape().elements()); ++i) {
        if (e.dtype() == DType::kF32) {
          ASSERT_NEAR(a.as<float>()[i], e.as<float>()[i], 2e-5 * std::max(1.0f, std::abs(e.as<float>()[i])))
              << "output " << k << ", element " << i << "\n"
              << graph::print(optimized);
          continue;
        }
        const auto byte = [&](const Tensor& t) {
          return t.dtype() == DType::kU8 ? int{t.as<std::uint8_t>()[i]} : int{t.as<std::int8_t>()[i]};
        };
        ASSERT_LE(std::abs(byte(a) - byte(e)), 1) << "output " << k << ", element " << i << "\n"
                                                  << graph::print(optimized);
        differ += byte(a) != byte(e) ? 1 : 0;
      }
      EXPECT_LE(differ, 1 + e.shape().elements() / 50) << "output " << k;
    }
  }

  std::minstd_rand random_{11};
};

inline int count(const Graph& graph, std::string_view op) {
  int found = 0;
  for (const NodeId id : graph.nodes()) found += graph.node(id).op_type == op ? 1 : 0;
  return found;
}
/// The one node of this kind.
inline graph::Node the(const Graph& graph, std::string_view op) {
  EXPECT_EQ(count(graph, op), 1) << op << "\n" << graph::print(graph);
  for (const NodeId id : graph.nodes())
    if (graph.node(id).op_type == op) return graph.node(id);
  return {};
}

}  // namespace hedge::compile

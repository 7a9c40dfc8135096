// ONNX's other quantized forms (QLinearConv, ConvInteger, DynamicQuantizeLinear, ...): no integer kernels of ours, but
// they run, in the engine as in the interpreter.
#include <gtest/gtest.h>

#include "graph/interpreter.h"
#include "graph/verify.h"
#include "support/engine_runner.h"

namespace hedge {
namespace {

using graph::ValueId;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::TensorType;

struct IntegerModel {
  graph::Graph graph;
  std::vector<Tensor> inputs;

  IntegerModel() { graph.opsets[""] = 17; }
  ValueId input(DType dtype, const Shape& shape) {
    Tensor value(dtype, shape);
    std::size_t k = 0;
    if (dtype == DType::kF32)
      for (float& x : value.as<float>()) x = static_cast<float>(k++ * 37 % 101) * 0.1f - 4;
    else
      for (std::byte& x : value.bytes()) x = static_cast<std::byte>(k++ * 73);
    graph.inputs.push_back(graph.add_value("x", value.type()));
    inputs.push_back(std::move(value));
    return graph.inputs.back();
  }
  ValueId constant(Tensor value) { return graph.add_constant("c", std::move(value)); }
  ValueId weights(const Shape& shape) {
    Tensor value(DType::kI8, shape);
    std::size_t k = 0;
    for (std::byte& x : value.bytes()) x = static_cast<std::byte>(k++ * 29);
    return constant(std::move(value));
  }
  ValueId byte(int zero) { return constant(Tensor::scalar(static_cast<std::uint8_t>(zero))); }
  ValueId scale(float value) { return constant(Tensor::scalar(value)); }
  ValueId zero_i8() { return constant(Tensor::scalar<std::int8_t>(0)); }

  /// The interpreter's answers, after they were found in the engine too, with and without kernels.
  std::vector<Tensor> run(std::vector<ValueId> outputs) {
    graph.outputs = std::move(outputs);
    const auto valid = graph::verify(graph);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
    auto expected = graph::interpret(graph, inputs);
    EXPECT_TRUE(expected.has_value()) << expected.error().message;
    for (const kernel::IsaSet isa : {kernel::IsaSet{}, kernel::detect_isa()}) {
      const auto actual = test::run_on_engine(graph, inputs, {.isa = isa});
      EXPECT_TRUE(actual.has_value()) << actual.error().message;
      if (!actual || !expected) return {};
      for (std::size_t k = 0; k < actual->size(); ++k)
        EXPECT_TRUE(std::ranges::equal((*actual)[k].bytes(), (*expected)[k].bytes())) << "output " << k;
    }
    return std::move(*expected);
  }
};

TEST(IntegerOperators, QLinearConv) {
  IntegerModel m;
  const ValueId x = m.input(DType::kU8, {1, 2, 5, 5});
  const ValueId y = m.graph.add_node("QLinearConv",
                                     {x, m.scale(0.02f), m.byte(120), m.weights({3, 2, 3, 3}), m.scale(0.01f),
                                      m.zero_i8(), m.scale(0.05f), m.byte(128)},
                                     {}, "y", {DType::kU8, Shape{1, 3, 3, 3}});
  m.run({y});
}

TEST(IntegerOperators, QLinearMatMul) {
  IntegerModel m;
  const ValueId x = m.input(DType::kU8, {4, 6});
  const ValueId y = m.graph.add_node(
      "QLinearMatMul",
      {x, m.scale(0.02f), m.byte(120), m.weights({6, 5}), m.scale(0.01f), m.zero_i8(), m.scale(0.05f), m.byte(128)}, {},
      "y", {DType::kU8, Shape{4, 5}});
  m.run({y});
}

TEST(IntegerOperators, ConvIntegerAndMatMulInteger) {
  IntegerModel m;
  const ValueId x = m.input(DType::kU8, {1, 2, 5, 5});
  const ValueId conv = m.graph.add_node("ConvInteger", {x, m.weights({3, 2, 3, 3}), m.byte(7)}, {}, "conv",
                                        {DType::kI32, Shape{1, 3, 3, 3}});
  const ValueId a = m.input(DType::kU8, {4, 6});
  const ValueId product =
      m.graph.add_node("MatMulInteger", {a, m.weights({6, 5}), m.byte(9)}, {}, "product", {DType::kI32, Shape{4, 5}});
  m.run({conv, product});
}

TEST(IntegerOperators, DynamicQuantization) {
  IntegerModel m;
  const ValueId x = m.input(DType::kF32, {4, 6});
  graph::Node quantize{.op_type = "DynamicQuantizeLinear", .opset = 17, .inputs = {x}};
  quantize.outputs = {m.graph.add_value("q", {DType::kU8, Shape{4, 6}}), m.graph.add_value("s", {DType::kF32, Shape{}}),
                      m.graph.add_value("z", {DType::kU8, Shape{}})};
  const std::vector<ValueId> outputs = quantize.outputs;
  m.graph.add_node(std::move(quantize));
  const ValueId product = m.graph.add_node("MatMulInteger", {outputs[0], m.weights({6, 5}), outputs[2]}, {}, "product",
                                           {DType::kI32, Shape{4, 5}});
  const ValueId back = m.graph.add_node("DequantizeLinear", {outputs[0], outputs[1], outputs[2]}, {}, "back",
                                        {DType::kF32, Shape{4, 6}});
  const auto answers = m.run({back, product});
  for (std::size_t k = 0; !answers.empty() && k < m.inputs[0].as<float>().size(); ++k)
    EXPECT_NEAR(answers[0].as<float>()[k], m.inputs[0].as<float>()[k], 0.025f);
}

}  // namespace
}  // namespace hedge

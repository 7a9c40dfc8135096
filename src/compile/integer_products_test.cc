// hedge.QConv from products between DequantizeLinear and QuantizeLinear: what it takes along, and when it must not be.
#include "compile/quantized_maker.h"
#include "compile/weight_scales.h"
#include "op/hedge/quant.h"

namespace hedge::compile {
namespace {

const Shape kImage{1, 4, 6, 6};
constexpr int kGain = 4, kResidual = 5, kTable = 6;

std::string activation_of(const graph::Node& node) { return std::string(node.attributes.string("activation", "none")); }

TEST(IntegerProducts, AConvolutionCountsInStepsOfItsOutput) {
  QuantizedMaker m;
  const Graph graph = m.optimized({m.quantize(m.conv(m.input(kImage, {0.02f, 100})), {0.05f, 99})});
  const graph::Node conv = the(graph, "QConv");
  EXPECT_EQ(conv.attributes.integer("x_zero", 0), 100);
  EXPECT_EQ(conv.attributes.integer("y_zero", 0), 99);
  EXPECT_FALSE(conv.has_input(kGain));
}

TEST(IntegerProducts, DepthwiseAndGrouped) {
  for (const std::int64_t group : {4, 2}) {
    QuantizedMaker m;
    const Graph graph = m.optimized({m.quantize(m.conv(m.input(kImage), {.group = group}))});
    EXPECT_EQ(the(graph, "QConv").attributes.integer("group", 1), group);
  }
}

TEST(IntegerProducts, MatricesAreConvolutionsOfOnePixel) {
  QuantizedMaker m;
  const ValueId x = m.input({3, 20});
  const ValueId gemm =
      m.node("Gemm", {x, m.weights({7, 20}, 0, m.weight_scales(7)), m.floats({7}, m.random_floats(7, -1, 1))},
             {{"transB", std::int64_t{1}}});
  const ValueId product = m.node("MatMul", {m.pair(gemm), m.weights({7, 5}, 1, m.weight_scales(5))});
  const Graph graph = m.optimized({m.quantize(m.node("Add", {product, m.floats({5}, {1, 0, 0.5f, -1, 0})}))});
  EXPECT_EQ(count(graph, "QConv"), 2) << graph::print(graph);
  EXPECT_EQ(count(graph, "DequantizeLinear"), 0);
}

TEST(IntegerProducts, ReluAndClipAreNothingButBounds) {
  QuantizedMaker m;
  const ValueId x = m.input(kImage);
  const Graph relu = m.optimized({m.quantize(m.node("Relu", {m.conv(x)}), {0.02f, 20})});
  EXPECT_EQ(the(relu, "QConv").attributes.integer("y_low", 0), 20);
  EXPECT_EQ(activation_of(the(relu, "QConv")), "none");
  QuantizedMaker n;
  const ValueId clipped = n.node("Clip", {n.conv(n.input(kImage)), n.number(-0.2f), n.number(1)});
  const graph::Node clip = the(n.optimized({n.quantize(clipped, {0.02f, 20})}), "QConv");
  EXPECT_EQ(clip.attributes.integer("y_low", 0), 10);
  EXPECT_EQ(clip.attributes.integer("y_high", 0), 70);
}

TEST(IntegerProducts, CurvedActivationsSeeRealValues) {
  for (const char* op : {"Sigmoid", "Tanh", "HardSwish", "HardSigmoid"}) {
    QuantizedMaker m;
    const Graph graph = m.optimized({m.quantize(m.node(op, {m.conv(m.input(kImage))}))});
    EXPECT_TRUE(the(graph, "QConv").has_input(kGain)) << op;
    EXPECT_NE(activation_of(the(graph, "QConv")), "none") << op;
  }
}

TEST(IntegerProducts, SiluOnTheAccumulator) {
  QuantizedMaker m;
  const ValueId y = m.conv(m.input(kImage));
  const Graph graph = m.optimized({m.quantize(m.node("Mul", {y, m.node("Sigmoid", {y})}))});
  EXPECT_EQ(activation_of(the(graph, "QConv")), "silu");
  EXPECT_EQ(graph.nodes().size(), 3u) << graph::print(graph);  // and two transpositions
}

TEST(IntegerProducts, AGateOfItsOwnBytesIsATable) {
  for (const bool quantized_gate : {false, true}) {
    QuantizedMaker m;
    const ValueId y = m.pair(m.conv(m.input(kImage)));
    ValueId gate = m.node("Sigmoid", {y});
    if (quantized_gate) gate = m.pair(gate, {1 / 255.0f, 0});
    const Graph graph = m.optimized({m.quantize(m.node("Mul", {y, gate}))});
    EXPECT_TRUE(the(graph, "QConv").has_input(kTable)) << graph::print(graph);
    EXPECT_EQ(graph.nodes().size(), 3u) << graph::print(graph);
  }
}

TEST(IntegerProducts, AGateOfOtherBytesIsAProduct) {
  QuantizedMaker m;
  const ValueId x = m.input(kImage), y = m.pair(m.conv(x, {.out = 4}));
  const ValueId gate = m.pair(m.node("Sigmoid", {y}), {1 / 255.0f, 0});
  const Graph graph = m.optimized({m.quantize(m.node("Mul", {x, gate}))});
  EXPECT_EQ(count(graph, "QMul"), 1) << graph::print(graph);
}

TEST(IntegerProducts, AFactorOfEachChannelBehindACurveIsAGain) {
  QuantizedMaker m;
  const ValueId y = m.node("Sigmoid", {m.conv(m.input(kImage), {.out = 3})});
  const Graph graph = m.optimized({m.quantize(m.node("Mul", {y, m.floats({1, 3, 1, 1}, {1, -2, 0.5f})}))});
  const auto gain = graph.constant(the(graph, "QConv").input(kGain))->as<float>();
  EXPECT_FLOAT_EQ(gain[1], -2 / 0.02f);
  EXPECT_EQ(count(graph, "Mul"), 0) << graph::print(graph);
}

TEST(IntegerProducts, AFactorOfEachPixelIsNoGain) {
  QuantizedMaker m;
  const ValueId y = m.node("Sigmoid", {m.conv(m.input(kImage), {.out = 3})});
  const Graph graph = m.optimized({m.quantize(m.node("Mul", {y, m.floats({1, 1, 6, 6}, m.random_floats(36, 0, 1))}))});
  EXPECT_EQ(count(graph, "Mul"), 1) << graph::print(graph);
}

/// The convolution that has a residual.
graph::Node with_residual(const Graph& graph) {
  for (const NodeId id : graph.nodes())
    if (graph.node(id).op_type == "QConv" && graph.node(id).has_input(kResidual)) return graph.node(id);
  ADD_FAILURE() << graph::print(graph);
  return {};
}

TEST(IntegerProducts, AResidualBeforeItsActivation) {
  QuantizedMaker m;
  const ValueId x = m.pair(m.conv(m.input(kImage), {.out = 4}), {0.03f, 50});
  const ValueId sum = m.node("Add", {x, m.conv(x, {.out = 4})});
  const Graph graph = m.optimized({m.quantize(m.node("Relu", {sum}), {0.05f, 0})});
  const graph::Node conv = with_residual(graph);
  EXPECT_EQ(conv.attributes.integer("residual_zero", 0), 50);
  EXPECT_FLOAT_EQ(conv.attributes.real("residual_scale", 0), 0.03f / 0.05f);
  EXPECT_EQ(conv.attributes.integer("residual_after_activation", 0), 0);
}

TEST(IntegerProducts, AResidualBehindItsActivation) {
  for (const char* op : {"Relu", "Tanh", "LeakyRelu"}) {
    SCOPED_TRACE(op);
    QuantizedMaker m;
    const ValueId x = m.pair(m.conv(m.input(kImage), {.out = 4}), {0.03f, 50});
    const ValueId sum = m.node("Add", {m.node(op, {m.conv(x, {.out = 4})}), x});
    const Graph graph = m.optimized({m.quantize(sum, {0.05f, 100})});
    const graph::Node conv = with_residual(graph);
    EXPECT_EQ(conv.attributes.integer("residual_after_activation", 0), 1);
    EXPECT_FLOAT_EQ(conv.attributes.real("residual_scale", 0), 0.03f / 0.05f);
  }
}

TEST(IntegerProducts, AClippedConvolutionWithAResidualBehindIt) {
  for (const bool has_low : {true, false}) {
    QuantizedMaker m;
    const ValueId x = m.pair(m.conv(m.input(kImage), {.out = 4}));
    const ValueId clipped =
        m.node("Clip", {m.conv(x, {.out = 4}), has_low ? m.number(-0.3f) : ValueId::kNone, m.number(0.4f)});
    const Graph graph = m.optimized({m.quantize(m.node("Add", {clipped, x}))});
    EXPECT_EQ(activation_of(with_residual(graph)), "clip");
  }
}

TEST(IntegerProducts, ScalesWhoseRatioIsNoFloatStayInFloat) {
  QuantizedMaker m;
  const ValueId x = m.input({1, 4}, {1e30f, 128}), sum = m.node("Add", {x, m.input({1, 4})});
  m.graph.outputs = {m.quantize(sum, {1e-30f, 128})};
  const auto graph = optimize(m.graph, {});
  ASSERT_TRUE(graph.has_value());
  EXPECT_EQ(count(*graph, "QAdd"), 0);
}

TEST(IntegerProducts, AResidualThatIsNoBytesStaysOutside) {
  QuantizedMaker m;
  const ValueId sum = m.node("Add", {m.conv(m.input(kImage), {.out = 4}), m.float_input(kImage)});
  const Graph graph = m.optimized({m.quantize(sum)});
  for (const NodeId id : graph.nodes())
    if (graph.node(id).op_type == "QConv") EXPECT_FALSE(graph.node(id).has_input(kResidual));
  EXPECT_EQ(count(graph, "QuantizeLinear"), 1) << graph::print(graph);
}

TEST(IntegerProducts, WhatNothingQuantizesEndsInFloats) {
  QuantizedMaker m;
  const ValueId y = m.node("Sigmoid", {m.conv(m.input(kImage))});
  const graph::Node conv = the(m.optimized({y}), "QConv");
  EXPECT_EQ(conv.attributes.integer("real", 0), 1);
  EXPECT_EQ(activation_of(conv), "sigmoid");
}

TEST(IntegerProducts, BatchNormalizationGoesIntoTheScales) {
  QuantizedMaker m;
  const Shape c{2};
  const ValueId y = m.node("BatchNormalization", {m.conv(m.input(kImage), {.out = 2}), m.floats(c, {1.5f, 0.3f}),
                                                  m.floats(c, {0.1f, 0}), m.floats(c, {0, 0.2f}), m.floats(c, {1, 2})});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QConv"), 1);
}

TEST(IntegerProducts, AFactorBelowZeroWouldNotFitTheWeights) {
  QuantizedMaker m;
  const Shape c{2};
  const ValueId y = m.node("BatchNormalization", {m.conv(m.input(kImage), {.out = 2}), m.floats(c, {1.5f, -0.3f}),
                                                  m.floats(c, {0.1f, 0}), m.floats(c, {0, 0.2f}), m.floats(c, {1, 2})});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QConv"), 0);
}

TEST(IntegerProducts, WeightsInFloatStayInFloat) {
  QuantizedMaker m;
  const ValueId w = m.floats({8, 4, 1, 1}, m.random_floats(32, -1, 1));
  EXPECT_EQ(count(m.optimized({m.quantize(m.node("Conv", {m.input(kImage), w}))}), "QConv"), 0);
}

TEST(IntegerProducts, WeightsThatAreNoMultiplesAreRefused) {
  const float half[] = {0.5f};
  const Tensor w = Tensor::of<float>({2, 2}, {1, -0.5f, 0.5f, 63.5f});
  ASSERT_TRUE(integer_weights(w, half).has_value());
  EXPECT_EQ(integer_weights(w, half)->as<std::int8_t>()[3], 127);
  EXPECT_FALSE(integer_weights(Tensor::of<float>({1, 2}, {0.5f, 0.8f}), half).has_value());
  EXPECT_FALSE(integer_weights(Tensor::of<float>({1, 1}, {64}), half).has_value());  // 128
  EXPECT_FALSE(integer_weights(Tensor::of<float>({1, 1}, {NAN}), half).has_value());
  EXPECT_FALSE(integer_weights(Tensor(DType::kF32, {1, 3}), std::vector<float>{1, 1}).has_value());
}

TEST(IntegerProducts, DeadChannelsWithAnOrdinaryBias) {
  QuantizedMaker m;
  const ValueId y = m.conv(m.input(kImage), {.out = 3, .scales = {1e-3f, 1e-14f, 1e-30f}, .bias = {0.1f, 1.5f, -0.7f}});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QConv"), 1);
}

TEST(IntegerProducts, BiasesThatExceedTheSumByFar) {
  QuantizedMaker m;
  const ValueId y = m.conv(m.input(kImage), {.out = 3, .bias = {1e9f, -1e20f, 3e38f}});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QConv"), 1);
}

TEST(IntegerProducts, ABiasThatIsNoNumberStaysInFloat) {
  for (const float bias : {NAN, INFINITY}) {
    QuantizedMaker m;
    m.graph.outputs = {m.quantize(m.conv(m.input(kImage), {.out = 1, .bias = {bias}}))};
    const auto graph = optimize(m.graph, {});
    ASSERT_TRUE(graph.has_value());
    EXPECT_EQ(count(*graph, "QConv"), 0);
  }
}

TEST(IntegerProducts, UnsignedWeightsAroundTheirZeroPoint) {
  for (const auto& [zero, fits] : {std::pair{128, true}, {120, false}, {3, false}}) {
    QuantizedMaker m;
    Tensor q(DType::kU8, Shape{8, 4, 3, 3});
    for (auto& w : q.as<std::uint8_t>()) w = static_cast<std::uint8_t>(m.below(256));
    q.as<std::uint8_t>()[0] = 255;
    const ValueId w =
        m.node("DequantizeLinear", {m.graph.add_constant("w", std::move(q)), m.number(1e-3f),
                                    m.graph.add_constant("z", Tensor::scalar(static_cast<std::uint8_t>(zero)))});
    EXPECT_EQ(count(m.optimized({m.quantize(m.node("Conv", {m.input(kImage), w}))}), "QConv"), fits ? 1 : 0) << zero;
  }
}

TEST(IntegerProducts, ASumOfMoreProductsThanTheOperatorTakesStaysInFloat) {
  for (const std::int64_t depth : {op::kQConvDepthMax, op::kQConvDepthMax + 1}) {
    QuantizedMaker m;
    Tensor q(DType::kI8, Shape{depth, 2});
    for (auto& w : q.as<std::int8_t>()) w = static_cast<std::int8_t>(m.below(3) - 1);
    const ValueId w = m.node("DequantizeLinear", {m.graph.add_constant("w", std::move(q)), m.number(0.01f)});
    const Graph graph = m.optimized({m.quantize(m.node("MatMul", {m.input({1, depth}), w}), {0.5f, 128})});
    EXPECT_EQ(count(graph, "QConv"), depth == op::kQConvDepthMax ? 1 : 0);
  }
}

}  // namespace
}  // namespace hedge::compile

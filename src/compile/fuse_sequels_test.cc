// What an integer convolution takes from the step behind it, and what it leaves alone. That the fused graph answers
// byte for byte as the one without the pass is the point: both round in between.
#include "compile/quantized_maker.h"

namespace hedge::compile {
namespace {

const Shape kImage{1, 4, 6, 6};

/// The optimized graph with and without the pass gives the same bytes.
Graph fused(QuantizedMaker& m, std::vector<ValueId> outputs) {
  const Graph apart = m.optimized(outputs, {"fuse_sequels"}), together = m.optimized(std::move(outputs));
  const auto expected = graph::interpret(apart, m.inputs), actual = graph::interpret(together, m.inputs);
  EXPECT_TRUE(expected.has_value() && actual.has_value());
  for (std::size_t k = 0; expected && actual && k < expected->size(); ++k)
    EXPECT_TRUE(std::ranges::equal((*expected)[k].bytes(), (*actual)[k].bytes())) << graph::print(together);
  return together;
}

/// The convolution that has one.
graph::Node with_sequel(const Graph& graph) {
  for (const NodeId id : graph.nodes())
    if (graph.node(id).attributes.has("sequel")) return graph.node(id);
  ADD_FAILURE() << graph::print(graph);
  return {};
}

std::string sequel_of(const graph::Node& node) { return std::string(node.attributes.string("sequel", "none")); }

/// A factor and a shift a channel, quantized before and after: what is left of a BatchNormalization between two
/// QuantizeLinear.
ValueId affine(QuantizedMaker& m, ValueId x, std::int64_t channels) {
  const Shape c{1, channels, 1, 1};
  const ValueId scaled = m.node("Mul", {x, m.floats(c, m.random_floats(channels, -1.5f, 1.5f))});
  return m.node("Add", {scaled, m.floats(c, m.random_floats(channels, -0.5f, 0.5f))});
}

TEST(FuseSequels, AnAffineStepGoesIntoTheConvolutionBeforeIt) {
  for (const std::int64_t group : {1, 4}) {
    QuantizedMaker m;
    const ValueId y = m.pair(m.conv(m.input(kImage), {.out = 4, .group = group}), {0.03f, 60});
    const graph::Node conv = the(fused(m, {m.quantize(m.node("Relu", {affine(m, y, 4)}), {0.04f, 7})}), "QConv");
    EXPECT_EQ(sequel_of(conv), "affine");
    EXPECT_EQ(conv.attributes.integer("y_zero", 0), 60);
    EXPECT_EQ(conv.attributes.integer("sequel_y_zero", 0), 7);
    EXPECT_EQ(conv.attributes.integer("sequel_y_low", 0), 7);
  }
}

TEST(FuseSequels, BytesThatSomebodyElseReadsStay) {
  QuantizedMaker m;
  const ValueId y = m.pair(m.conv(m.input(kImage), {.out = 4}));
  const Graph graph = fused(m, {m.quantize(affine(m, y, 4)), m.quantize(m.node("Tanh", {y}), {0.01f, 128})});
  EXPECT_EQ(count(graph, "QConv"), 2) << graph::print(graph);
}

TEST(FuseSequels, ASumGoesIntoEitherOfItsOperands) {
  for (const int own : {0, 1}) {
    QuantizedMaker m;
    const ValueId x = m.pair(m.conv(m.input(kImage), {.out = 4}), {0.02f, 90});
    const ValueId y = m.pair(m.conv(x, {.out = 4}), {0.03f, 60});
    const ValueId sum = own == 0 ? m.node("Add", {y, x}) : m.node("Add", {x, y});
    const Graph graph = fused(m, {m.quantize(m.node("Relu", {sum}), {0.05f, 0})});
    const graph::Node conv = with_sequel(graph);
    EXPECT_EQ(sequel_of(conv), "sum");
    EXPECT_EQ(count(graph, "QAdd"), 0);
    EXPECT_EQ(conv.attributes.integer("sequel_residual_first", 0), own);
    EXPECT_EQ(conv.attributes.integer("sequel_residual_zero", 0), 90);
    EXPECT_FLOAT_EQ(conv.attributes.real("sequel_own_scale", 0), 0.03f / 0.05f);
    EXPECT_FLOAT_EQ(conv.attributes.real("sequel_residual_scale", 0), 0.02f / 0.05f);
  }
}

TEST(FuseSequels, ACurvedActivationComesBeforeIt) {
  QuantizedMaker m;
  const ValueId x = m.pair(m.conv(m.input(kImage), {.out = 4}));
  const ValueId y = m.pair(m.node("HardSwish", {m.conv(x, {.out = 4})}), {0.01f, 20});
  const graph::Node conv = with_sequel(fused(m, {m.quantize(m.node("Add", {x, y}), {0.1f, 128})}));
  EXPECT_EQ(conv.attributes.string("activation", "none"), "hard_swish");
}

TEST(FuseSequels, OneConvolutionTakesOneSequel) {
  QuantizedMaker m;
  const ValueId x = m.input(kImage);
  const ValueId y = m.pair(affine(m, m.pair(m.conv(x, {.out = 4})), 4), {0.05f, 100});
  const Graph graph = fused(m, {m.quantize(m.node("Add", {y, x}), {0.1f, 128})});
  EXPECT_EQ(count(graph, "QConv") + count(graph, "QAdd"), 2) << graph::print(graph);
}

TEST(FuseSequels, ABroadcastOperandIsNoResidual) {
  QuantizedMaker m;
  const ValueId y = m.pair(m.conv(m.input(kImage), {.out = 4}));
  const Graph graph = fused(m, {m.quantize(m.node("Add", {y, m.input({1, 4, 1, 1})}))});
  EXPECT_EQ(sequel_of(the(graph, "QConv")), "none");
}

}  // namespace
}  // namespace hedge::compile

// Each pass on the pattern it exists for, and on the neighbour that it must leave alone. That results stay equal is
// what test/differential shows on random graphs.
#include <gtest/gtest.h>

#include "compile/compile.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace hedge::compile {
namespace {

using graph::Graph;

constexpr std::int64_t kChannels = 4;
const TensorType kImage{DType::kF32, Shape{1, kChannels, 6, 6}};

struct Maker {
  Graph graph;
  ValueId x;

  Maker() {
    graph.opsets[""] = 17;
    x = graph.add_value("x", kImage);
    graph.inputs = {x};
  }
  ValueId constant(const Shape& shape, float value = 0.5f) {
    Tensor tensor(DType::kF32, shape);
    std::ranges::fill(tensor.as<float>(), value);
    return graph.add_constant("c", std::move(tensor));
  }
  ValueId node(std::string_view op, std::vector<ValueId> inputs, const TensorType& type = kImage,
               op::Attributes attributes = {}) {
    return graph.add_node(op, std::move(inputs), std::move(attributes), op, type);
  }
  ValueId conv(ValueId input) {
    op::Attributes attributes;
    attributes.set("pads", std::vector<std::int64_t>{1, 1, 1, 1});
    return node("Conv", {input, constant({kChannels, kChannels, 3, 3}), constant({kChannels})}, kImage, attributes);
  }
  ValueId batch_norm(ValueId input) {
    const Shape c{kChannels};
    return node("BatchNormalization", {input, constant(c), constant(c), constant(c), constant(c, 1)});
  }
  /// The graph, ending in `outputs`, after all passes.
  Graph optimized(std::vector<ValueId> outputs, std::set<std::string> disabled = {}) {
    graph.outputs = std::move(outputs);
    const auto valid = graph::verify(graph);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
    return optimize(graph, {.disabled_passes = std::move(disabled)}).value();
  }
};

int count(const Graph& graph, std::string_view op) {
  int found = 0;
  for (const NodeId id : graph.nodes()) found += graph.node(id).op_type == op ? 1 : 0;
  return found;
}

TEST(Passes, BatchNormGoesIntoTheConvolution) {
  Maker m;
  const Graph graph = m.optimized({m.batch_norm(m.conv(m.x))});
  EXPECT_EQ(count(graph, "BatchNormalization"), 0);
  EXPECT_EQ(count(graph, "Conv"), 1);
}

TEST(Passes, BatchNormStaysOutsideWhereTheConvolutionIsReadElsewhere) {
  Maker m;
  const ValueId conv = m.conv(m.x);
  const Graph graph = m.optimized({m.batch_norm(conv), conv});
  EXPECT_EQ(count(graph, "Conv"), 1);
  EXPECT_EQ(count(graph, "Mul") + count(graph, "BatchNormalization"), 1) << graph::print(graph);
}

TEST(Passes, ActivationAndResidualAreFused) {
  Maker m;
  const ValueId stem = m.node("Relu", {m.conv(m.x)});
  const ValueId sum = m.node("Add", {m.conv(stem), stem});
  const Graph graph = m.optimized({m.node("Relu", {sum})});
  EXPECT_EQ(count(graph, "Relu"), 0);
  EXPECT_EQ(count(graph, "Add"), 0);
  EXPECT_EQ(count(graph, "Conv"), 2);
}

TEST(Passes, SiluIsRaisedFromItsPieces) {
  Maker m;
  const ValueId conv = m.conv(m.x);
  const Graph graph = m.optimized({m.node("Mul", {conv, m.node("Sigmoid", {conv})})});
  EXPECT_EQ(count(graph, "Sigmoid") + count(graph, "Mul"), 0);
}

TEST(Passes, APReluIsNoSum) {
  Maker m;
  const Graph graph = m.optimized({m.node("PRelu", {m.conv(m.x), m.constant({kChannels, 1, 1})})});
  EXPECT_EQ(count(graph, "PRelu"), 1);
}

TEST(Passes, PaddingGoesIntoTheConvolution) {
  Maker m;
  const TensorType wide{DType::kF32, Shape{1, kChannels, 8, 8}};
  const ValueId pads = m.graph.add_constant("pads", Tensor::of<std::int64_t>(Shape{8}, {0, 0, 1, 1, 0, 0, 1, 1}));
  const ValueId padded = m.node("Pad", {m.x, pads}, wide);
  const ValueId conv = m.node("Conv", {padded, m.constant({kChannels, kChannels, 3, 3})});
  EXPECT_EQ(count(m.optimized({conv}), "Pad"), 0);
}

TEST(Passes, OneTranspositionInAndOneOut) {
  Maker m;
  ValueId y = m.x;
  for (int k = 0; k < 5; ++k) y = m.node("Sigmoid", {m.conv(y)});
  EXPECT_EQ(count(m.optimized({y}), "Transpose"), 2);
}

TEST(Passes, AGateDoesNotTurnTheImageBack) {
  Maker m;
  const TensorType one{DType::kF32, Shape{1, kChannels, 1, 1}};
  const ValueId x = m.conv(m.x), pooled = m.node("GlobalAveragePool", {x}, one);
  const ValueId narrow = m.node("Conv", {pooled, m.constant({kChannels, kChannels, 1, 1})}, one);
  const ValueId gated = m.node("Mul", {x, m.node("Sigmoid", {narrow}, one)});
  EXPECT_EQ(count(m.optimized({m.conv(gated)}), "Transpose"), 2);
}

TEST(Passes, ADisabledPassDoesNothing) {
  Maker m;
  const Graph graph = m.optimized({m.batch_norm(m.conv(m.x))}, {"fold_batch_norm"});
  EXPECT_EQ(count(graph, "BatchNormalization"), 1);
}

TEST(Passes, AnUnknownPassIsAUsageError) {
  Maker m;
  m.graph.outputs = {m.conv(m.x)};
  const auto result = optimize(m.graph, {.disabled_passes = {"fold_everything"}});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
}

TEST(Compile, AnOutputThatIsAnInputOrAConstant) {
  Maker m;
  const ValueId y = m.node("Relu", {m.x}), through = m.node("Identity", {m.x});
  const ValueId fixed = m.node("Identity", {m.constant({2}, 3)}, {DType::kF32, Shape{2}});
  m.graph.outputs = {y, through, fixed};
  EXPECT_TRUE(compile(m.graph, {}).has_value());
}

}  // namespace
}  // namespace hedge::compile

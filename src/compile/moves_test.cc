// Passes that do away with movement: on the pattern, on its neighbour, and by numbers.
#include <gtest/gtest.h>

#include <random>

#include "compile/compile.h"
#include "graph/interpreter.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace hedge::compile {
namespace {

using graph::Graph;
using Ints = std::vector<std::int64_t>;

constexpr std::int64_t kChannels = 3;

op::Attributes attributes_of(std::initializer_list<std::pair<std::string_view, op::AttributeValue>> values) {
  op::Attributes attributes;
  for (const auto& [name, value] : values) attributes.set(name, value);
  return attributes;
}

/// Builds graphs; types are what the shape rules say.
struct Maker {
  Graph graph;
  ValueId x;
  std::mt19937 random{7};

  explicit Maker(const Shape& shape = {1, kChannels, 8, 12}) {
    graph.opsets[""] = 17;
    x = graph.add_value("x", {DType::kF32, shape});
    graph.inputs = {x};
  }
  Tensor noise(const Shape& shape) {
    Tensor tensor(DType::kF32, shape);
    for (float& value : tensor.as<float>()) value = static_cast<float>(random() % 1000) / 500 - 1;
    return tensor;
  }
  ValueId weights(const Shape& shape) { return graph.add_constant("w", noise(shape)); }
  ValueId list(const Ints& values) {
    return graph.add_constant("l", Tensor::of<std::int64_t>(Shape{std::ssize(values)}, values));
  }
  ValueId node(std::string_view op, std::vector<ValueId> inputs, op::Attributes attributes = {}) {
    std::vector<TensorType> types;
    std::vector<const Tensor*> constants;
    for (const ValueId input : inputs) {
      types.push_back(graph.value(input).type);
      constants.push_back(graph.constant(input));
    }
    const auto inferred = op::infer(*op::find("", op), {attributes, 17, types, constants, 1});
    EXPECT_TRUE(inferred.has_value()) << op << ": " << inferred.error().message;
    return graph.add_node(op, std::move(inputs), std::move(attributes), op, (*inferred)[0]);
  }
  ValueId quantized(ValueId value) {
    const ValueId scale = graph.add_constant("s", Tensor::scalar(1.0f / 64));
    const ValueId zero = graph.add_constant("z", Tensor::scalar(std::uint8_t{100}));
    return node("DequantizeLinear", {node("QuantizeLinear", {value, scale, zero}), scale, zero});
  }
  ValueId conv(ValueId value, std::int64_t kernel, std::int64_t out = 5) {
    const std::int64_t channels = graph.value(value).type.shape[1], pad = kernel / 2;
    return node("Conv", {value, weights({out, channels, kernel, kernel})},
                attributes_of({{"pads", Ints{pad, pad, pad, pad}}}));
  }
  /// Optimizes, and holds the interpreter of both graphs against each other.
  Graph optimized(const std::vector<ValueId>& outputs) {
    graph.outputs = outputs;
    const auto valid = graph::verify(graph);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
    Graph after = optimize(graph, {}).value();
    const Tensor input = noise(graph.value(x).type.shape);
    const auto expected = graph::interpret(graph, {&input, 1}), actual = graph::interpret(after, {&input, 1});
    EXPECT_TRUE(expected.has_value() && actual.has_value());
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const auto a = (*actual)[k].as<float>(), b = (*expected)[k].as<float>();
      EXPECT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4) << graph::print(after);
    }
    return after;
  }
};

int count(const Graph& graph, std::string_view op) {
  int found = 0;
  for (const NodeId id : graph.nodes()) found += graph.node(id).op_type == op ? 1 : 0;
  return found;
}

TEST(FoldFocus, DepthGoesIntoTheConvolution) {
  for (const bool quantized : {false, true})
    for (const char* mode : {"DCR", "CRD"}) {
      Maker m;
      const ValueId deep =
          m.node("SpaceToDepth", {m.x}, attributes_of({{"blocksize", std::int64_t{2}}, {"mode", std::string(mode)}}));
      const ValueId mixed = m.node("Gather", {deep, m.list({5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6})},
                                   attributes_of({{"axis", std::int64_t{1}}}));
      const Graph graph = m.optimized({m.conv(quantized ? m.quantized(mixed) : mixed, 3)});
      EXPECT_EQ(count(graph, "SpaceToDepth") + count(graph, "Gather"), 0) << graph::print(graph);
    }
}

TEST(FoldFocus, StridedSlicesGoIntoTheConvolution) {
  Maker m;
  std::vector<ValueId> parts;
  for (const auto& [row, column] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
    const ValueId rows = m.node("Slice", {m.x, m.list({row}), m.list({1000}), m.list({2}), m.list({2})});
    parts.push_back(m.node("Slice", {rows, m.list({column}), m.list({1000}), m.list({3}), m.list({2})}));
  }
  const ValueId joined = m.node("Concat", parts, attributes_of({{"axis", std::int64_t{1}}}));
  const Graph graph = m.optimized({m.conv(joined, 3)});
  EXPECT_EQ(count(graph, "Slice") + count(graph, "Concat"), 0) << graph::print(graph);
}

TEST(FoldFocus, LeavesWhatIsReadElsewhereOrIncomplete) {
  Maker m;
  const auto block = attributes_of({{"blocksize", std::int64_t{2}}});
  const ValueId deep = m.node("SpaceToDepth", {m.x}, block);
  EXPECT_EQ(count(m.optimized({m.conv(deep, 3), m.node("Relu", {deep})}), "SpaceToDepth"), 1);
  Maker n;  // a channel is missing: the larger kernel would do work for nothing
  const ValueId some = n.node("Gather", {n.node("SpaceToDepth", {n.x}, block), n.list({0, 1, 2, 3})},
                              attributes_of({{"axis", std::int64_t{1}}}));
  EXPECT_EQ(count(n.optimized({n.conv(some, 3)}), "SpaceToDepth"), 1);
}

TEST(MoveTransposes, HeadsOfOneChannelJoinTheOthers) {
  Maker m;
  const ValueId stem = m.conv(m.x, 1);
  std::vector<ValueId> heads;
  for (const std::int64_t channels : {4, 1, 7}) heads.push_back(m.node("Sigmoid", {m.conv(stem, 1, channels)}));
  const ValueId joined = m.node("Concat", heads, attributes_of({{"axis", std::int64_t{1}}}));
  const ValueId flat = m.node("Reshape", {joined, m.list({1, 12, 96})});
  const Graph graph = m.optimized({m.node("Transpose", {flat}, attributes_of({{"perm", Ints{0, 2, 1}}}))});
  EXPECT_EQ(count(graph, "Transpose"), 1) << graph::print(graph);  // of the input
}

/// ShuffleNet's shuffle of two groups.
ValueId shuffled(Maker& m, ValueId x) {
  const Shape s = m.graph.value(x).type.shape;
  const ValueId wide = m.node("Reshape", {x, m.list({s[0], 2, s[1] / 2, s[2], s[3]})});
  const ValueId swapped = m.node("Transpose", {wide}, attributes_of({{"perm", Ints{0, 2, 1, 3, 4}}}));
  return m.node("Reshape", {swapped, m.list({s[0], s[1], s[2], s[3]})});
}

TEST(PickChannels, AShuffleBetweenConcatAndSlicesIsOneStepForEachSlice) {
  Maker m;
  const ValueId stem = m.conv(m.x, 1, 6);
  const ValueId joined =
      m.node("Concat", {m.conv(stem, 3, 6), m.conv(stem, 1, 6)}, attributes_of({{"axis", std::int64_t{1}}}));
  const ValueId mixed = shuffled(m, joined);
  const ValueId front = m.node("Slice", {mixed, m.list({0}), m.list({6}), m.list({1})});
  const ValueId back = m.node("Slice", {mixed, m.list({6}), m.list({12}), m.list({1})});
  const Graph graph = m.optimized({m.node("Add", {m.conv(front, 3, 6), m.conv(back, 1, 6)})});
  EXPECT_EQ(count(graph, "Pick"), 2) << graph::print(graph);
  EXPECT_EQ(count(graph, "Concat") + count(graph, "Slice"), 0) << graph::print(graph);
  EXPECT_EQ(count(graph, "Transpose"), 2) << graph::print(graph);  // of input and output
}

TEST(PickChannels, ReadsWhatIsWantedOnTheWayToo) {
  Maker m;
  const ValueId stem = m.conv(m.x, 1, 6);
  const ValueId joined =
      m.node("Concat", {m.conv(stem, 3, 6), m.conv(stem, 1, 6)}, attributes_of({{"axis", std::int64_t{1}}}));
  const Graph graph = m.optimized({m.node("Add", {m.conv(joined, 3, 12), m.conv(shuffled(m, joined), 1, 12)})});
  EXPECT_EQ(count(graph, "Pick"), 1) << graph::print(graph);
  EXPECT_EQ(count(graph, "Concat"), 1) << graph::print(graph);
}

TEST(PickChannels, LeavesASingleMoveAndOtherAxes) {
  Maker m;
  const ValueId stem = m.conv(m.x, 1, 6);
  const ValueId joined = m.node("Concat", {stem, m.conv(stem, 3, 6)}, attributes_of({{"axis", std::int64_t{1}}}));
  EXPECT_EQ(count(m.optimized({m.conv(joined, 3)}), "Pick"), 0);
  Maker n;
  const ValueId tall =
      n.node("Concat", {n.conv(n.x, 1, 6), n.conv(n.x, 3, 6)}, attributes_of({{"axis", std::int64_t{2}}}));
  const ValueId cut = n.node("Slice", {tall, n.list({1}), n.list({9}), n.list({2})});
  EXPECT_EQ(count(n.optimized({n.conv(cut, 3)}), "Pick"), 0);
}

TEST(PickChannels, ASplitOfRowsIsNoMoveOfChannels) {
  Maker m({1, 4, 6});
  const ValueId parts[] = {m.graph.add_value("a", {DType::kF32, {1, 2, 6}}),
                           m.graph.add_value("b", {DType::kF32, {1, 2, 6}})};
  graph::Node split{.op_type = "Split", .opset = 17, .inputs = {m.x, m.list({2, 2})}, .outputs = {parts[0], parts[1]}};
  split.attributes.set("axis", std::int64_t{1});
  m.graph.add_node(std::move(split));
  const ValueId wide = m.node("Concat", {parts[0], parts[1]}, attributes_of({{"axis", std::int64_t{2}}}));
  const ValueId cut = m.node("Slice", {wide, m.list({3}), m.list({9}), m.list({2})});
  EXPECT_EQ(count(m.optimized({m.node("Relu", {cut})}), "Split"), 1);
}

}  // namespace
}  // namespace hedge::compile

// Layers over time: LSTM, layers over one axis, squares. Each on the pattern that its pass exists for, and on the
// neighbour that it must leave alone; every graph answers as before (quantized_maker.h).
#include "compile/quantized_maker.h"

namespace hedge::compile {
namespace {

class SequenceMaker : public QuantizedMaker {
 public:
  ValueId constant(const Shape& shape) { return floats(shape, random_floats(shape.elements(), -0.4f, 0.4f)); }

  /// All three outputs of an LSTM of 3 steps, 2 sequences, 5 inputs and 6 states.
  std::vector<ValueId> lstm(std::string_view direction, bool with_states, AttributeList more = {}) {
    const std::int64_t directions = direction == "bidirectional" ? 2 : 1;
    std::vector<ValueId> operands{float_input({3, 2, 5}), constant({directions, 24, 5}), constant({directions, 24, 6}),
                                  constant({directions, 48})};
    if (with_states) {
      operands.push_back(ValueId::kNone);
      for (int k = 0; k < 2; ++k) operands.push_back(float_input({directions, 2, 6}));
    }
    std::vector<std::pair<std::string_view, op::AttributeValue>> attributes{{"hidden_size", std::int64_t{6}},
                                                                            {"direction", std::string(direction)}};
    attributes.insert(attributes.end(), more.begin(), more.end());
    graph::Node node{.op_type = "LSTM", .opset = 17, .inputs = operands};
    for (const auto& [name, value] : attributes) node.attributes.set(name, value);
    const Shape state{directions, 2, 6};
    node.outputs = {graph.add_value("y", {DType::kF32, Shape{3, directions, 2, 6}}),
                    graph.add_value("h", {DType::kF32, state}), graph.add_value("c", {DType::kF32, state})};
    const std::vector<ValueId> outputs = node.outputs;
    graph.add_node(std::move(node));
    return outputs;
  }
};

TEST(Sequences, AnLstmIsAProductAndARecurrence) {
  for (const char* direction : {"forward", "reverse", "bidirectional"})
    for (const bool with_states : {false, true}) {
      SequenceMaker m;
      const Graph graph = m.optimized(m.lstm(direction, with_states));
      EXPECT_EQ(count(graph, "LSTM"), 0);
      EXPECT_EQ(count(graph, "Lstm"), std::string_view(direction) == "bidirectional" ? 2 : 1);
      EXPECT_EQ(count(graph, "Gemm"), count(graph, "Lstm"));
    }
}

TEST(Sequences, AnLstmWithOtherFunctionsOrAClipStaysWhole) {
  using Strings = std::vector<std::string>;
  SequenceMaker other, clipped;
  EXPECT_EQ(count(other.optimized(other.lstm("forward", false, {{"activations", Strings{"Sigmoid", "Relu", "Tanh"}}})),
                  "LSTM"),
            1);
  EXPECT_EQ(count(clipped.optimized(clipped.lstm("forward", true, {{"clip", 0.5f}})), "LSTM"), 1);
}

TEST(Sequences, ConvolutionsOverOneAxisKeepTheirActivationsAndSums) {
  SequenceMaker m;
  const auto conv = [&](ValueId x, std::int64_t stride) {
    return m.node("Conv", {x, m.constant({4, 4, 3}), m.constant({4})},
                  {{"pads", Ints{1, 1}}, {"strides", Ints{stride}}});
  };
  const ValueId x = m.node("Relu", {conv(m.float_input({2, 4, 11}), 1)});
  const ValueId sum = m.node("Sigmoid", {m.node("Add", {conv(x, 1), x})});
  const ValueId pooled = m.node("MaxPool", {conv(sum, 2)}, {{"kernel_shape", Ints{2}}, {"ceil_mode", std::int64_t{1}}});
  const Graph graph = m.optimized({m.node("GlobalAveragePool", {pooled})});
  for (const char* op : {"Relu", "Add", "Sigmoid"}) EXPECT_EQ(count(graph, op), 0) << graph::print(graph);
  for (const NodeId id : graph.nodes())
    if (graph.node(id).op_type != "Reshape" && graph.node(id).op_type != "Transpose")
      EXPECT_EQ(graph.node(id).domain, op::kHedgeDomain) << graph::print(graph);
}

TEST(Sequences, SquaresAreProductsAndOtherPowersArePowers) {
  SequenceMaker m;
  const ValueId x = m.float_input({3, 4});
  const Graph graph = m.optimized({m.node("Pow", {x, m.number(2)}), m.node("Pow", {m.node("Abs", {x}), m.number(3)})});
  EXPECT_EQ(count(graph, "Mul"), 1);
  EXPECT_EQ(count(graph, "Pow"), 1);
}

}  // namespace
}  // namespace hedge::compile

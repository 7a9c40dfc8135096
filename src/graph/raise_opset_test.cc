// Each operator form that opset 13 spells otherwise: the interpreter's answers are equal before and after.
#include "graph/raise_opset.h"

#include <gtest/gtest.h>

#include "graph/infer_types.h"
#include "graph/interpreter.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace hedge::graph {
namespace {

using Ints = std::vector<std::int64_t>;

struct Form {
  int opset;
  std::string_view op;
  Shape shape;
  std::vector<std::pair<std::string_view, op::AttributeValue>> attributes = {};
  std::vector<Tensor> constants = {};
  int outputs = 1;
};

std::vector<Form> forms() {
  return {
      {6, "Clip", {2, 3}, {{"min", -0.5f}, {"max", 0.5f}}},
      {6, "Clip", {2, 3}, {{"max", 0.5f}}},
      {6, "Clip", {2, 3}},
      {11, "Clip", {2, 3}, {}, {Tensor::scalar(0.0f), Tensor::scalar(1.0f)}},
      {1, "Squeeze", {1, 3, 1, 2}, {{"axes", Ints{0, 2}}}},
      {11, "Squeeze", {1, 3, 1, 2}},
      {11, "Unsqueeze", {3, 2}, {{"axes", Ints{0, 3}}}},
      {9, "Flatten", {2, 3, 2}, {{"axis", std::int64_t{2}}}},
      {11, "Flatten", {2, 3, 2}, {{"axis", std::int64_t{-1}}}},
      {7, "Dropout", {2, 3}, {{"ratio", 0.3f}}},
      {9, "Softmax", {2, 5}},
      {11, "LogSoftmax", {2, 5, 1, 1}, {{"axis", std::int64_t{1}}}},
      {11, "Softmax", {2, 3, 5}, {{"axis", std::int64_t{-1}}}},
      {2, "Split", {2, 6}, {{"axis", std::int64_t{1}}, {"split", Ints{1, 5}}}, {}, 2},
      {11, "Split", {2, 6}, {{"axis", std::int64_t{-1}}}, {}, 3},
      {11, "ReduceSum", {2, 3, 4}, {{"axes", Ints{1, -1}}, {"keepdims", std::int64_t{0}}}},
      {1, "ReduceSum", {2, 3}},
      {1, "Slice", {4, 5}, {{"starts", Ints{1, -3}}, {"ends", Ints{3, 1000}}, {"axes", Ints{0, 1}}}},
      {9, "Slice", {4, 5}, {{"starts", Ints{1}}, {"ends", Ints{-1}}}},
      {2, "Pad", {2, 3}, {{"pads", Ints{0, 1, 1, 0}}}},
      {10, "Pad", {2, 3}, {{"pads", Ints{1, 0, 0, 2}}, {"value", 1.5f}}},
      {10, "Pad", {3, 3}, {{"pads", Ints{1, 0, 0, 2}}, {"mode", std::string("reflect")}}},
      {7, "Upsample", {1, 2, 3, 3}, {{"scales", std::vector<float>{1, 1, 2, 1.5f}}}},
      {9, "Upsample", {1, 2, 3, 3}, {}, {Tensor::of<float>({4}, {1, 1, 2, 3})}},
      {9, "Upsample", {1, 2, 3, 3}, {{"mode", std::string("linear")}}, {Tensor::of<float>({4}, {1, 1, 2, 2})}},
      {10, "Resize", {1, 2, 4, 4}, {{"mode", std::string("nearest")}}, {Tensor::of<float>({4}, {1, 1, 0.5f, 1.6f})}},
      {10, "Resize", {1, 2, 4, 4}, {{"mode", std::string("linear")}}, {Tensor::of<float>({4}, {1, 1, 0.6f, 2})}},
      {9, "AveragePool", {1, 2, 4, 4}, {{"kernel_shape", Ints{2, 2}}}},
      {9, "HardSigmoid", {2, 3}, {{"alpha", 0.3f}}},
      {8, "Relu", {2, 3}}};
}

Graph graph_of(const Form& form) {
  Graph graph;
  graph.opsets[""] = form.opset;
  graph.inputs = {graph.add_value("x", {DType::kF32, form.shape})};
  Node node{.name = "form", .op_type = std::string(form.op), .opset = form.opset, .inputs = graph.inputs};
  for (const auto& [name, value] : form.attributes) node.attributes.set(name, value);
  for (const Tensor& constant : form.constants) node.inputs.push_back(graph.add_constant("c", constant));
  for (int k = 0; k < form.outputs; ++k) node.outputs.push_back(graph.add_value("y"));
  graph.outputs = node.outputs;
  graph.add_node(std::move(node));
  return graph;
}

TEST(RaiseOpset, EachFormAnswersAsBefore) {
  for (const Form& form : forms()) {
    SCOPED_TRACE(fmt::format("{} of opset {}", form.op, form.opset));
    Graph graph = graph_of(form);
    const auto inferred = infer_types(graph, {.fold = false});
    ASSERT_TRUE(inferred.has_value()) << inferred.error().message;
    Tensor x(DType::kF32, form.shape);
    for (std::size_t k = 0; k < x.as<float>().size(); ++k)
      x.as<float>()[k] = static_cast<float>(k * 37 % 23) * 0.13f - 1.2f;
    const std::vector<Tensor> inputs{x};
    const auto before = interpret(graph, inputs);
    ASSERT_TRUE(before.has_value()) << before.error().message;
    const auto raised = raise_opset_to_13(graph);
    ASSERT_TRUE(raised.has_value()) << raised.error().message;
    ASSERT_EQ(graph.opsets[""], 13);
    ASSERT_TRUE(infer_types(graph, {.fold = false}).has_value()) << print(graph);
    ASSERT_TRUE(verify(graph).has_value()) << print(graph);
    const auto after = interpret(graph, inputs);
    ASSERT_TRUE(after.has_value()) << after.error().message << print(graph);
    for (std::size_t k = 0; k < before->size(); ++k) {
      ASSERT_EQ((*after)[k].type(), (*before)[k].type()) << print(graph);
      EXPECT_TRUE(std::ranges::equal((*after)[k].bytes(), (*before)[k].bytes())) << "output " << k << print(graph);
    }
  }
}

TEST(RaiseOpset, ASoftmaxOverSeveralAxesHasNoNewerSpelling) {
  Graph graph = graph_of({9, "Softmax", {2, 3, 5}});
  ASSERT_TRUE(infer_types(graph, {.fold = false}).has_value());
  const auto raised = raise_opset_to_13(graph);
  ASSERT_FALSE(raised.has_value());
  EXPECT_EQ(raised.error().kind, ErrorKind::kUnsupported);
}

TEST(RaiseOpset, ADropoutWhoseMaskIsReadIsRefused) {
  Graph graph = graph_of({7, "Dropout", {2, 3}, {}, {}, 2});
  ASSERT_TRUE(infer_types(graph, {.fold = false}).has_value());
  const auto raised = raise_opset_to_13(graph);
  ASSERT_FALSE(raised.has_value());
  EXPECT_EQ(raised.error().kind, ErrorKind::kUnsupported);
}

TEST(RaiseOpset, NewerGraphsStayAsTheyAre) {
  Graph graph = graph_of({17, "Relu", {2, 3}});
  ASSERT_TRUE(raise_opset_to_13(graph).has_value());
  EXPECT_EQ(graph.opsets[""], 17);
}

}  // namespace
}  // namespace hedge::graph

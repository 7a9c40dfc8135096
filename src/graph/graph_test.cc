#include "graph/graph.h"

#include <gtest/gtest.h>

#include "graph/interpreter.h"
#include "graph/onnx_export.h"
#include "graph/onnx_import.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace hedge::graph {
namespace {

const TensorType kRow{DType::kF32, Shape{1, 4}};

/// x -> Relu -> a -> Neg -> y
Graph chain() {
  Graph graph;
  graph.opsets[""] = 17;
  const ValueId x = graph.add_value("x", kRow);
  graph.inputs = {x};
  const ValueId a = graph.add_node("Relu", {x}, {}, "a", kRow);
  graph.outputs = {graph.add_node("Neg", {a}, {}, "y", kRow)};
  return graph;
}

TEST(Graph, NamesAreUnique) {
  Graph graph;
  const ValueId first = graph.add_value("x"), second = graph.add_value("x"), third = graph.add_value("");
  EXPECT_NE(graph.value(first).name, graph.value(second).name);
  EXPECT_FALSE(graph.value(third).name.empty());
  EXPECT_EQ(graph.find_value("x"), first);
  EXPECT_EQ(graph.find_value("nobody"), ValueId::kNone);
}

TEST(Graph, ReplacedOutputKeepsItsName) {
  Graph graph = chain();
  const ValueId a = graph.find_value("a");
  EXPECT_TRUE(graph.replace_uses(graph.outputs[0], a));
  EXPECT_EQ(graph.outputs[0], a);
  EXPECT_EQ(graph.value(a).name, "y");
  EXPECT_EQ(graph.erase_dead_nodes(), 1);
  EXPECT_TRUE(verify(graph).has_value());
}

TEST(Graph, ConstantsThatNobodyReadsGiveTheirMemoryBack) {
  Graph graph = chain();
  const auto number = [&](const char* name) { return graph.add_constant(name, Tensor::scalar(1.0f)); };
  const ValueId unread = number("unread"), output = number("output"), read = number("read");
  graph.outputs.push_back(output);
  graph.outputs.push_back(graph.add_node("Relu", {read}, {}, "relu"));
  graph.release_if_unread(read);
  graph.release_unread_constants();
  EXPECT_FALSE(graph.is_constant(unread));
  EXPECT_TRUE(graph.is_constant(output));
  EXPECT_TRUE(graph.is_constant(read));
}

TEST(Graph, AnOutputIsNeverReplacedByAnInput) {
  Graph graph = chain();
  EXPECT_FALSE(graph.replace_uses(graph.outputs[0], graph.inputs[0]));
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
}

TEST(Graph, SortRestoresOrderAndFindsCycles) {
  Graph graph = chain();
  const ValueId b = graph.add_node("Abs", {graph.inputs[0]}, {}, "b", kRow);
  graph.node(graph.value(graph.find_value("a")).producer).inputs[0] = b;  // a now reads what is made after it
  EXPECT_FALSE(verify(graph).has_value());
  ASSERT_TRUE(graph.sort().has_value());
  EXPECT_TRUE(verify(graph).has_value());
  graph.node(graph.value(b).producer).inputs[0] = graph.outputs[0];
  EXPECT_FALSE(graph.sort().has_value());
}

TEST(Graph, VerifyFindsAWrongType) {
  Graph graph = chain();
  graph.value(graph.outputs[0]).type = {DType::kF32, Shape{4, 1}};
  const auto status = verify(graph);
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message.find("4x1"), std::string::npos) << status.error().message;
}

TEST(Graph, ConsumersAreCountedOnceAndOutputsForbidFusing) {
  Graph graph = chain();
  const ValueId a = graph.find_value("a");
  EXPECT_TRUE(graph.has_single_consumer(a));
  graph.add_node("Mul", {a, a}, {}, "square", kRow);
  EXPECT_EQ(graph.consumers(a).size(), 2u);
  EXPECT_FALSE(graph.has_single_consumer(a));
  EXPECT_FALSE(graph.has_single_consumer(graph.outputs[0]));
}

TEST(Graph, ExportedAndImportedAgain) {
  const Graph graph = chain();
  const auto bytes = export_onnx(graph);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const auto again = import_onnx(*bytes);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(print(*again), print(graph));
}

TEST(Interpreter, RefusesInputsThatDoNotFit) {
  const Graph graph = chain();
  EXPECT_FALSE(interpret(graph, {}).has_value());
  const std::vector<Tensor> wrong{Tensor(DType::kF32, Shape{4})};
  EXPECT_FALSE(interpret(graph, wrong).has_value());
}

TEST(Interpreter, ObservesEveryValueInOrder) {
  const Graph graph = chain();
  std::vector<std::string> seen;
  const std::vector<Tensor> inputs{Tensor(kRow)};
  const InterpreterOptions options{.observe = [&](const Value& value, const Tensor&) { seen.push_back(value.name); }};
  ASSERT_TRUE(interpret(graph, inputs, options).has_value());
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "y"}));
}

}  // namespace
}  // namespace hedge::graph

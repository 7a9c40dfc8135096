// What an importer must refuse: one line that says what is wrong, never a crash nor memory without bound.
#include "graph/onnx_import.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "base/file.h"
#include "graph/interpreter.h"
#include "graph/model_maker.h"

namespace hedge::graph {
namespace {

/// The error of a model that must be refused; it must be one line.
base::Error refusal(const onnx::ModelProto& model, const ImportOptions& options = {}) {
  const auto graph = import_onnx(serialize(model), options);
  if (graph) {
    ADD_FAILURE() << "accepted:\n" << model.DebugString().substr(0, 600);
    return {};
  }
  EXPECT_FALSE(graph.error().message.empty());
  EXPECT_EQ(graph.error().message.find('\n'), std::string::npos) << graph.error().message;
  return graph.error();
}

void expect_refused(const onnx::ModelProto& model) { (void)refusal(model); }

TEST(ImportHostile, EveryTruncationOfARealModelIsRefusedOrValid) {
  const auto bytes = base::read_file("models/person_vtest.onnx", 1 << 24);
  ASSERT_TRUE(bytes.has_value());
  for (std::size_t size = 0; size < bytes->size(); size += 1 + size / 37) {
    const auto graph = import_onnx(std::span(*bytes).first(size));
    if (!graph) EXPECT_EQ(graph.error().message.find('\n'), std::string::npos) << size;
  }
}

TEST(ImportHostile, NotAModel) {
  const std::string text = "<!DOCTYPE html><html>rate limited</html>";
  EXPECT_FALSE(import_onnx(std::as_bytes(std::span(text))).has_value());
  EXPECT_FALSE(import_onnx({}).has_value());
  EXPECT_EQ(import_onnx_file("/no/such/model.onnx").error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(import_onnx_file("/").has_value());
}

TEST(ImportHostile, HugeDims) {
  for (const std::int64_t dim : {std::int64_t{1} << 62, std::int64_t{1} << 31, std::int64_t{-1}, std::int64_t{-7}}) {
    auto model = relu_model();
    auto* shape = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape->mutable_dim(1)->set_dim_value(dim);
    expect_refused(model);
  }
}

TEST(ImportHostile, ProductOfDimsOverflows) {
  auto model = relu_model();
  auto* shape = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  for (int k = 0; k < 5; ++k) shape->add_dim()->set_dim_value(std::int64_t{1} << 20);
  EXPECT_EQ(refusal(model).kind, ErrorKind::kResourceLimit);
}

TEST(ImportHostile, RankBeyondLimit) {
  auto model = relu_model();
  auto* shape = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  for (int k = 0; k < 20; ++k) shape->add_dim()->set_dim_value(1);
  expect_refused(model);
}

TEST(ImportHostile, InitializerClaimsMoreBytesThanItHolds) {
  for (const std::int64_t elements : {std::int64_t{1} << 30, std::int64_t{5}, std::int64_t{-4}}) {
    auto model = add_model();
    auto* weights = model.mutable_graph()->mutable_initializer(0);
    weights->set_dims(0, elements);
    expect_refused(model);
  }
}

TEST(ImportHostile, InitializerOfUnknownType) {
  auto model = add_model();
  model.mutable_graph()->mutable_initializer(0)->set_data_type(99);
  expect_refused(model);
}

TEST(ImportHostile, ExternalDataIsNeverRead) {
  auto model = add_model();
  auto* weights = model.mutable_graph()->mutable_initializer(0);
  weights->clear_float_data();
  weights->set_data_location(onnx::TensorProto::EXTERNAL);
  auto* location = weights->add_external_data();
  location->set_key("location");
  location->set_value("../../../../etc/passwd");
  EXPECT_EQ(refusal(model).kind, ErrorKind::kUnsupported);
}

TEST(ImportHostile, Cycle) {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_node(model, "Add", {"x", "b"}, {"a"});
  add_node(model, "Relu", {"a"}, {"b"});
  add_output(model, "b");
  expect_refused(model);
}

TEST(ImportHostile, ReadsItself) {
  auto model = empty_model();
  add_node(model, "Relu", {"y"}, {"y"});
  add_output(model, "y");
  expect_refused(model);
}

TEST(ImportHostile, NameProducedTwice) {
  auto model = relu_model();
  add_node(model, "Abs", {"x"}, {"y"});
  expect_refused(model);
}

TEST(ImportHostile, UnknownValue) {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_node(model, "Add", {"x", "nobody"}, {"y"});
  add_output(model, "y");
  EXPECT_NE(refusal(model).message.find("nobody"), std::string::npos);
}

TEST(ImportHostile, OutputThatNobodyMakes) {
  auto model = relu_model();
  add_output(model, "ghost");
  EXPECT_NE(refusal(model).message.find("ghost"), std::string::npos);
}

TEST(ImportHostile, NoOutputs) {
  auto model = relu_model();
  model.mutable_graph()->clear_output();
  expect_refused(model);
}

TEST(ImportHostile, UnknownOperatorIsNamed) {
  auto model = relu_model();
  model.mutable_graph()->mutable_node(0)->set_op_type("FancyAttention");
  const auto error = refusal(model);
  EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
  EXPECT_NE(error.message.find("FancyAttention"), std::string::npos);
}

TEST(ImportHostile, OpsetsOutsideOurs) {
  for (const std::int64_t opset : {std::int64_t{0}, std::int64_t{-3}, std::int64_t{6}, std::int64_t{1} << 40}) {
    auto model = relu_model();
    model.mutable_opset_import(0)->set_version(opset);
    expect_refused(model);
  }
}

TEST(ImportHostile, AttributeOfTheWrongType) {
  auto model = empty_model();
  add_input(model, "x", {1, 2, 4, 4});
  auto* node = add_node(model, "MaxPool", {"x"}, {"y"});
  auto* kernel = node->add_attribute();
  kernel->set_name("kernel_shape");
  kernel->set_type(onnx::AttributeProto::STRING);
  kernel->set_s("2x2");
  add_output(model, "y");
  expect_refused(model);
}

TEST(ImportHostile, NegativeAndHugeWindows) {
  for (const std::int64_t size : {std::int64_t{-2}, std::int64_t{0}, std::int64_t{1} << 40, INT64_MAX, INT64_MIN})
    for (const char* attribute : {"kernel_shape", "strides", "dilations", "pads"}) {
      if (std::string_view(attribute) == "pads" && size == 0) continue;
      auto model = empty_model();
      add_input(model, "x", {1, 2, 4, 4});
      auto* node = add_node(model, "AveragePool", {"x"}, {"y"});
      if (std::string_view(attribute) != "kernel_shape") set_integers(*node, "kernel_shape", {2, 2});
      set_integers(
          *node, attribute,
          std::string_view(attribute) == "pads" ? std::vector{size, size, size, size} : std::vector{size, size});
      add_output(model, "y");
      expect_refused(model);
    }
}

TEST(ImportHostile, ReshapeToMoreElements) {
  for (const auto& target : {std::vector<std::int64_t>{1 << 20, 1 << 20, 1 << 20}, {-1, -1}, {5, 5}, {-5, 4}}) {
    auto model = empty_model();
    add_input(model, "x", {1, 4});
    add_integers(model, "shape", target);
    add_node(model, "Reshape", {"x", "shape"}, {"y"});
    add_output(model, "y");
    expect_refused(model);
  }
}

TEST(ImportHostile, ExpandAndTileStayWithinTheLimit) {
  for (const char* op_type : {"Expand", "Tile"}) {
    auto model = empty_model();
    add_input(model, "x", {1, 4});
    add_integers(model, "by", {std::int64_t{1} << 40, 4});
    add_node(model, op_type, {"x", "by"}, {"y"});
    add_output(model, "y");
    expect_refused(model);
  }
}

TEST(ImportHostile, DeepNestingOfBranches) {
  onnx::GraphProto body;
  body.add_output()->set_name("y");
  auto* leaf = body.add_node();
  leaf->set_op_type("Identity");
  leaf->add_input("x");
  leaf->add_output("y");
  for (int depth = 0; depth < 40; ++depth) {
    onnx::GraphProto outer;
    outer.add_output()->set_name("y");
    auto* node = outer.add_node();
    node->set_op_type("If");
    node->add_input("condition");
    node->add_output("y");
    for (const char* branch : {"then_branch", "else_branch"}) {
      if (depth > 10 && std::string_view(branch) == "else_branch") continue;  // else the file itself doubles
      auto* attribute = node->add_attribute();
      attribute->set_name(branch);
      attribute->set_type(onnx::AttributeProto::GRAPH);
      *attribute->mutable_g() = body;
    }
    body = outer;
    if (body.ByteSizeLong() > (1 << 20)) break;
  }
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_input(model, "condition", {}, onnx::TensorProto::BOOL);
  for (auto& node : *body.mutable_node()) *model.mutable_graph()->add_node() = node;
  add_output(model, "y");
  expect_refused(model);
}

TEST(ImportHostile, FunctionsThatCallThemselves) {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_node(model, "Loop2", {"x"}, {"y"})->set_domain("mine");
  add_output(model, "y");
  auto* opset = model.add_opset_import();
  opset->set_domain("mine");
  opset->set_version(1);
  auto* function = model.add_functions();
  function->set_name("Loop2");
  function->set_domain("mine");
  function->add_input("a");
  function->add_output("b");
  auto* call = function->add_node();
  call->set_op_type("Loop2");
  call->set_domain("mine");
  call->add_input("a");
  call->add_output("b");
  expect_refused(model);
}

TEST(Import, FunctionsAreInlined) {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_node(model, "Twice", {"x"}, {"h"})->set_domain("mine");
  add_node(model, "Twice", {"h"}, {"y"})->set_domain("mine");
  add_output(model, "y");
  auto* opset = model.add_opset_import();
  opset->set_domain("mine");
  opset->set_version(1);
  auto* function = model.add_functions();
  function->set_name("Twice");
  function->set_domain("mine");
  function->add_input("a");
  function->add_output("b");
  auto* node = function->add_node();
  node->set_op_type("Add");
  node->add_input("a");
  node->add_input("a");
  node->add_output("b");
  const auto graph = import_onnx(serialize(model));
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  const std::vector<Tensor> inputs{Tensor::of<float>(Shape{1, 4}, {1, 2, 3, 4})};
  EXPECT_EQ(interpret(*graph, inputs).value()[0].as<float>()[3], 16);
}

TEST(Import, SymbolicBatchIsOne) {
  auto model = relu_model();
  auto* dims = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  dims->mutable_dim(0)->set_dim_param("N");
  const auto graph = import_onnx(serialize(model));
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->value(graph->inputs[0]).type.shape, (Shape{1, 4}));
}

TEST(Import, OtherSymbolicDimsNeedAShape) {
  auto model = relu_model();
  auto* dims = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  dims->mutable_dim(1)->set_dim_param("width");
  EXPECT_NE(refusal(model).message.find("--shape"), std::string::npos);
  const auto graph = import_onnx(serialize(model), {.shapes = {{"x", Shape{2, 9}}}});
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->value(graph->outputs[0]).type.shape, (Shape{2, 9}));
}

TEST(Import, OptionsThatNameNoInput) {
  EXPECT_EQ(refusal(relu_model(), {.shapes = {{"z", Shape{1}}}}).kind, ErrorKind::kUsage);
  ImportOptions options;
  options.freezes.emplace("z", Tensor::scalar(1.0f));
  EXPECT_EQ(refusal(relu_model(), options).kind, ErrorKind::kUsage);
}

TEST(Import, FrozenConditionFoldsIf) {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_input(model, "condition", {}, onnx::TensorProto::BOOL);
  auto* choose = add_node(model, "If", {"condition"}, {"y"});
  for (const auto& [branch, op_type] : {std::pair{"then_branch", "Neg"}, {"else_branch", "Relu"}}) {
    auto* attribute = choose->add_attribute();
    attribute->set_name(branch);
    attribute->set_type(onnx::AttributeProto::GRAPH);
    auto* body = attribute->mutable_g();
    body->set_name(branch);
    auto* node = body->add_node();
    node->set_op_type(op_type);
    node->add_input("x");
    node->add_output("r");
    body->add_output()->set_name("r");
  }
  add_output(model, "y");
  for (const bool condition : {true, false}) {
    ImportOptions options;
    options.freezes.emplace("condition", Tensor::scalar(condition));
    const auto graph = import_onnx(serialize(model), options);
    ASSERT_TRUE(graph.has_value()) << graph.error().message;
    ASSERT_EQ(graph->nodes().size(), 1u);
    EXPECT_EQ(graph->node(graph->nodes()[0]).op_type, condition ? "Neg" : "Relu");
    EXPECT_EQ(graph->value(graph->outputs[0]).name, "y");
  }
}

TEST(Import, ShapeArithmeticFolds) {
  auto model = empty_model();
  add_input(model, "x", {2, 3, 4});
  add_node(model, "Shape", {"x"}, {"shape"});
  add_integers(model, "at", {2});
  add_node(model, "Gather", {"shape", "at"}, {"width"});
  add_integers(model, "rest", {-1});
  auto* concat = add_node(model, "Concat", {"rest", "width"}, {"target"});
  auto* axis = concat->add_attribute();
  axis->set_name("axis");
  axis->set_type(onnx::AttributeProto::INT);
  axis->set_i(0);
  add_node(model, "Reshape", {"x", "target"}, {"y"});
  add_output(model, "y");
  const auto graph = import_onnx(serialize(model));
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->nodes().size(), 1u);  // the Reshape alone
  EXPECT_EQ(graph->value(graph->outputs[0]).type.shape, (Shape{6, 4}));
}

}  // namespace
}  // namespace hedge::graph

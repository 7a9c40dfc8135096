// Small ONNX models for tests, straight from protobuf, so that they may be as wrong as a test wants.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "graph/graph.h"

namespace hedge::graph {

inline onnx::ModelProto empty_model() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  model.mutable_graph()->set_name("test");
  return model;
}

inline void add_input(onnx::ModelProto& model, const std::string& name, const std::vector<std::int64_t>& dims,
                      int type = onnx::TensorProto::FLOAT) {
  auto* input = model.mutable_graph()->add_input();
  input->set_name(name);
  auto* tensor = input->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const std::int64_t dim : dims) tensor->mutable_shape()->add_dim()->set_dim_value(dim);
}

/// Without a type: the importer infers it.
inline void add_output(onnx::ModelProto& model, const std::string& name) {
  model.mutable_graph()->add_output()->set_name(name);
}

inline onnx::NodeProto* add_node(onnx::ModelProto& model, const std::string& op_type,
                                 const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  auto* node = model.mutable_graph()->add_node();
  node->set_op_type(op_type);
  for (const std::string& input : inputs) node->add_input(input);
  for (const std::string& output : outputs) node->add_output(output);
  return node;
}

inline void set_integers(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute->add_ints(value);
}

inline void add_integers(onnx::ModelProto& model, const std::string& name, const std::vector<std::int64_t>& values) {
  auto* tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::INT64);
  tensor->add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) tensor->add_int64_data(value);
}

/// y = Relu(x), x: f32[1x4].
inline onnx::ModelProto relu_model() {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  add_node(model, "Relu", {"x"}, {"y"});
  add_output(model, "y");
  return model;
}

/// y = x + w, w an initializer f32[4].
inline onnx::ModelProto add_model() {
  auto model = empty_model();
  add_input(model, "x", {1, 4});
  auto* weights = model.mutable_graph()->add_initializer();
  weights->set_name("w");
  weights->set_data_type(onnx::TensorProto::FLOAT);
  weights->add_dims(4);
  for (int k = 0; k < 4; ++k) weights->add_float_data(static_cast<float>(k));
  add_node(model, "Add", {"x", "w"}, {"y"});
  add_output(model, "y");
  return model;
}

inline std::vector<std::byte> serialize(const onnx::ModelProto& model) {
  std::vector<std::byte> bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace hedge::graph

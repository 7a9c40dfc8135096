// A node's operands as its candidates want to see them.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "program/family.h"

namespace hedge::compile {

struct NodeView {
  std::vector<tensor::TensorType> inputs, outputs;
  std::vector<const tensor::Tensor*> constants;
  program::StepView view;

  NodeView(const graph::Graph& graph, const graph::Node& node)
      : view{node.domain, node.op_type, node.opset, node.attributes, {}, {}, {}} {
    for (const graph::ValueId input : node.inputs) {
      inputs.push_back(input == graph::ValueId::kNone ? tensor::TensorType{} : graph.value(input).type);
      constants.push_back(graph.constant(input));
    }
    for (const graph::ValueId output : node.outputs)
      outputs.push_back(output == graph::ValueId::kNone ? tensor::TensorType{} : graph.value(output).type);
    view.inputs = inputs;
    view.constants = constants;
    view.outputs = outputs;
  }
  NodeView(const NodeView&) = delete;
};

}  // namespace hedge::compile

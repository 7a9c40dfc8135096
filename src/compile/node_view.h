// A node's operands as its candidates want to see them.
#pragma once

#include <vector>

#include "compile/find_views.h"
#include "graph/graph.h"
#include "program/family.h"

namespace hedge::compile {

struct NodeView {
  std::vector<tensor::TensorType> inputs, outputs;
  std::vector<const tensor::Tensor*> constants;
  std::vector<std::uint64_t> input_pitches, output_pitches;
  program::StepView view;

  /// Operands lie as `views` says; without it all are dense.
  NodeView(const graph::Graph& graph, const graph::Node& node, const Views& views = {})
      : view{node.domain, node.op_type, node.opset, node.attributes, {}, {}, {}, {}, {}} {
    for (const graph::ValueId input : node.inputs) {
      inputs.push_back(input == graph::ValueId::kNone ? tensor::TensorType{} : graph.value(input).type);
      constants.push_back(graph.constant(input));
      input_pitches.push_back(views.pitch(graph, input));
    }
    for (const graph::ValueId output : node.outputs) {
      outputs.push_back(output == graph::ValueId::kNone ? tensor::TensorType{} : graph.value(output).type);
      output_pitches.push_back(views.pitch(graph, output));
    }
    view.inputs = inputs;
    view.constants = constants;
    view.outputs = outputs;
    view.input_pitches = input_pitches;
    view.output_pitches = output_pitches;
  }
  NodeView(const NodeView&) = delete;
};

}  // namespace hedge::compile

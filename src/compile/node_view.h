// A node's operands as its candidates want to see them.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "program/family.h"

namespace hedge::compile {

struct NodeView {
  std::vector<tensor::TensorType> inputs, outputs;
  std::vector<const tensor::Tensor*> constants;
  std::vector<std::uint64_t> input_pitches, output_pitches;  ///< empty: all dense
  program::StepView view;

  NodeView(const graph::Graph& graph, const graph::Node& node)
      : view{node.domain, node.op_type, node.opset, node.attributes, {}, {}, {}, {}, {}} {
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

  /// `pitch_of`(value): bytes between its rows, 0 where it is dense.
  template <class PitchOf>
  void set_pitches(const graph::Node& node, const PitchOf& pitch_of) {
    for (const graph::ValueId input : node.inputs)
      input_pitches.push_back(input == graph::ValueId::kNone ? 0 : pitch_of(input));
    for (const graph::ValueId output : node.outputs)
      output_pitches.push_back(output == graph::ValueId::kNone ? 0 : pitch_of(output));
    view.input_pitches = input_pitches;
    view.output_pitches = output_pitches;
  }
};

}  // namespace hedge::compile

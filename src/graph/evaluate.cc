#include "graph/evaluate.h"

namespace hedge::graph {

Result<std::vector<Tensor>> evaluate(const Node& node, std::span<const Tensor* const> inputs) {
  const op::Operator* operation = op::find(node.domain, node.op_type);
  if (operation == nullptr) return fail(ErrorKind::kUnsupported, "operator {} is not known", node.op_type);
  std::vector<TensorType> types;
  std::vector<tensor::ConstTensorView> views;
  for (const Tensor* input : inputs) {
    types.push_back(input != nullptr ? input->type() : TensorType{});
    views.push_back(input != nullptr ? input->view() : tensor::ConstTensorView());
  }
  const int output_count = static_cast<int>(node.outputs.size());
  if (operation->run_dynamic != nullptr) {
    if (static_cast<int>(inputs.size()) < operation->inputs_min ||
        static_cast<int>(inputs.size()) > operation->inputs_max)
      return fail(ErrorKind::kInvalid, "{} inputs", inputs.size());
    for (int k = 0; k < operation->inputs_min; ++k)
      if (inputs[static_cast<std::size_t>(k)] == nullptr) return fail(ErrorKind::kInvalid, "input {} is required", k);
    op::Scratch none({});
    auto outputs = TRY(operation->run_dynamic({node.attributes, node.opset, views, {}, none}));
    outputs.resize(static_cast<std::size_t>(output_count));
    return outputs;
  }
  const op::InferArgs infer_args{node.attributes, node.opset, types, inputs, output_count};
  const std::vector<TensorType> output_types = TRY(op::infer(*operation, infer_args));
  std::vector<Tensor> outputs;
  std::vector<tensor::TensorView> output_views;
  for (int k = 0; k < output_count; ++k) {
    const bool wanted = node.outputs[static_cast<std::size_t>(k)] != ValueId::kNone;
    outputs.push_back(wanted ? Tensor(output_types[static_cast<std::size_t>(k)]) : Tensor());
    output_views.push_back({output_types[static_cast<std::size_t>(k)], outputs.back().view().data});
  }
  base::AlignedBuffer memory(operation->scratch_bytes != nullptr ? operation->scratch_bytes(infer_args) : 0);
  op::Scratch scratch(memory.span());
  TRY(operation->run({node.attributes, node.opset, views, output_views, scratch}));
  return outputs;
}

}  // namespace hedge::graph

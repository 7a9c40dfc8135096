#include "graph/infer_types.h"

#include <algorithm>

#include "graph/evaluate.h"
#include "graph/inline_branch.h"

namespace hedge::graph {
namespace {

/// All folded results together: a file of a few bytes must not ask for more.
constexpr std::size_t kFoldedBytesMax = std::size_t{1} << 30;
/// Folding a product this large would be the model's work, not shape arithmetic: it stays for run time.
constexpr std::int64_t kHeavyElementsMax = 1 << 16;

bool is_heavy(const Node& node) {
  static constexpr std::string_view kHeavy[] = {
      "Conv",   "ConvTranspose", "ConvInteger", "QLinearConv", "MatMul",  "MatMulInteger", "QLinearMatMul",
      "Gemm",   "Einsum",        "LSTM",        "GRU",         "RNN",     "RoiAlign",      "NonMaxSuppression",
      "Unique", "Resize",        "Upsample",    "LpPool",      "MaxPool", "AveragePool"};
  return std::ranges::find(kHeavy, node.op_type) != std::end(kHeavy);
}

class Sweep {
 public:
  Sweep(Graph& graph, const FoldOptions& options) : graph_(graph), options_(options) {}

  Status run() {
    for (bool again = true; again;) {  // inlining a branch adds nodes: sweep anew until none is left
      again = false;
      for (const NodeId id : graph_.nodes()) {
        if (!graph_.node(id).alive) continue;
        if (graph_.node(id).is("If")) {
          TRY(in_context_of(id, inline_branch(graph_, id)));
          TRY(graph_.sort());
          again = true;
          break;
        }
        TRY(in_context_of(id, visit(id)));
      }
    }
    return {};
  }

 private:
  Status in_context_of(NodeId id, Status status) const {
    if (status) return status;
    const Node& node = graph_.node(id);
    return base::in_context(status.error(), fmt::format("node '{}' ({})", node.name, node.op_type));
  }

  Status visit(NodeId id) {
    const Node& node = graph_.node(id);
    const op::Operator* operation = op::find(node.domain, node.op_type);
    if (operation == nullptr) return fail(ErrorKind::kUnsupported, "Hedge does not know this operator");
    std::vector<TensorType> types;
    std::vector<const Tensor*> constants;
    bool all_constant = true;
    for (const ValueId input : node.inputs) {
      types.push_back(input == ValueId::kNone ? TensorType{} : graph_.value(input).type);
      constants.push_back(graph_.constant(input));
      if (input != ValueId::kNone && types.back().dtype == DType::kUndefined)
        return fail(ErrorKind::kInvalid, "the type of '{}' is not known", graph_.value(input).name);
      all_constant &= input == ValueId::kNone || constants.back() != nullptr;
    }
    if (operation->run_dynamic != nullptr && all_constant && options_.fold && is_light(types))
      return fold(id, constants);
    const op::InferArgs args{node.attributes, node.opset, types, constants, static_cast<int>(node.outputs.size())};
    const std::vector<TensorType> inferred = TRY(op::infer(*operation, args));
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] == ValueId::kNone) continue;
      graph_.value(node.outputs[k]).type = inferred[k];
      bytes += inferred[k].size_bytes();
    }
    if (!options_.fold) return {};
    // The shape of a value is known even when the value is not.
    if (node.is("Shape") || node.is("Size")) return fold_shape(id);
    const bool wanted = !(node.is("DequantizeLinear") && !options_.fold_dequantize);
    if (all_constant && wanted && bytes <= options_.result_bytes_max && (!is_heavy(node) || is_light(types, bytes)))
      return fold(id, constants);
    return {};
  }

  static bool is_light(const std::vector<TensorType>& types, std::size_t bytes = 0) {
    std::int64_t elements = static_cast<std::int64_t>(bytes) / 4;
    for (const TensorType& type : types) elements += type.elements();
    return elements <= kHeavyElementsMax;
  }

  Status fold(NodeId id, const std::vector<const Tensor*>& constants) {
    std::vector<Tensor> outputs = TRY(evaluate(graph_.node(id), constants));
    return replace_outputs(id, outputs);
  }

  Status fold_shape(NodeId id) {
    const Node& node = graph_.node(id);
    const op::Operator* operation = op::find("", node.op_type);
    const tensor::ConstTensorView view(graph_.value(node.input(0)).type, nullptr);
    std::vector<Tensor> outputs;
    outputs.emplace_back(graph_.value(node.output()).type);
    const tensor::TensorView out = outputs[0].view();
    op::Scratch none({});
    TRY(operation->run({node.attributes, node.opset, {&view, 1}, {&out, 1}, none}));
    return replace_outputs(id, outputs);
  }

  Status replace_outputs(NodeId id, std::vector<Tensor>& outputs) {
    const std::vector<ValueId> ids = graph_.node(id).outputs;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      if (ids[k] == ValueId::kNone) continue;
      folded_bytes_ += outputs[k].bytes().size();
      if (folded_bytes_ > kFoldedBytesMax)
        return fail(ErrorKind::kResourceLimit, "constants grow beyond {} bytes", kFoldedBytesMax);
      if (graph_.is_graph_output(ids[k])) {
        graph_.value(ids[k]).type = outputs[k].type();
        keep_output(id, ids[k], std::move(outputs[k]));
        continue;
      }
      graph_.make_constant(ids[k], std::move(outputs[k]));
    }
    return {};
  }

  /// A graph output keeps a producer: an Identity of the constant.
  void keep_output(NodeId id, ValueId output, Tensor value) {
    Node& node = graph_.node(id);
    if (node.is("Identity") && graph_.is_constant(node.input(0))) return;
    const ValueId constant = graph_.add_constant(graph_.value(output).name + "_value", std::move(value));
    std::ranges::replace(graph_.node(id).outputs, output, ValueId::kNone);
    const bool any_left =
        std::ranges::any_of(graph_.node(id).outputs, [](ValueId out) { return out != ValueId::kNone; });
    graph_.node(id).alive = any_left;
    graph_.value(output).producer = NodeId::kNone;
    graph_.add_node(Node{.op_type = "Identity", .opset = 13, .inputs = {constant}, .outputs = {output}});
  }

  Graph& graph_;
  const FoldOptions& options_;
  std::size_t folded_bytes_ = 0;
};

}  // namespace

Status infer_types(Graph& graph, const FoldOptions& options) { return Sweep(graph, options).run(); }

}  // namespace hedge::graph

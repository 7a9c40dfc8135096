#include "graph/inline_functions.h"

#include <map>
#include <set>

#include <onnx/onnx_pb.h>

namespace hedge::graph {
namespace {

/// A model of a hundred functions, each calling the next twice, would have 2^100 nodes.
constexpr int kNodesMax = 100'000;
constexpr int kCallDepthMax = 16;
/// Bodies that carry constants are copied at every call.
constexpr std::size_t kBytesMax = std::size_t{256} << 20;

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
using Names = std::map<std::string, std::string>;
using Arguments = std::map<std::string, const onnx::AttributeProto*>;
using Key = std::pair<std::string, std::string>;  // domain, name

class Inliner {
 public:
  Status read(const onnx::ModelProto& model) {
    std::map<std::string, std::int64_t> opsets;
    for (const auto& entry : model.opset_import()) opsets[entry.domain()] = entry.version();
    for (const onnx::FunctionProto& function : model.functions()) {
      for (const auto& entry : function.opset_import()) {
        const auto [known, is_new] = opsets.emplace(entry.domain(), entry.version());
        if (!is_new && known->second != entry.version())
          return fail(ErrorKind::kUnsupported, "function '{}' follows opset {} of '{}', the model {}", function.name(),
                      entry.version(), entry.domain(), known->second);
      }
      if (!functions_.emplace(Key(function.domain(), function.name()), function).second)
        return fail(ErrorKind::kInvalid, "function '{}' is defined twice", function.name());
    }
    opsets_ = std::move(opsets);
    return {};
  }

  const std::map<std::string, std::int64_t>& opsets() const { return opsets_; }

  Status expand(Nodes& nodes, int depth) {
    Nodes expanded;
    for (onnx::NodeProto& node : nodes) {
      for (onnx::AttributeProto& attribute : *node.mutable_attribute())
        if (attribute.has_g()) TRY(expand(*attribute.mutable_g()->mutable_node(), depth));
      const auto function = functions_.find(Key(node.domain(), node.op_type()));
      if (function == functions_.end()) {
        expanded.Add(std::move(node));
        continue;
      }
      if (depth >= kCallDepthMax)
        return fail(ErrorKind::kInvalid, "function '{}' is called in a circle or too deep", node.op_type());
      Nodes body = TRY(instantiate(function->second, node));
      TRY(expand(body, depth + 1));
      for (onnx::NodeProto& inner : body) expanded.Add(std::move(inner));
      if (expanded.size() > kNodesMax)
        return fail(ErrorKind::kResourceLimit, "functions grow to more than {} nodes", kNodesMax);
    }
    nodes.Swap(&expanded);
    return {};
  }

 private:
  Result<Nodes> instantiate(const onnx::FunctionProto& function, const onnx::NodeProto& call) {
    total_nodes_ += function.node_size();
    total_bytes_ += function.ByteSizeLong();
    if (total_nodes_ > kNodesMax || total_bytes_ > kBytesMax)
      return fail(ErrorKind::kResourceLimit, "calls of function '{}' grow the model without bound", function.name());
    if (call.input_size() > function.input_size() || call.output_size() > function.output_size())
      return fail(ErrorKind::kInvalid, "function '{}' is called with {} inputs and {} outputs", function.name(),
                  call.input_size(), call.output_size());
    Names names;
    for (int k = 0; k < function.input_size(); ++k)
      names[function.input(k)] = k < call.input_size() ? call.input(k) : "";
    for (int k = 0; k < call.output_size(); ++k)
      if (!call.output(k).empty()) names[function.output(k)] = call.output(k);
    Arguments arguments;
    for (const onnx::AttributeProto& attribute : call.attribute()) arguments[attribute.name()] = &attribute;
    const std::string suffix = fmt::format("/call_{}", ++calls_);
    Nodes body = function.node();
    rename(body, names, arguments, suffix);
    return body;
  }

  /// Names that the function's caller gave stay; all others, made inside, get the suffix.
  void rename(Nodes& nodes, const Names& names, const Arguments& arguments, const std::string& suffix) {
    const auto renamed = [&](std::string& name) {
      if (name.empty()) return;
      const auto outer = names.find(name);
      name = outer != names.end() ? outer->second : name + suffix;
    };
    for (onnx::NodeProto& node : nodes) {
      if (!node.name().empty()) node.set_name(node.name() + suffix);
      for (std::string& name : *node.mutable_input()) renamed(name);
      for (std::string& name : *node.mutable_output()) renamed(name);
      google::protobuf::RepeatedPtrField<onnx::AttributeProto> attributes;
      for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
        if (attribute.has_g()) {
          onnx::GraphProto& graph = *attribute.mutable_g();
          for (auto& initializer : *graph.mutable_initializer()) renamed(*initializer.mutable_name());
          for (auto& input : *graph.mutable_input()) renamed(*input.mutable_name());
          for (auto& output : *graph.mutable_output()) renamed(*output.mutable_name());
          rename(*graph.mutable_node(), names, arguments, suffix);
        }
        if (attribute.ref_attr_name().empty()) {
          attributes.Add(std::move(attribute));
        } else if (const auto argument = arguments.find(attribute.ref_attr_name()); argument != arguments.end()) {
          onnx::AttributeProto& bound = *attributes.Add();
          bound = *argument->second;
          bound.set_name(attribute.name());
        }  // else the call leaves it out, and the operator's default holds
      }
      node.mutable_attribute()->Swap(&attributes);
    }
  }

  std::map<Key, onnx::FunctionProto> functions_;
  std::map<std::string, std::int64_t> opsets_;
  int calls_ = 0;
  int total_nodes_ = 0;
  std::size_t total_bytes_ = 0;
};

}  // namespace

Status inline_functions(onnx::ModelProto& model) {
  if (model.functions_size() == 0) return {};
  Inliner inliner;
  TRY(inliner.read(model));
  model.clear_opset_import();
  for (const auto& [domain, version] : inliner.opsets()) {
    auto& entry = *model.add_opset_import();
    entry.set_domain(domain);
    entry.set_version(version);
  }
  model.clear_functions();
  return inliner.expand(*model.mutable_graph()->mutable_node(), 0);
}

}  // namespace hedge::graph

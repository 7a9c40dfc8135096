#include "graph/onnx_import.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <onnx/onnx_pb.h>

#include "base/file.h"
#include "graph/attribute_proto.h"
#include "graph/infer_types.h"
#include "graph/inline_functions.h"
#include "graph/input_types.h"
#include "graph/tensor_proto.h"
#include "graph/verify.h"

namespace hedge::graph {
namespace {

constexpr std::uint64_t kFileBytesMax = (std::uint64_t{2} << 30) - 1;  // protobuf's own limit
constexpr int kReadBytes = 1 << 16;
constexpr int kProtoDepthMax = 64;
constexpr int kSubgraphDepthMax = 8;
constexpr int kOpsetOldest = 7;

Result<onnx::ModelProto> parse(google::protobuf::io::ZeroCopyInputStream& bytes) {
  google::protobuf::io::CodedInputStream stream(&bytes);
  stream.SetTotalBytesLimit(static_cast<int>(kFileBytesMax));
  stream.SetRecursionLimit(kProtoDepthMax);
  onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return fail(ErrorKind::kInvalid, "not an ONNX file, or a damaged one");
  if (!model.has_graph()) return fail(ErrorKind::kInvalid, "the file holds no graph");
  return model;
}

/// Builds one GraphProto; values it reads but does not make are captured from the graph around it.
class Builder {
 public:
  Builder(const std::map<std::string, int>& opsets, const ImportOptions& options, int depth)
      : options_(options), depth_(depth) {
    graph_.opsets = opsets;
  }

  /// Initializers are moved out of `proto`.
  Result<Graph> build(onnx::GraphProto& proto) {
    graph_.name = proto.name();
    if (proto.sparse_initializer_size() > 0) return fail(ErrorKind::kUnsupported, "sparse initializers");
    TRY(add_initializers(proto));
    TRY(add_inputs(proto));
    TRY(add_outputs_of_nodes(proto));
    for (int k = 0; k < proto.node_size(); ++k) TRY(add_node(proto.node(k), outputs_[static_cast<std::size_t>(k)]));
    for (const auto& output : proto.output()) TRY(add_output(output.name()));
    TRY(graph_.sort());
    return std::move(graph_);
  }

  /// Names captured from outside, in the order of the inputs that stand for them.
  const std::vector<std::string>& captured() const { return captured_; }

 private:
  Status define(const std::string& name, ValueId id) {
    if (!names_.emplace(name, id).second) return fail(ErrorKind::kInvalid, "'{}' is defined twice", name);
    return {};
  }

  Status add_initializers(onnx::GraphProto& proto) {
    for (onnx::TensorProto& initializer : *proto.mutable_initializer()) {
      auto value = tensor_from_proto(initializer);
      if (!value) return base::in_context(value.error(), "initializer '" + initializer.name() + "'");
      TRY(define(initializer.name(), graph_.add_constant(initializer.name(), std::move(*value))));
      delete initializer.release_raw_data();  // NOLINT: clear() would keep the memory
    }
    return {};
  }

  Status add_inputs(const onnx::GraphProto& proto) {
    if (depth_ > 0 && proto.input_size() > 0)
      return fail(ErrorKind::kUnsupported, "a subgraph with inputs (Loop or Scan)");
    std::vector<std::string> real;
    for (const auto& input : proto.input())
      if (!names_.contains(input.name())) real.push_back(input.name());
    if (depth_ == 0) TRY(check_option_names(options_, real));
    for (const auto& input : proto.input()) {
      if (names_.contains(input.name())) continue;  // an initializer listed as an input: IR version 3
      auto type = input_type(input, options_);
      if (!type) return base::in_context(type.error(), "input '" + input.name() + "'");
      if (const auto frozen = options_.freezes.find(input.name()); frozen != options_.freezes.end()) {
        auto value = frozen_value(*type, frozen->second);
        if (!value) return base::in_context(value.error(), "--freeze " + input.name());
        TRY(define(input.name(), graph_.add_constant(input.name(), std::move(*value))));
        continue;
      }
      const ValueId id = graph_.add_value(input.name(), *type);
      graph_.inputs.push_back(id);
      TRY(define(input.name(), id));
    }
    return {};
  }

  /// First all outputs, then the nodes: so nodes may stand in any order.
  Status add_outputs_of_nodes(const onnx::GraphProto& proto) {
    for (const onnx::NodeProto& node : proto.node()) {
      std::vector<ValueId>& ids = outputs_.emplace_back();
      for (const std::string& name : node.output()) {
        ids.push_back(name.empty() ? ValueId::kNone : graph_.add_value(name));
        if (!name.empty()) TRY(define(name, ids.back()));
      }
      while (!ids.empty() && ids.back() == ValueId::kNone) ids.pop_back();
    }
    return {};
  }

  Result<ValueId> resolve(const std::string& name) {
    if (const auto found = names_.find(name); found != names_.end()) return found->second;
    if (depth_ == 0) return fail(ErrorKind::kInvalid, "reads '{}', which nothing makes", name);
    const ValueId id = graph_.add_value(name);
    graph_.inputs.push_back(id);
    captured_.push_back(name);
    names_.emplace(name, id);
    return id;
  }

  Status add_node(const onnx::NodeProto& proto, std::vector<ValueId> outputs) {
    auto node = make_node(proto);
    if (!node) {
      const std::string& name = !proto.name().empty() || proto.output_size() == 0 ? proto.name() : proto.output(0);
      return base::in_context(node.error(), fmt::format("node '{}' ({})", name, proto.op_type()));
    }
    if (outputs.empty()) return {};  // computes nothing that anyone reads
    node->outputs = std::move(outputs);
    graph_.add_node(std::move(*node));
    return {};
  }

  Result<Node> make_node(const onnx::NodeProto& proto) {
    Node node{
        .name = proto.name(), .domain = proto.domain() == "ai.onnx" ? "" : proto.domain(), .op_type = proto.op_type()};
    if (node.domain == op::kHedgeDomain || (op::find(node.domain, node.op_type) == nullptr && !node.is("If")))
      return fail(ErrorKind::kUnsupported, "Hedge does not know this operator{}",
                  node.domain.empty() ? "" : " of domain " + node.domain);
    const auto opset = graph_.opsets.find(node.domain);
    if (opset == graph_.opsets.end())
      return fail(ErrorKind::kInvalid, "the file imports no opset of domain '{}'", node.domain);
    node.opset = opset->second;
    for (const std::string& name : proto.input())
      node.inputs.push_back(name.empty() ? ValueId::kNone : TRY(resolve(name)));
    while (!node.inputs.empty() && node.inputs.back() == ValueId::kNone) node.inputs.pop_back();
    for (const onnx::AttributeProto& attribute : proto.attribute()) {
      if (attribute.has_g()) continue;
      node.attributes.set(attribute.name(), TRY(attribute_from_proto(attribute)));
    }
    if (node.is("If")) TRY(add_branches(proto, node));
    return node;
  }

  /// The branches' captured values become inputs of the If, after the condition, the same list for both branches.
  Status add_branches(const onnx::NodeProto& proto, Node& node) {
    if (depth_ >= kSubgraphDepthMax)
      return fail(ErrorKind::kResourceLimit, "branches nested deeper than {}", kSubgraphDepthMax);
    if (node.inputs.size() != 1) return fail(ErrorKind::kInvalid, "{} inputs, not one condition", node.inputs.size());
    std::vector<std::string> all_captured;
    std::map<std::string, std::pair<Graph, std::vector<std::string>>> branches;
    for (const onnx::AttributeProto& attribute : proto.attribute()) {
      if (!attribute.has_g()) continue;
      Builder inner(graph_.opsets, options_, depth_ + 1);
      onnx::GraphProto inside = attribute.g();
      Graph branch = TRY(inner.build(inside));
      for (const std::string& name : inner.captured())
        if (std::ranges::find(all_captured, name) == all_captured.end()) all_captured.push_back(name);
      branches.insert_or_assign(attribute.name(), std::pair(std::move(branch), inner.captured()));
    }
    for (const std::string& name : all_captured) node.inputs.push_back(TRY(resolve(name)));
    for (const char* name : {"then_branch", "else_branch"}) {
      const auto found = branches.find(name);
      if (found == branches.end() ||
          found->second.first.outputs.size() != static_cast<std::size_t>(proto.output_size()))
        return fail(ErrorKind::kInvalid, "{} is missing or has another number of outputs", name);
      auto& [branch, mine] = found->second;
      std::vector<ValueId> aligned;
      for (const std::string& captured : all_captured) {
        const auto at = std::ranges::find(mine, captured);
        aligned.push_back(at != mine.end() ? branch.inputs[static_cast<std::size_t>(at - mine.begin())]
                                           : branch.add_value(captured));
      }
      branch.inputs = std::move(aligned);
      node.subgraphs.emplace(name, std::make_shared<const Graph>(std::move(branch)));
    }
    return {};
  }

  /// An output that is an input or a constant gets an Identity, so that every output has a producer.
  Status add_output(const std::string& name) {
    auto id = resolve(name);
    if (!id) return fail(ErrorKind::kInvalid, "output '{}' is made by nothing", name);
    const bool produced = graph_.producer_of(*id) != nullptr;
    if (!produced || graph_.is_graph_output(*id)) {
      const ValueId copy = graph_.add_value(name + "_output", graph_.value(*id).type);
      graph_.add_node(Node{.op_type = "Identity", .opset = 13, .inputs = {*id}, .outputs = {copy}});
      graph_.outputs.push_back(copy);
      return {};
    }
    graph_.outputs.push_back(*id);
    return {};
  }

  Graph graph_;
  const ImportOptions& options_;
  int depth_;
  std::map<std::string, ValueId> names_;
  std::vector<std::vector<ValueId>> outputs_;
  std::vector<std::string> captured_;
};

Result<std::map<std::string, int>> opsets_of(const onnx::ModelProto& model) {
  std::map<std::string, int> opsets;
  for (const auto& entry : model.opset_import()) {
    const std::string domain = entry.domain() == "ai.onnx" ? "" : entry.domain();
    if (entry.version() < 1 || entry.version() > 1000)
      return fail(ErrorKind::kInvalid, "opset {} of '{}'", entry.version(), domain);
    opsets[domain] = static_cast<int>(entry.version());
  }
  if (opsets.empty()) opsets[""] = 1;  // IR version 1 had no opsets
  if (const auto onnx = opsets.find(""); onnx != opsets.end() && onnx->second < kOpsetOldest)
    return fail(ErrorKind::kUnsupported, "opset {}; Hedge reads {} and newer: convert it (onnx.version_converter)",
                onnx->second, kOpsetOldest);
  return opsets;
}

/// Takes the weights out of the model as it goes.
Result<Graph> import_model(onnx::ModelProto& model, const ImportOptions& options) {
  TRY(inline_functions(model));
  const auto opsets = TRY(opsets_of(model));
  Graph graph = TRY(Builder(opsets, options, 0).build(*model.mutable_graph()));
  graph.producer = model.producer_name();
  if (graph.outputs.empty()) return fail(ErrorKind::kInvalid, "the graph has no outputs");
  if (options.allow_dynamic) return graph;
  TRY(infer_types(graph));
  graph.erase_dead_nodes();
  graph.release_unread_constants();
  TRY(verify(graph));
  return graph;
}

}  // namespace

Result<Graph> import_onnx(std::span<const std::byte> bytes, const ImportOptions& options) {
  if (bytes.size() > kFileBytesMax) return fail(ErrorKind::kResourceLimit, "larger than 2 GiB");
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  onnx::ModelProto model = TRY(parse(stream));
  return import_model(model, options);
}

Result<Graph> import_onnx_file(const std::filesystem::path& path, const ImportOptions& options) {
  TRY(base::readable_size(path, kFileBytesMax));
  std::ifstream file(path, std::ios::binary);  // in pieces: the weights are not there a second time
  google::protobuf::io::IstreamInputStream stream(&file, kReadBytes);
  auto model = parse(stream);
  auto graph = model ? import_model(*model, options) : Result<Graph>(std::unexpected(model.error()));
  if (!graph) return base::in_context(graph.error(), path.string());
  return graph;
}

}  // namespace hedge::graph

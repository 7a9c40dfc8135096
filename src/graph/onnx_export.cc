#include "graph/onnx_export.h"

#include <onnx/onnx_pb.h>

#include "graph/attribute_proto.h"
#include "graph/tensor_proto.h"

namespace hedge::graph {
namespace {

constexpr int kIrVersion = 8;  // the one of opset 17: read by every tool of the last years
constexpr std::size_t kProtoBytesMax = (std::size_t{2} << 30) - 1;

void write_value(const Value& value, onnx::ValueInfoProto& proto) {
  proto.set_name(value.name);
  auto* tensor = proto.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(static_cast<int>(value.type.dtype));
  tensor->mutable_shape();  // present even for a scalar
  for (const std::int64_t dim : value.type.shape) tensor->mutable_shape()->add_dim()->set_dim_value(dim);
}

}  // namespace

Result<std::vector<std::byte>> export_onnx(const Graph& graph) {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("hedge");
  for (const auto& [domain, version] : graph.opsets) {
    auto* opset = model.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(version);
  }
  onnx::GraphProto& proto = *model.mutable_graph();
  proto.set_name(graph.name.empty() ? "graph" : graph.name);
  std::vector<bool> written(graph.value_count(), false);
  for (const ValueId input : graph.inputs) write_value(graph.value(input), *proto.add_input());
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (node.domain == op::kHedgeDomain || !node.subgraphs.empty())
      return fail(ErrorKind::kUnsupported, "node '{}' ({}): no other tool knows this operator; export before lowering",
                  node.name, node.op_type);
    onnx::NodeProto& out = *proto.add_node();
    out.set_name(node.name);
    out.set_op_type(node.op_type);
    out.set_domain(node.domain);
    for (const ValueId input : node.inputs) {
      out.add_input(input == ValueId::kNone ? "" : graph.value(input).name);
      if (!graph.is_constant(input) || written[static_cast<std::size_t>(input)]) continue;
      written[static_cast<std::size_t>(input)] = true;
      onnx::TensorProto& initializer = *proto.add_initializer();
      initializer.set_name(graph.value(input).name);
      tensor_to_proto(*graph.constant(input), initializer);
    }
    for (const ValueId output : node.outputs) out.add_output(output == ValueId::kNone ? "" : graph.value(output).name);
    for (const auto& [name, value] : node.attributes) attribute_to_proto(name, value, *out.add_attribute());
  }
  for (const ValueId output : graph.outputs) write_value(graph.value(output), *proto.add_output());
  if (model.ByteSizeLong() > kProtoBytesMax) return fail(ErrorKind::kResourceLimit, "the model is larger than 2 GiB");
  std::vector<std::byte> bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace hedge::graph

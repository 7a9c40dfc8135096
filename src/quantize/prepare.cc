#include "quantize/prepare.h"

#include <algorithm>

#include "compile/pass.h"
#include "graph/infer_types.h"
#include "graph/raise_opset.h"
#include "graph/verify.h"
#include "quantize/topology.h"

namespace hedge::quantize {
namespace {

constexpr std::string_view kQuantized[] = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv",
                                           "QLinearMatMul",  "ConvInteger",      "MatMulInteger"};

void remove_identities(Graph& graph) {
  for (const NodeId id : graph.nodes()) {
    const Node node = graph.node(id);
    const bool drops = node.is("Identity") || (node.is("Dropout") && node.outputs.size() == 1);
    if (drops && graph.replace_uses(node.output(), node.input(0))) graph.erase(id);
  }
}

}  // namespace

Result<Graph> prepare(Graph graph) {
  for (const NodeId id : graph.nodes())
    if (std::ranges::find(kQuantized, graph.node(id).op_type) != std::end(kQuantized))
      return fail(ErrorKind::kUnsupported, "the model is quantized already (node '{}'): give the float model",
                  graph.node(id).name);
  compile::fold_constants(graph);
  remove_identities(graph);
  compile::fold_batch_norm(graph);
  compile::fold_pad(graph);
  graph.erase_dead_nodes();
  TRY(graph.sort());
  TRY(graph::raise_opset_to_13(graph));
  TRY(graph::infer_types(graph, {.fold = false}));
  TRY(graph::verify(graph));
  if (find_topology(graph, {}).products.empty())
    return fail(ErrorKind::kUnsupported, "the model has no convolution or matrix product with constant weights");
  return graph;
}

}  // namespace hedge::quantize

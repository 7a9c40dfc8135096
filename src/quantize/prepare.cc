#include "quantize/prepare.h"

#include "compile/pass.h"
#include "graph/infer_types.h"
#include "graph/raise_opset.h"
#include "graph/verify.h"

namespace hedge::quantize {
namespace {

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
    if (graph.node(id).is("QuantizeLinear") || graph.node(id).is("DequantizeLinear") ||
        graph.node(id).is("QLinearConv"))
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
  return graph;
}

}  // namespace hedge::quantize

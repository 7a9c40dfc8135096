// Any bytes as a .onnx file: the importer answers with a graph that passes verify(), or with one error line; a graph
// that it accepts can be printed, exported, imported again and, where it is small, interpreted. Never a crash, never
// memory without bound.
#include <cstdint>

#include "base/check.h"
#include "graph/interpreter.h"
#include "graph/onnx_export.h"
#include "graph/onnx_import.h"
#include "graph/print.h"

namespace hedge {
namespace {

/// Of all values together: the reference kernels are slow under the sanitizers.
constexpr std::int64_t kElementsMax = 1 << 14;
constexpr std::size_t kNodesMax = 64;

bool is_small(const graph::Graph& graph) {
  std::int64_t elements = 0;
  const auto add = [&](graph::ValueId id) {
    if (id != graph::ValueId::kNone) elements += graph.value(id).type.elements();
  };
  for (const graph::ValueId input : graph.inputs) add(input);
  for (const graph::NodeId id : graph.nodes()) {
    for (const graph::ValueId input : graph.node(id).inputs) add(input);
    for (const graph::ValueId output : graph.node(id).outputs) add(output);
  }
  return elements <= kElementsMax && graph.nodes().size() <= kNodesMax;
}

void expect_one_line(const base::Error& error) { HEDGE_CHECK(!error.message.empty()); }

void exercise(const graph::Graph& graph) {
  HEDGE_CHECK(!print(graph).empty());
  if (!is_small(graph)) return;
  if (const auto bytes = export_onnx(graph)) {
    if (const auto again = graph::import_onnx(*bytes); !again) expect_one_line(again.error());
  }
  std::vector<tensor::Tensor> inputs;
  for (const graph::ValueId input : graph.inputs) inputs.emplace_back(graph.value(input).type);
  if (const auto outputs = graph::interpret(graph, inputs); !outputs) expect_one_line(outputs.error());
}

}  // namespace
}  // namespace hedge

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto graph = hedge::graph::import_onnx(bytes);
  if (graph)
    hedge::exercise(*graph);
  else
    hedge::expect_one_line(graph.error());
  if (const auto loose = hedge::graph::import_onnx(bytes, {.allow_dynamic = true}); !loose)
    hedge::expect_one_line(loose.error());
  return 0;
}

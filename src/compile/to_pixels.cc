// A quantized network's input comes as planes of floats, and its first convolution wants pixels of bytes: quantizing
// and transposing are one step, hedge.QPixels. Runs last, when transpositions have come to rest.
#include "compile/quantized_values.h"
#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

constexpr std::int64_t kChannelsMax = 4;  ///< what fits together before it is stored; wider ones stay two steps

std::vector<ValueId> to_qpixels(Graph& graph, const Node& node) {
  static constexpr std::int64_t kToNhwc[] = {0, 2, 3, 1};
  if (!is_any(node, "Transpose") || !std::ranges::equal(node.attributes.integers("perm"), kToNhwc)) return {};
  const ValueId bytes = node.input(0);
  const Node* quantize = graph.producer_of(bytes);
  if (quantize == nullptr || !is_any(*quantize, "QuantizeLinear") || graph.is_graph_output(bytes) ||
      graph.consumers(bytes).size() != 1 || graph.value(bytes).type.shape[1] > kChannelsMax)
    return {};
  const auto quantization = quantization_of(graph, *quantize);
  if (!quantization) return {};
  op::Attributes attributes;
  attributes.set("scale", quantization->scale);
  attributes.set("y_zero", std::int64_t{quantization->zero});
  return {add_hedge_node(graph, "QPixels", {quantize->input(0)}, std::move(attributes), graph.value(bytes).name)};
}

}  // namespace

int to_pixels(Graph& graph) { return sweep(graph, to_qpixels); }

}  // namespace hedge::compile

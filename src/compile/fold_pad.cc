// Pad with zeros in front of a convolution: the convolution pads by itself.
#include <algorithm>

#include "compile/rewrite.h"
#include "op/nn/window.h"

namespace hedge::compile {
namespace {

/// The pads of a constant zero Pad over the spatial axes, [begins..., ends...] for all axes; empty if it is another.
std::vector<std::int64_t> zero_pads(const Graph& graph, const Node& pad) {
  if (pad.attributes.string("mode", "constant") != "constant" || pad.has_input(3)) return {};
  std::vector<std::int64_t> pads;
  if (pad.opset < 11) {
    const auto given = pad.attributes.integers("pads");
    if (pad.attributes.real("value", 0) != 0) return {};
    pads.assign(given.begin(), given.end());
  } else {
    const Tensor* given = graph.constant(pad.input(1));
    if (given == nullptr) return {};
    if (pad.has_input(2)) {
      const Tensor* value = float_constant(graph, pad.input(2));
      if (value == nullptr || value->as<float>()[0] != 0) return {};
    }
    pads.assign(given->as<std::int64_t>().begin(), given->as<std::int64_t>().end());
  }
  const std::size_t rank = pads.size() / 2;
  if (rank < 3 || std::ranges::any_of(pads, [](std::int64_t p) { return p < 0; })) return {};
  for (const std::size_t axis : {std::size_t{0}, std::size_t{1}})
    if (pads[axis] != 0 || pads[axis + rank] != 0) return {};
  return pads;
}

}  // namespace

int fold_pad(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node conv = graph.node(id);
    if (!is_any(conv, "Conv")) continue;
    const Node* pad = graph.producer_of(conv.input(0));
    if (pad == nullptr || !is_any(*pad, "Pad")) continue;
    const std::vector<std::int64_t> extra = zero_pads(graph, *pad);
    if (extra.empty()) continue;
    const auto window = op::make_window(conv.attributes, graph.value(conv.input(0)).type.shape,
                                        graph.value(conv.input(1)).type.shape.dims().subspan(2));
    if (!window) continue;
    const std::size_t spatial = extra.size() / 2 - 2, lead = 3 - spatial;
    std::vector<std::int64_t> pads(2 * spatial);
    for (std::size_t k = 0; k < spatial; ++k) {
      pads[k] = window->pad_begin[lead + k] + extra[2 + k];
      pads[spatial + k] = window->pad_end[lead + k] + extra[2 + spatial + 2 + k];
    }
    op::Attributes attributes = conv.attributes;
    attributes.erase("auto_pad");
    attributes.set("pads", std::move(pads));
    std::vector<ValueId> inputs = conv.inputs;
    inputs[0] = pad->input(0);
    const ValueId result =
        add_node(graph, "Conv", std::move(inputs), std::move(attributes), graph.value(conv.output()).name);
    changes += graph.replace_uses(conv.output(), result) ? 1 : 0;
  }
  return changes;
}

}  // namespace hedge::compile

// A convolution that reads pixels gathered into channels (the "focus" stem of YOLO: SpaceToDepth, or strided slices
// joined) reads the image itself instead: blocks of b x b pixels and a k x k kernel are a kernel of bk x bk with stride
// b.
#include <algorithm>
#include <set>

#include "compile/rewrite.h"
#include "op/nn/window.h"
#include "op/shape/move_geometry.h"

namespace hedge::compile {
namespace {

/// Where a channel of a tensor comes from: a channel of the source, at a place within its block of pixels.
struct Phase {
  std::int64_t channel, row, column;
  auto operator<=>(const Phase&) const = default;
};

/// Pixel (h, w) of the tensor is, channel by channel, pixel (rows * h + phase.row, columns * w + phase.column) of the
/// source.
struct PixelMap {
  ValueId source = ValueId::kNone;
  std::int64_t rows = 1, columns = 1;
  std::vector<Phase> phases;
};

PixelMap identity_map(const Graph& graph, ValueId value) {
  PixelMap map{.source = value};
  for (std::int64_t c = 0; c < graph.value(value).type.shape[1]; ++c) map.phases.push_back({c, 0, 0});
  return map;
}

PixelMap map_of(const Graph& graph, ValueId value, int depth);

/// The map of the operand in steps of blocks; which place of a block each phase has is the caller's to add.
PixelMap refined(const Graph& graph, ValueId operand, std::int64_t rows, std::int64_t columns, int depth) {
  PixelMap map = map_of(graph, operand, depth + 1);
  map.rows *= rows;
  map.columns *= columns;
  return map;
}

PixelMap map_of_depth(const Graph& graph, const Node& node, int depth) {
  const std::int64_t block = node.attributes.integer("blocksize", 0);
  const bool crd = node.attributes.string("mode", "DCR") == "CRD";
  PixelMap map = refined(graph, node.input(0), block, block, depth);
  const std::vector<Phase> inner = std::move(map.phases);
  const std::int64_t row_step = map.rows / block, column_step = map.columns / block;
  const auto channels = static_cast<std::int64_t>(inner.size());
  map.phases.clear();
  for (std::int64_t c = 0; c < channels * block * block; ++c) {
    const std::int64_t part = crd ? c % (block * block) : c / channels, from = crd ? c / (block * block) : c % channels;
    Phase phase = inner[static_cast<std::size_t>(from)];
    phase.row += part / block * row_step;
    phase.column += part % block * column_step;
    map.phases.push_back(phase);
  }
  return map;
}

/// A slice that takes every b-th row or column of an image whose size b divides.
PixelMap map_of_slice(const Graph& graph, const Node& node, int depth) {
  const Shape& x = graph.value(node.input(0)).type.shape;
  const KnownOperands known(graph, node.inputs);
  const auto ranges = op::slice_ranges({node.attributes, node.opset, known.types, known.constants, 1});
  if (!ranges) return {};
  for (std::size_t axis = 0; axis < 4; ++axis) {
    const std::int64_t step = ranges->step[axis], size = x[static_cast<int>(axis)];
    if (axis < 2 ? ranges->count[axis] != size || step != 1
                 : step < 1 || size % step != 0 || ranges->start[axis] >= step || ranges->count[axis] != size / step)
      return {};
  }
  PixelMap map = refined(graph, node.input(0), ranges->step[2], ranges->step[3], depth);
  for (Phase& phase : map.phases) {
    phase.row += ranges->start[2] * (map.rows / ranges->step[2]);
    phase.column += ranges->start[3] * (map.columns / ranges->step[3]);
  }
  return map;
}

PixelMap map_of_concat(const Graph& graph, const Node& node, int depth) {
  PixelMap map;
  for (const ValueId input : node.inputs) {
    PixelMap part = map_of(graph, input, depth + 1);
    if (part.source == ValueId::kNone) return {};
    if (map.source == ValueId::kNone)
      map = std::move(part);
    else if (part.source != map.source || part.rows != map.rows || part.columns != map.columns)
      return {};
    else
      map.phases.insert(map.phases.end(), part.phases.begin(), part.phases.end());
  }
  return map;
}

PixelMap map_of_gather(const Graph& graph, const Node& node, int depth) {
  const Tensor* indices = graph.constant(node.input(1));
  if (indices == nullptr || indices->dtype() != DType::kI64 || indices->shape().rank() != 1) return {};
  PixelMap map = map_of(graph, node.input(0), depth + 1);
  const auto channels = static_cast<std::int64_t>(map.phases.size());
  std::vector<Phase> picked;
  for (const std::int64_t index : indices->as<std::int64_t>()) {
    if (index < -channels || index >= channels) return {};
    picked.push_back(map.phases[static_cast<std::size_t>(index < 0 ? index + channels : index)]);
  }
  map.phases = std::move(picked);
  return map;
}

/// No source where it is no map.
PixelMap map_of(const Graph& graph, ValueId value, int depth) {
  constexpr int kDepthMax = 8;
  const Node* node = graph.producer_of(value);
  if (graph.value(value).type.shape.rank() != 4) return {};
  if (node == nullptr || depth > kDepthMax) return identity_map(graph, value);
  const bool channels = node->attributes.integer("axis", 0) == 1;
  if (is_any(*node, "SpaceToDepth")) return map_of_depth(graph, *node, depth);
  if (is_any(*node, "Slice")) return map_of_slice(graph, *node, depth);
  if (is_any(*node, "Concat") && channels) return map_of_concat(graph, *node, depth);
  if (is_any(*node, "Gather") && channels) return map_of_gather(graph, *node, depth);
  return identity_map(graph, value);
}

/// Every phase of every channel of the source, once: then the larger kernel does no more work.
bool is_focus(const Graph& graph, const PixelMap& map) {
  if (map.source == ValueId::kNone || map.rows * map.columns == 1) return false;
  const std::int64_t channels = graph.value(map.source).type.shape[1];
  const std::set<Phase> distinct(map.phases.begin(), map.phases.end());
  return distinct.size() == map.phases.size() && std::ssize(map.phases) == channels * map.rows * map.columns;
}

/// w [O, phases, KH, KW] over the source's channels: [O, C, rows * KH, columns * KW].
Tensor spread_weights(const Tensor& w, const PixelMap& map, std::int64_t channels) {
  const Shape& from = w.shape();
  Tensor spread(DType::kF32, Shape{from[0], channels, from[2] * map.rows, from[3] * map.columns});
  const auto x = w.as<float>();
  const auto y = spread.as<float>();
  const Shape& to = spread.shape();
  std::size_t at = 0;
  for (std::int64_t o = 0; o < from[0]; ++o)
    for (const auto& [channel, row, column] : map.phases)
      for (std::int64_t kh = 0; kh < from[2]; ++kh)
        for (std::int64_t kw = 0; kw < from[3]; ++kw) {
          const std::int64_t line = (o * to[1] + channel) * to[2] + kh * map.rows + row;
          y[static_cast<std::size_t>(line * to[3] + kw * map.columns + column)] = x[at++];
        }
  return spread;
}

/// The value in front of a quantization of the whole tensor, which commutes with any move; `pair` holds its nodes.
ValueId before_quantization(const Graph& graph, ValueId value, std::vector<Node>& pair) {
  for (const std::string_view op : {"DequantizeLinear", "QuantizeLinear"}) {
    const Node* node = graph.producer_of(value);
    if (node == nullptr || !node->is(op) || !graph.has_single_consumer(value)) return ValueId::kNone;
    for (std::size_t k = 1; k < node->inputs.size(); ++k) {
      const Tensor* parameter = graph.constant(node->input(k));
      if (parameter == nullptr || parameter->shape().elements() != 1) return ValueId::kNone;
    }
    pair.insert(pair.begin(), *node);
    value = node->input(0);
  }
  return value;
}

}  // namespace

int fold_focus(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node conv = graph.node(id);
    if (!is_any(conv, "Conv") || conv.attributes.integer("group", 1) != 1) continue;
    const Tensor* weights = float_constant(graph, conv.input(1));
    if (weights == nullptr || weights->shape().rank() != 4) continue;
    std::vector<Node> pair;
    ValueId gathered = before_quantization(graph, conv.input(0), pair);
    if (gathered == ValueId::kNone) gathered = conv.input(0), pair.clear();
    if (!graph.has_single_consumer(gathered)) continue;
    const PixelMap map = map_of(graph, gathered, 0);
    if (!is_focus(graph, map)) continue;
    const auto window =
        op::make_window(conv.attributes, graph.value(conv.input(0)).type.shape, weights->shape().dims().subspan(2));
    if (!window || window->dilation[1] != 1 || window->dilation[2] != 1) continue;
    op::Attributes attributes = conv.attributes;
    attributes.erase("auto_pad");
    attributes.erase("kernel_shape");
    using Ints = std::vector<std::int64_t>;
    attributes.set("strides", Ints{window->stride[1] * map.rows, window->stride[2] * map.columns});
    attributes.set("pads", Ints{window->pad_begin[1] * map.rows, window->pad_begin[2] * map.columns,
                                window->pad_end[1] * map.rows, window->pad_end[2] * map.columns});
    std::vector<ValueId> inputs = conv.inputs;
    inputs[0] = map.source;
    for (Node node : pair) {
      node.inputs[0] = inputs[0];
      inputs[0] = add_like(graph, node)[0];
    }
    const std::int64_t channels = graph.value(map.source).type.shape[1];
    inputs[1] = graph.add_constant(graph.value(conv.input(1)).name, spread_weights(*weights, map, channels));
    const ValueId result =
        add_node(graph, "Conv", std::move(inputs), std::move(attributes), graph.value(conv.output()).name);
    changes += graph.replace_uses(conv.output(), result) ? 1 : 0;
  }
  return changes;
}

}  // namespace hedge::compile

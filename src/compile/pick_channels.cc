// Concat, Slice, Split, Gather of channels and ShuffleNet's shuffle, one behind the other, are one step: hedge.Pick
// says for every channel of the result from which tensor it comes. Runs last, when channels are the last axis.
#include <algorithm>
#include <map>

#include "compile/rewrite.h"
#include "op/shape/move_geometry.h"

namespace hedge::compile {
namespace {

struct Channel {
  ValueId source;
  std::int64_t index;
};

/// For every channel of a value where it comes from, how many nodes that takes together, and the most operands that one
/// of them joins. More sources than these (a channel that passes through many units) come from tensors made on the way:
/// pieces would be too small, and tensors would live too long.
struct ChannelMap {
  std::vector<Channel> channels;
  int moves = 0;
  std::size_t joined = 2;
};

std::vector<ValueId> sources_of(const ChannelMap& map) {
  std::vector<ValueId> sources;
  for (const Channel& channel : map.channels)
    if (std::ranges::find(sources, channel.source) == sources.end()) sources.push_back(channel.source);
  return sources;
}

std::int64_t channel_count(const Graph& graph, ValueId value) {
  const Shape& shape = graph.value(value).type.shape;
  return shape.rank() > 0 ? shape[shape.rank() - 1] : 0;
}

ChannelMap identity_map(const Graph& graph, ValueId value) {
  ChannelMap map;
  for (std::int64_t c = 0; c < channel_count(graph, value); ++c) map.channels.push_back({value, c});
  return map;
}

bool is_last(std::int64_t axis, int rank) { return axis == rank - 1 || axis == -1; }

/// Which channels of the operands, one after the other, a node's output consists of; empty: it is no move of channels.
struct Picked {
  std::vector<ValueId> operands;
  std::vector<std::int64_t> channels;
};

void add_range(Picked& picked, std::int64_t first, std::int64_t step, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) picked.channels.push_back(first + k * step);
}

Picked picked_by_slice(const Graph& graph, const Node& node) {
  const KnownOperands known(graph, node.inputs);
  const auto ranges = op::slice_ranges({node.attributes, node.opset, known.types, known.constants, 1});
  const Shape& x = known.types[0].shape;
  if (!ranges || x.rank() == 0) return {};
  const auto last = static_cast<std::size_t>(x.rank()) - 1;
  for (std::size_t axis = 0; axis < last; ++axis)
    if (ranges->count[axis] != x[static_cast<int>(axis)] || ranges->step[axis] != 1) return {};
  Picked picked{.operands = {node.input(0)}, .channels = {}};
  add_range(picked, ranges->start[last], ranges->step[last], ranges->count[last]);
  return picked;
}

Picked picked_by_split(const Graph& graph, const Node& node, ValueId output) {
  if (!is_last(node.attributes.integer("axis", 0), graph.value(node.input(0)).type.shape.rank())) return {};
  Picked picked{.operands = {node.input(0)}, .channels = {}};
  std::int64_t first = 0;
  for (const ValueId part : node.outputs) {
    if (part == ValueId::kNone) return {};  // its size stands nowhere else
    const std::int64_t count = channel_count(graph, part);
    if (part == output) add_range(picked, first, 1, count);
    first += count;
  }
  return picked;
}

Picked picked_by_gather(const Graph& graph, const Node& node) {
  const Tensor* indices = graph.constant(node.input(1));
  const int rank = graph.value(node.input(0)).type.shape.rank();
  if (indices == nullptr || indices->dtype() != DType::kI64 || indices->shape().rank() != 1 ||
      !is_last(node.attributes.integer("axis", 0), rank))
    return {};
  const std::int64_t count = channel_count(graph, node.input(0));
  Picked picked{.operands = {node.input(0)}, .channels = {}};
  for (const std::int64_t index : indices->as<std::int64_t>()) {
    if (index < -count || index >= count) return {};
    picked.channels.push_back(index < 0 ? index + count : index);
  }
  return picked;
}

/// Reshape [..., g * c] to [..., g, c], Transpose of the last two, Reshape to [..., c * g].
Picked picked_by_shuffle(const Graph& graph, const Node& node) {
  const Node* swap = graph.producer_of(node.input(0));
  if (swap == nullptr || !is_any(*swap, "Transpose")) return {};
  const Node* split = graph.producer_of(swap->input(0));
  if (split == nullptr || !is_any(*split, "Reshape")) return {};
  const Shape &x = graph.value(split->input(0)).type.shape, &wide = graph.value(swap->input(0)).type.shape;
  const Shape& y = graph.value(node.output()).type.shape;
  const auto perm = swap->attributes.integers("perm");
  const int rank = x.rank();
  if (rank < 1 || !(x == y) || wide.rank() != rank + 1 || std::ssize(perm) != rank + 1) return {};
  for (int axis = 0; axis < rank - 1; ++axis)
    if (x[axis] != wide[axis] || perm[static_cast<std::size_t>(axis)] != axis) return {};
  if (perm[static_cast<std::size_t>(rank) - 1] != rank || perm[static_cast<std::size_t>(rank)] != rank - 1) return {};
  Picked picked{.operands = {split->input(0)}, .channels = {}};
  for (std::int64_t c = 0; c < wide[rank]; ++c) add_range(picked, c, wide[rank], wide[rank - 1]);
  return picked;
}

/// What `output` of its producer takes from its operands.
Picked picked_by(const Graph& graph, ValueId output) {
  const Node* node = graph.producer_of(output);
  if (node == nullptr) return {};
  if (is_any(*node, "Slice")) return picked_by_slice(graph, *node);
  if (is_any(*node, "Split")) return picked_by_split(graph, *node, output);
  if (is_any(*node, "Gather")) return picked_by_gather(graph, *node);
  if (is_any(*node, "Reshape")) return picked_by_shuffle(graph, *node);
  const bool joins =
      is_any(*node, "Concat") && is_last(node->attributes.integer("axis", 1), graph.value(output).type.shape.rank());
  if (!joins && !node->is_hedge("Pick")) return {};
  Picked picked{.operands = node->inputs, .channels = {}};
  if (joins) {
    add_range(picked, 0, 1, channel_count(graph, output));
  } else {
    const auto channels = node->attributes.integers("channels");
    picked.channels.assign(channels.begin(), channels.end());
  }
  return picked;
}

ChannelMap map_of(const Graph& graph, ValueId value, int depth) {
  constexpr int kDepthMax = 8;
  const Picked picked = depth < kDepthMax ? picked_by(graph, value) : Picked{};
  if (picked.channels.empty()) return identity_map(graph, value);
  for (const bool deep : {true, false}) {
    ChannelMap all, map;
    for (const ValueId operand : picked.operands) {
      ChannelMap part = deep ? map_of(graph, operand, depth + 1) : identity_map(graph, operand);
      all.channels.insert(all.channels.end(), part.channels.begin(), part.channels.end());
      map.moves += part.moves;
      map.joined = std::max({map.joined, part.joined, picked.operands.size()});
    }
    for (const std::int64_t channel : picked.channels)
      map.channels.push_back(all.channels[static_cast<std::size_t>(channel)]);
    ++map.moves;
    if (!deep || sources_of(map).size() <= map.joined) return map;
  }
  return {};
}

ValueId add_pick(Graph& graph, const ChannelMap& map, std::string_view name) {
  const std::vector<ValueId> sources = sources_of(map);
  std::map<ValueId, std::int64_t> first;
  std::int64_t total = 0;
  for (const ValueId source : sources) {
    first[source] = total;
    total += channel_count(graph, source);
  }
  std::vector<std::int64_t> channels;
  for (const auto& [source, index] : map.channels) channels.push_back(first[source] + index);
  op::Attributes attributes;
  attributes.set("channels", std::move(channels));
  return add_hedge_node(graph, "Pick", sources, std::move(attributes), name);
}

/// Somebody needs the value itself: the graph's caller, or a node that is no move of channels.
bool is_wanted(const Graph& graph, ValueId value) {
  if (graph.is_graph_output(value)) return true;
  return std::ranges::any_of(graph.consumers(value), [&](NodeId id) {
    const Node& reader = graph.node(id);
    const auto moves = [&](ValueId output) {
      return output != ValueId::kNone && !picked_by(graph, output).channels.empty();
    };
    if (std::ranges::any_of(reader.outputs, moves)) return false;
    if (!is_any(reader, "Reshape", "Transpose")) return true;
    // The front of a shuffle.
    return is_wanted(graph, reader.output());
  });
}

/// Puts a Pick in the place of the moves that end in `value`; first of those in front of it that are too many to join.
int replace_moves(Graph& graph, ValueId value) {
  const Node* node = graph.producer_of(value);
  if (node == nullptr || node->is_hedge("Pick")) return 0;
  const bool split = is_any(*node, "Split");
  ChannelMap map = map_of(graph, value, 0);
  if (map.moves < (split ? 1 : 2)) return 0;
  int changes = 0;
  for (const ValueId source : sources_of(map)) changes += replace_moves(graph, source);
  if (changes > 0) map = map_of(graph, value, 0);
  const std::vector<ValueId> sources = sources_of(map);
  if (std::ranges::any_of(sources, [&](ValueId source) { return graph.is_constant(source); })) return changes;
  return changes + (graph.replace_uses(value, add_pick(graph, map, graph.value(value).name)) ? 1 : 0);
}

}  // namespace

int pick_channels(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const std::vector<ValueId> outputs = graph.node(id).outputs;
    for (const ValueId output : outputs)
      if (output != ValueId::kNone && !picked_by(graph, output).channels.empty() && is_wanted(graph, output))
        changes += replace_moves(graph, output);
  }
  return changes;
}

}  // namespace hedge::compile

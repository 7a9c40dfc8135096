// LSTM in two: what its inputs contribute is one product for all steps, hedge.Gemm with both biases; what is left is
// the recurrence, hedge.Lstm. Weights are constants, functions the usual ones, all sequences of full length, no
// peepholes.
#include <algorithm>

#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

constexpr std::int64_t kSwap[] = {1, 0};

bool has_usual_gates(const Node& node) {
  static constexpr std::string_view kUsual[] = {"Sigmoid", "Tanh", "Tanh"};
  const auto names = node.attributes.strings("activations");
  for (std::size_t k = 0; k < names.size(); ++k)
    if (names[k] != kUsual[k % std::size(kUsual)]) return false;
  return !node.attributes.has("clip") && node.attributes.integer("input_forget", 0) == 0 && !node.has_input(7);
}

/// Index `index` of the first axis, without that axis.
Tensor part_of(const Tensor& x, std::int64_t index) {
  Tensor part(x.dtype(), Shape(x.shape().dims().subspan(1)));
  const std::size_t size = part.bytes().size();
  std::ranges::copy(x.bytes().subspan(static_cast<std::size_t>(index) * size, size), part.bytes().begin());
  return part;
}

/// x[begin, begin + 1) along `axis`.
ValueId slice_one(Graph& graph, ValueId x, std::int64_t axis, std::int64_t begin) {
  const auto list = [&](std::int64_t value) {
    return graph.add_constant("bound", Tensor::of<std::int64_t>(Shape{1}, {value}));
  };
  return add_node(graph, "Slice", {x, list(begin), list(begin + 1), list(axis)}, {}, graph.value(x).name + "_s");
}

/// The state of one direction before the first step, [B,H].
ValueId first_state(Graph& graph, ValueId all, std::int64_t direction, const Shape& state) {
  if (all == ValueId::kNone) return graph.add_constant("zeros", Tensor(DType::kF32, state));
  const bool one = graph.value(all).type.shape[0] == 1;
  return add_reshape(graph, one ? all : slice_one(graph, all, 0, direction), state);
}

struct Lstm {
  Tensor w, r, b;  ///< w and r with all directions in front; b empty where there is none
  std::int64_t hidden = 0, batch = 0, steps = 0;
};

/// [T,2,B,H] of one direction.
ValueId one_direction(Graph& graph, const Node& node, const Lstm& lstm, std::int64_t direction, bool backwards) {
  std::vector<ValueId> operands{node.input(0),
                                graph.add_constant(node.name + "_w", transposed(part_of(lstm.w, direction), kSwap))};
  if (node.has_input(3)) {
    const Tensor both = part_of(lstm.b, direction);
    Tensor bias(DType::kF32, Shape{4 * lstm.hidden});
    for (std::size_t k = 0; k < bias.as<float>().size(); ++k)
      bias.as<float>()[k] = both.as<float>()[k] + both.as<float>()[k + bias.as<float>().size()];
    operands.push_back(graph.add_constant(node.name + "_bias", std::move(bias)));
  }
  const ValueId sums = add_hedge_node(graph, "Gemm", std::move(operands), {}, node.name + "_sums");
  const Shape state{lstm.batch, lstm.hidden};
  op::Attributes attributes;
  attributes.set("backwards", std::int64_t{backwards ? 1 : 0});
  return add_hedge_node(
      graph, "Lstm",
      {sums, graph.add_constant(node.name + "_r", transposed(part_of(lstm.r, direction), kSwap)),
       first_state(graph, node.input(5), direction, state), first_state(graph, node.input(6), direction, state)},
      std::move(attributes), node.name + "_states");
}

ValueId joined(Graph& graph, const std::vector<ValueId>& parts, std::int64_t axis, std::string_view name) {
  if (parts.size() == 1) return parts[0];
  op::Attributes attributes;
  attributes.set("axis", axis);
  return add_node(graph, "Concat", parts, std::move(attributes), name);
}

/// Y [T,D,B,H], Y_h and Y_c [D,B,H].
std::vector<ValueId> from_lstm(Graph& graph, const Node& node) {
  const Tensor *w = float_constant(graph, node.input(1)), *r = float_constant(graph, node.input(2)),
               *b = float_constant(graph, node.input(3));
  const Shape& x = graph.value(node.input(0)).type.shape;
  if (!is_any(node, "LSTM") || w == nullptr || r == nullptr || (node.has_input(3) && b == nullptr) ||
      node.has_input(4) || !has_usual_gates(node) || node.attributes.integer("layout", 0) != 0 || x.elements() == 0)
    return {};
  const Lstm lstm{*w, *r, b != nullptr ? *b : Tensor(), r->shape()[2], x[1], x[0]};
  const std::string_view direction = node.attributes.string("direction", "forward");
  std::vector<ValueId> all, last_h, last_c;
  for (std::int64_t k = 0; k < w->shape()[0]; ++k) {
    const bool backwards = direction == "reverse" || k == 1;
    const ValueId states = one_direction(graph, node, lstm, k, backwards);
    const ValueId last = slice_one(graph, states, 0, backwards ? 0 : lstm.steps - 1);
    const Shape state{1, lstm.batch, lstm.hidden};
    all.push_back(slice_one(graph, states, 1, 0));
    last_h.push_back(add_reshape(graph, slice_one(graph, last, 1, 0), state));
    last_c.push_back(add_reshape(graph, slice_one(graph, last, 1, 1), state));
  }
  std::vector<ValueId> outputs{joined(graph, all, 1, "y"), joined(graph, last_h, 0, "h"),
                               joined(graph, last_c, 0, "c")};
  outputs.resize(node.outputs.size());
  return outputs;
}

}  // namespace

int to_lstm(Graph& graph) { return sweep(graph, from_lstm); }

}  // namespace hedge::compile

#include "compile/transpose_rules.h"

#include <numeric>

namespace hedge::compile {
namespace {

constexpr std::string_view kUnary[] = {"Relu",      "LeakyRelu",  "Sigmoid",        "HardSigmoid",
                                       "HardSwish", "Tanh",       "Gelu",           "Elu",
                                       "Selu",      "Softplus",   "Softsign",       "Mish",
                                       "Exp",       "Log",        "Sqrt",           "Abs",
                                       "Neg",       "Floor",      "Ceil",           "Round",
                                       "Erf",       "Reciprocal", "Sign",           "Not",
                                       "Cast",      "Clip",       "QuantizeLinear", "DequantizeLinear"};
constexpr std::string_view kBinary[] = {"Add",   "Sub",   "Mul",     "Div",  "Min", "Max", "Pow",
                                        "PRelu", "Equal", "Greater", "Less", "And", "Or"};

bool contains(std::span<const std::string_view> names, const Node& node) {
  return node.domain.empty() && std::ranges::find(names, node.op_type) != names.end();
}

Node copy_with(const Node& node, std::vector<ValueId> inputs) {
  Node copy = node;
  copy.inputs = std::move(inputs);
  return copy;
}

std::vector<ValueId> behind_transpose(Graph& graph, std::vector<ValueId> values, const Permutation& perm) {
  for (ValueId& value : values)
    if (value != ValueId::kNone) value = add_transpose(graph, value, perm);
  return values;
}

ValueId add_list(Graph& graph, std::string_view name, const std::vector<std::int64_t>& list) {
  return graph.add_constant(name, Tensor::of<std::int64_t>(Shape{static_cast<std::int64_t>(list.size())}, list));
}

/// An i64 list operand with a known value.
bool read_list(const Graph& graph, ValueId id, std::vector<std::int64_t>& list) {
  const Tensor* value = graph.constant(id);
  if (value == nullptr) return false;
  if (value->dtype() == DType::kI64)
    list.assign(value->as<std::int64_t>().begin(), value->as<std::int64_t>().end());
  else if (value->dtype() == DType::kI32)
    list.assign(value->as<std::int32_t>().begin(), value->as<std::int32_t>().end());
  else
    return false;
  return true;
}

/// Axes of the transposed tensor as axes of its source.
std::vector<std::int64_t> source_axes(std::span<const std::int64_t> axes, const Permutation& perm) {
  std::vector<std::int64_t> result;
  const auto rank = static_cast<std::int64_t>(perm.size());
  for (const std::int64_t axis : axes) result.push_back(perm[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)]);
  return result;
}

/// A constant operand seen from the source's side: padded to the full rank, then its axes taken back.
ValueId untransposed_constant(Graph& graph, ValueId id, const Permutation& perm) {
  const Tensor& value = *graph.constant(id);
  if (value.shape().elements() == 1 && value.shape().rank() <= static_cast<int>(perm.size())) return id;
  Shape full;
  for (int k = value.shape().rank(); k < static_cast<int>(perm.size()); ++k) full.push_back(1);
  for (const std::int64_t dim : value.shape()) full.push_back(dim);
  return graph.add_constant(graph.value(id).name + "_t", transposed(Tensor(value).reshaped(full), inverse(perm)));
}

}  // namespace

Moved moved_operand(const Graph& graph, ValueId operand) {
  const Node* node = graph.producer_of(operand);
  if (node == nullptr || !is_any(*node, "Transpose")) return {};
  const auto perm = node->attributes.integers("perm");
  Permutation axes(perm.begin(), perm.end());
  if (axes.empty())
    for (int k = graph.value(operand).type.shape.rank() - 1; k >= 0; --k) axes.push_back(k);
  return {node->input(0), std::move(axes)};
}

std::vector<ValueId> pass_elementwise(Graph& graph, const Node& node) {
  const bool unary = contains(kUnary, node) || node.is_hedge("Silu");
  if (!unary && !contains(kBinary, node)) return {};
  Permutation perm;
  for (const ValueId input : node.inputs)
    if (input != ValueId::kNone && perm.empty()) perm = moved_operand(graph, input).perm;
  if (perm.empty()) return {};
  std::vector<ValueId> inputs = node.inputs;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (inputs[k] == ValueId::kNone) continue;
    if (const Moved moved = moved_operand(graph, inputs[k]); moved.perm == perm) {
      inputs[k] = moved.source;
      continue;
    }
    // Parameters of a unary node (bounds, scales) must be the same for all elements.
    const TensorType& type = graph.value(inputs[k]).type;
    if (unary && type.elements() != 1) return {};
    if (unary ||
        (!graph.is_constant(inputs[k]) && type.elements() == 1 && type.shape.rank() <= static_cast<int>(perm.size())))
      continue;
    if (!graph.is_constant(inputs[k]) || type.shape.rank() > static_cast<int>(perm.size())) return {};
    inputs[k] = untransposed_constant(graph, inputs[k], perm);
  }
  return behind_transpose(graph, add_like(graph, copy_with(node, std::move(inputs))), perm);
}

namespace {

/// `operand` as what a Transpose by `perm` makes it from, where that moves no bytes; kNone where it would.
ValueId untransposed_for_free(Graph& graph, ValueId operand, const Permutation& perm) {
  const Shape& shape = graph.value(operand).type.shape;
  if (shape.rank() != static_cast<int>(perm.size())) return ValueId::kNone;
  const Shape source = permuted(shape, inverse(perm));
  return moves_no_bytes(source, perm) ? add_reshape(graph, operand, source) : ValueId::kNone;
}

}  // namespace

std::vector<ValueId> pass_concat(Graph& graph, const Node& node) {
  Permutation perm;
  for (const ValueId input : node.inputs)
    if (perm.empty()) perm = moved_operand(graph, input).perm;
  if (perm.empty()) return {};
  std::vector<ValueId> inputs;
  for (const ValueId input : node.inputs) {
    const Moved moved = moved_operand(graph, input);
    if (moved.perm == perm)
      inputs.push_back(moved.source);
    else if (graph.is_constant(input))
      inputs.push_back(graph.add_constant("c", transposed(*graph.constant(input), inverse(perm))));
    else if (const ValueId free = untransposed_for_free(graph, input, perm); free != ValueId::kNone)
      inputs.push_back(free);
    else
      return {};
  }
  Node copy = copy_with(node, std::move(inputs));
  const std::int64_t axis[] = {node.attributes.integer("axis", 1)};
  copy.attributes.set("axis", source_axes(axis, perm)[0]);
  return behind_transpose(graph, add_like(graph, copy), perm);
}

std::vector<ValueId> pass_split(Graph& graph, const Node& node) {
  const Moved moved = moved_operand(graph, node.input(0));
  if (moved.perm.empty()) return {};
  Node copy = node;
  copy.inputs[0] = moved.source;
  const std::int64_t axis[] = {node.attributes.integer("axis", 0)};
  copy.attributes.set("axis", source_axes(axis, moved.perm)[0]);
  return behind_transpose(graph, add_like(graph, copy), moved.perm);
}

std::vector<ValueId> pass_slice(Graph& graph, const Node& node) {
  const Moved moved = moved_operand(graph, node.input(0));
  if (moved.perm.empty()) return {};
  Node copy = node;
  copy.inputs[0] = moved.source;
  std::vector<std::int64_t> axes, starts;
  if (node.has_input(1)) {
    if (!read_list(graph, node.input(1), starts) || (node.has_input(3) && !read_list(graph, node.input(3), axes)))
      return {};
  } else {
    starts.assign(node.attributes.integers("starts").begin(), node.attributes.integers("starts").end());
    axes.assign(node.attributes.integers("axes").begin(), node.attributes.integers("axes").end());
  }
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  axes = source_axes(axes, moved.perm);
  if (!node.has_input(1)) {
    copy.attributes.set("axes", axes);
  } else {
    if (copy.inputs.size() < 4) copy.inputs.resize(4, ValueId::kNone);
    copy.inputs[3] = add_list(graph, "axes", axes);
    // All lists must have one integer type only if they are tensors of T; ONNX lets each be i32 or i64, but the same.
    for (const std::size_t k : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
      std::vector<std::int64_t> list;
      if (k < copy.inputs.size() && copy.inputs[k] != ValueId::kNone && read_list(graph, copy.inputs[k], list))
        copy.inputs[k] = add_list(graph, "bounds", list);
    }
  }
  return behind_transpose(graph, add_like(graph, copy), moved.perm);
}

std::vector<ValueId> pass_pad(Graph& graph, const Node& node) {
  const Moved moved = moved_operand(graph, node.input(0));
  if (moved.perm.empty() || node.has_input(3)) return {};
  const std::size_t rank = moved.perm.size();
  std::vector<std::int64_t> pads;
  if (node.opset < 11)
    pads.assign(node.attributes.integers("pads").begin(), node.attributes.integers("pads").end());
  else if (!read_list(graph, node.input(1), pads))
    return {};
  if (pads.size() != 2 * rank) return {};
  std::vector<std::int64_t> mapped(pads.size());
  for (std::size_t k = 0; k < rank; ++k) {
    const auto axis = static_cast<std::size_t>(moved.perm[k]);
    mapped[axis] = pads[k];
    mapped[axis + rank] = pads[k + rank];
  }
  Node copy = node;
  copy.inputs[0] = moved.source;
  if (node.opset < 11)
    copy.attributes.set("pads", mapped);
  else
    copy.inputs[1] = add_list(graph, "pads", mapped);
  return behind_transpose(graph, add_like(graph, copy), moved.perm);
}

std::vector<ValueId> pass_reduce(Graph& graph, const Node& node) {
  const Moved moved = moved_operand(graph, node.input(0));
  if (moved.perm.empty()) return {};
  std::vector<std::int64_t> axes(node.attributes.integers("axes").begin(), node.attributes.integers("axes").end());
  if (node.has_input(1) && !read_list(graph, node.input(1), axes)) return {};
  if (axes.empty()) return {};
  Node copy = node;
  copy.inputs[0] = moved.source;
  const auto mapped = source_axes(axes, moved.perm);
  if (node.has_input(1))
    copy.inputs[1] = add_list(graph, "axes", mapped);
  else
    copy.attributes.set("axes", mapped);
  const std::vector<ValueId> outputs = add_like(graph, copy);
  if (node.attributes.integer("keepdims", 1) != 0) return behind_transpose(graph, outputs, moved.perm);
  Permutation left;  // the axes that stay, in the order of the output, as ranks among themselves
  for (const std::int64_t axis : moved.perm)
    if (std::ranges::find(mapped, axis) == mapped.end()) left.push_back(axis);
  Permutation rank_of = left;
  for (std::int64_t& axis : rank_of) axis = std::ranges::count_if(left, [&](std::int64_t a) { return a < axis; });
  return is_identity(rank_of) ? outputs : behind_transpose(graph, outputs, rank_of);
}

std::vector<ValueId> pass_softmax(Graph& graph, const Node& node) {
  const Moved moved = moved_operand(graph, node.input(0));
  if (moved.perm.empty() || node.opset < 13) return {};
  Node copy = node;
  copy.inputs[0] = moved.source;
  const std::int64_t axis[] = {node.attributes.integer("axis", -1)};
  copy.attributes.set("axis", source_axes(axis, moved.perm)[0]);
  return behind_transpose(graph, add_like(graph, copy), moved.perm);
}

namespace {

/// Axes [in_begin, in_end) become axes [out_begin, out_end): as many elements on both sides.
struct Segment {
  int in_begin, in_end, out_begin, out_end;
};

/// The finest segments between two shapes of as many elements; none where there are no elements.
std::vector<Segment> segments_between(const Shape& in, const Shape& out) {
  std::vector<Segment> segments;
  if (in.elements() == 0) return {};
  int i = 0, o = 0;
  while (i < in.rank() && o < out.rank()) {
    Segment segment{i, i + 1, o, o + 1};
    std::int64_t left = in[i++], right = out[o++];
    while (left != right) {
      if (left < right) {
        if (i == in.rank()) return {};
        left *= in[i++];
      } else {
        if (o == out.rank()) return {};
        right *= out[o++];
      }
    }
    segment.in_end = i;
    segment.out_end = o;
    segments.push_back(segment);
  }
  if (segments.empty()) return {};
  segments.back().in_end = in.rank();  // what is left is axes of size 1
  segments.back().out_end = out.rank();
  return segments;
}

}  // namespace

// Reshape groups the axes of y = Transpose(x) into segments. Where the axes of each segment follow one another in x
// too, x can be reshaped segment by segment and the segments transposed afterwards. Where they do not (the shuffle of
// channels), the transposition is split: a small one inside the segments stays in front, the rest passes.
std::vector<ValueId> pass_reshape(Graph& graph, const Node& node) {
  const Moved moved = moved_operand(graph, node.input(0));
  if (moved.perm.empty() || graph.constant(node.input(1)) == nullptr) return {};
  const Shape &x = graph.value(moved.source).type.shape, &y = graph.value(node.input(0)).type.shape;
  const Shape& z = graph.value(node.output()).type.shape;
  const std::vector<Segment> segments = segments_between(y, z);
  if (segments.empty()) return {};
  // Where a segment stands in x: at its first axis that holds more than one element.
  std::vector<std::size_t> order(segments.size());
  std::iota(order.begin(), order.end(), 0);
  const auto place = [&](std::size_t k) {
    std::int64_t first = moved.perm[static_cast<std::size_t>(segments[k].in_begin)];
    bool found = false;
    for (int axis = segments[k].in_begin; axis < segments[k].in_end; ++axis) {
      const std::int64_t source = moved.perm[static_cast<std::size_t>(axis)];
      if (x[static_cast<int>(source)] == 1) continue;
      first = found ? std::min(first, source) : source;
      found = true;
    }
    return first;
  };
  std::ranges::sort(order, {}, [&](std::size_t k) { return std::pair(place(k), k); });
  Permutation inner;  // x -> segments in the order of x, axes inside a segment in the order of y
  Shape middle;       // then reshaped
  Permutation outer(static_cast<std::size_t>(z.rank()));
  for (const std::size_t k : order) {
    for (int axis = segments[k].in_begin; axis < segments[k].in_end; ++axis)
      inner.push_back(moved.perm[static_cast<std::size_t>(axis)]);
    for (int axis = segments[k].out_begin; axis < segments[k].out_end; ++axis) {
      outer[static_cast<std::size_t>(axis)] = middle.rank();
      middle.push_back(z[axis]);
    }
  }
  if (is_identity(outer)) return {};  // nothing would pass
  const ValueId front = moves_no_bytes(x, inner) ? moved.source : add_transpose(graph, moved.source, inner);
  return {add_transpose(graph, add_reshape(graph, front, middle), outer)};
}

}  // namespace hedge::compile

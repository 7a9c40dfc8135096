// Elementwise arithmetic with all kinds of broadcasting, reductions and normalizations.
#include "differential/graph_maker.h"

namespace hedge::test {
namespace {

void unary(GraphMaker& m) {
  const ValueId x = m.any();
  m.node(m.random.pick({"Relu", "Sigmoid", "Tanh", "Abs", "Neg", "Softplus", "Elu", "HardSigmoid", "Erf", "HardSwish",
                        "LeakyRelu", "Softsign"}),
         {x});
}

void clip(GraphMaker& m) {
  const ValueId x = m.any();
  const ValueId low = m.random.chance(70) ? m.number(-0.25f) : ValueId::kNone,
                high = m.random.chance(70) ? m.number(0.5f) : ValueId::kNone;
  m.node("Clip", {x, low, high});
}

/// The same shape, a constant along some axes, or any other value that happens to fit.
ValueId partner(GraphMaker& m, ValueId x) {
  const int kind = m.random.below(4);
  if (kind == 0) return m.any();
  if (kind == 1)
    if (const ValueId same = m.any_of_shape(m.shape(x), x); same != ValueId::kNone) return same;
  Shape dims;
  const int skipped = m.random.chance(60) ? 0 : m.random.below(m.shape(x).rank() + 1);
  for (int axis = skipped; axis < m.shape(x).rank(); ++axis) dims.push_back(m.random.chance(50) ? m.shape(x)[axis] : 1);
  return m.constant(dims, 0.5f, 2);  // a divisor too
}

void binary(GraphMaker& m) {
  const ValueId x = m.any(), y = partner(m, x);
  const auto* name = m.random.pick({"Add", "Add", "Sub", "Mul", "Mul", "Max", "Min", "Div"});
  if (std::string_view(name) == "Div") {
    m.node("Div", {x, m.node("Add", {m.node("Abs", {y}), m.number(0.5f)})});
  } else if (m.random.chance(70)) {
    m.node(name, {x, y});
  } else {
    m.node(name, {y, x});
  }
}

void where(GraphMaker& m) {
  const ValueId x = m.any(), y = partner(m, x);
  const ValueId condition = m.constant(m.shape(x), -1, 1);
  m.node("Where", {m.node("Greater", {condition, m.number(0)}), x, y});
}

void p_relu(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x != ValueId::kNone) m.node("PRelu", {x, m.constant({m.shape(x)[1], 1, 1}, -0.5f, 0.5f)});
}

void reduce(GraphMaker& m) {
  const ValueId x = m.any();
  const int rank = m.shape(x).rank();
  if (rank == 0) return;
  std::vector<std::int64_t> axes;
  for (int axis = 0; axis < rank; ++axis)
    if (m.random.chance(40)) axes.push_back(m.random.chance(50) ? axis : axis - rank);
  if (axes.empty()) axes = {-1};
  const std::int64_t keep = m.random.below(2);
  if (m.random.chance(30))
    m.node("ReduceSum", {x, m.list(axes)}, {{"keepdims", keep}});
  else
    m.node(m.random.pick({"ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1"}), {x},
           {{"axes", axes}, {"keepdims", keep}});
}

void softmax(GraphMaker& m) {
  const ValueId x = m.any();
  if (m.shape(x).rank() == 0) return;
  m.node(m.random.pick({"Softmax", "Softmax", "LogSoftmax"}), {x},
         {{"axis", static_cast<std::int64_t>(m.random.below(m.shape(x).rank()))}});
}

void batch_norm(GraphMaker& m) {
  const ValueId x = m.any();
  if (m.shape(x).rank() < 2) return;
  const Shape c{m.shape(x)[1]};
  m.node("BatchNormalization", {x, m.constant(c, 0.5f, 1.5f), m.constant(c, -0.5f, 0.5f), m.constant(c, -0.5f, 0.5f),
                                m.constant(c, 0.5f, 1.5f)});
}

void layer_norm(GraphMaker& m) {
  const ValueId x = m.any();
  const int rank = m.shape(x).rank();
  if (rank == 0) return;
  const Shape width{m.shape(x)[rank - 1]};
  m.node("LayerNormalization", {x, m.constant(width, 0.5f, 1.5f), m.constant(width, -0.5f, 0.5f)}, {{"epsilon", 0.1f}});
}

void gate(GraphMaker& m) {
  const ValueId x = m.any();
  m.node("Mul", {m.node("Sigmoid", {x}), x});
}

void sum_of_three(GraphMaker& m) {
  const ValueId x = m.any(), y = m.any_of_shape(m.shape(x), x);
  m.node("Sum", {x, y == ValueId::kNone ? x : y, x});
}

}  // namespace

std::vector<Grow> value_growers() {
  return {unary,  unary,  unary,  clip,    binary,  binary,     binary,     binary, where,
          p_relu, reduce, reduce, softmax, softmax, batch_norm, layer_norm, gate,   sum_of_three};
}

}  // namespace hedge::test

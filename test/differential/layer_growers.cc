// Convolutions, pooling and products, alone and in the blocks in which nets have them.
#include <cmath>

#include "differential/graph_maker.h"

namespace hedge::test {
namespace {

struct ConvOptions {
  std::int64_t out = 8, kernel = 3, stride = 1, group = 1;
  bool bias = true;
};

ValueId weights(GraphMaker& m, const Shape& shape) {
  const float bound = 1.5f / std::sqrt(static_cast<float>(shape.elements(1, shape.rank())));
  return m.constant(shape, -bound, bound);
}

/// Keeps the size where stride is 1.
ValueId conv(GraphMaker& m, ValueId x, const ConvOptions& o) {
  if (x == ValueId::kNone) return x;
  const std::int64_t channels = m.shape(x)[1], pad = o.kernel / 2;
  return m.node(
      "Conv",
      {x, weights(m, {o.out, channels / o.group, o.kernel, o.kernel}),
       o.bias ? m.constant({o.out}, -0.5f, 0.5f) : ValueId::kNone},
      {{"pads", std::vector{pad, pad, pad, pad}}, {"strides", std::vector{o.stride, o.stride}}, {"group", o.group}});
}

ValueId activation(GraphMaker& m, ValueId x) {
  if (x == ValueId::kNone) return x;
  switch (m.random.below(10)) {
    case 0: return m.node("Relu", {x});
    case 1: return m.node("Clip", {x, m.number(0), m.number(6)});
    case 2: return m.node("Mul", {x, m.node("Sigmoid", {x})});
    case 3: return m.node("LeakyRelu", {x}, {{"alpha", 0.1f}});
    case 4: return m.node("HardSwish", {x});
    case 5:
      return m.node("Mul",
                    {x, m.node("Div", {m.node("Clip", {m.node("Add", {x, m.number(3)}), m.number(0), m.number(6)}),
                                       m.number(6)})});
    case 6: return m.node("Mul", {m.node("HardSigmoid", {x}, {{"alpha", 1.0f / 6}}), x});
    case 7:
      return m.node("Mul",
                    {m.node("Mul", {x, m.number(0.5f)}),
                     m.node("Add", {m.node("Erf", {m.node("Div", {x, m.number(std::sqrt(2.0f))})}), m.number(1)})});
    case 8: return m.node("Tanh", {x});
    default: return m.node("Sigmoid", {x});
  }
}

ValueId batch_norm(GraphMaker& m, ValueId x) {
  if (x == ValueId::kNone) return x;
  const Shape c{m.shape(x)[1]};
  return m.node("BatchNormalization", {x, m.constant(c, 0.5f, 1.5f), m.constant(c, -0.5f, 0.5f),
                                       m.constant(c, -0.5f, 0.5f), m.constant(c, 0.5f, 1.5f)});
}

void conv_block(GraphMaker& m) {
  const ValueId x = m.any(4);
  ValueId y = conv(m, x,
                   {.out = m.random.between(1, 40),
                    .kernel = m.random.pick({1, 1, 3, 3, 5}),
                    .stride = m.random.pick({1, 1, 2}),
                    .bias = m.random.chance(70)});
  if (m.random.chance(50)) y = batch_norm(m, y);
  if (m.random.chance(70)) activation(m, y);
}

void odd_conv(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const std::int64_t channels = m.shape(x)[1];
  const std::int64_t group =
      channels % 4 == 0 ? m.random.pick<std::int64_t>({1, 2, 4, channels}) : m.random.pick<std::int64_t>({1, channels});
  const std::int64_t out = group * m.random.between(1, 3), kh = m.random.between(1, 4), kw = m.random.between(1, 4);
  const auto number = [&](int low, int high) { return static_cast<std::int64_t>(m.random.between(low, high)); };
  const ValueId bias = m.random.chance(50) ? m.constant({out}, -0.5f, 0.5f) : ValueId::kNone;
  const std::vector strides{number(1, 3), number(1, 3)}, dilations{number(1, 2), number(1, 2)};
  const ValueId w = weights(m, {out, channels / group, kh, kw});
  ValueId y;
  if (m.random.chance(25)) {
    y = m.node("Conv", {x, w, bias},
               {{"auto_pad", std::string(m.random.pick({"SAME_UPPER", "SAME_LOWER", "VALID"}))},
                {"strides", strides},
                {"group", group}});
  } else {
    y = m.node("Conv", {x, w, bias},
               {{"pads", std::vector{number(0, 2), number(0, 2), number(0, 2), number(0, 2)}},
                {"strides", strides},
                {"dilations", dilations},
                {"group", group}});
  }
  if (m.random.chance(40)) activation(m, y);
}

void separable_block(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const std::int64_t channels = m.shape(x)[1];
  const ValueId y = activation(
      m, conv(m, x,
              {.out = channels, .kernel = m.random.pick({3, 5}), .stride = m.random.pick({1, 2}), .group = channels}));
  activation(m, conv(m, y, {.out = m.random.between(1, 32), .kernel = 1}));
}

void residual_block(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const std::int64_t channels = m.shape(x)[1];
  ValueId y = conv(m, x, {.out = channels, .kernel = m.random.pick({1, 3})});
  if (m.random.chance(50)) y = activation(m, y);
  ValueId other = x;
  if (m.random.chance(30)) other = conv(m, x, {.out = channels, .kernel = 1});
  const ValueId sum = m.random.chance(50) ? m.node("Add", {y, other}) : m.node("Add", {other, y});
  if (m.random.chance(60)) activation(m, sum);
}

void squeeze_excite(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const std::int64_t channels = m.shape(x)[1];
  const ValueId pooled = m.random.chance(50) ? m.node("GlobalAveragePool", {x})
                                             : m.node("ReduceMean", {x}, {{"axes", std::vector<std::int64_t>{2, 3}}});
  const ValueId narrow = activation(m, conv(m, pooled, {.out = 4, .kernel = 1}));
  m.node("Mul",
         {x, m.node(m.random.pick({"Sigmoid", "HardSigmoid"}), {conv(m, narrow, {.out = channels, .kernel = 1})})});
}

void pool(GraphMaker& m) {
  const ValueId x = m.any(4);
  const std::int64_t k = m.random.between(1, 4), s = m.random.between(1, 3), pad = m.random.below(static_cast<int>(k));
  const std::int64_t ceil = m.random.chance(30) ? 1 : 0;
  const std::vector kernel{k, k}, strides{s, s}, pads{pad, std::int64_t{0}, std::int64_t{0}, pad};
  if (m.random.chance(50))
    m.node("MaxPool", {x}, {{"kernel_shape", kernel}, {"strides", strides}, {"pads", pads}, {"ceil_mode", ceil}});
  else
    m.node("AveragePool", {x},
           {{"kernel_shape", kernel},
            {"strides", strides},
            {"pads", pads},
            {"ceil_mode", ceil},
            {"count_include_pad", static_cast<std::int64_t>(m.random.below(2))}});
}

void spatial_pyramid(GraphMaker& m) {
  const ValueId x = m.any(4);
  const auto same = [&](std::int64_t k) {
    return m.node("MaxPool", {x}, {{"kernel_shape", std::vector{k, k}}, {"pads", std::vector(4, k / 2)}});
  };
  const ValueId a = same(3), b = same(5);
  if (a != ValueId::kNone && b != ValueId::kNone) m.node("Concat", {x, a, b}, {{"axis", std::int64_t{1}}});
}

/// What detectors do with their levels: of each two heads side by side, one level behind the other, then cut again.
void level_heads(GraphMaker& m) {
  const ValueId fine = m.any(4);
  const ValueId coarse =
      m.node("MaxPool", {fine},
             {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}});
  if (coarse == ValueId::kNone) return;
  const std::int64_t boxes = m.random.between(1, 5), classes = m.random.pick({3, 64, 70});
  const auto level = [&](ValueId x) {
    const auto head = [&](std::int64_t out) {
      const std::int64_t k = m.random.pick({1, 3});
      return m.node("Conv", {x, weights(m, {out, m.shape(x)[1], k, k})}, {{"pads", std::vector(4, k / 2)}});
    };
    const ValueId joined = m.node("Concat", {head(boxes), head(classes)}, {{"axis", std::int64_t{1}}});
    if (joined == ValueId::kNone) return joined;
    return m.node("Reshape", {joined, m.list({m.shape(x)[0], boxes + classes, -1})});
  };
  const ValueId all = m.node("Concat", {level(fine), level(coarse)}, {{"axis", std::int64_t{2}}});
  const auto cut = m.nodes("Split", {all, m.list({boxes, classes})}, {{"axis", std::int64_t{1}}}, 2);
  if (cut.size() == 2) m.node("Sigmoid", {cut[1]});
}

void pad_then_window(GraphMaker& m) {
  const ValueId x = m.any(4);
  const auto some = [&] { return static_cast<std::int64_t>(m.random.below(3)); };
  const ValueId padded = m.node("Pad",
                                {x, m.list({0, 0, some(), some(), 0, 0, some(), some()}),
                                 m.random.chance(30) ? m.number(m.random.pick({0.0f, 1.0f})) : ValueId::kNone},
                                {{"mode", std::string(m.random.chance(80) ? "constant" : "edge")}});
  if (padded == ValueId::kNone) return;
  const std::vector<std::int64_t> kernel{3, 3};
  if (m.random.chance(60)) {
    const ValueId w = weights(m, {6, m.shape(padded)[1], 3, 3});
    m.node("Conv", {padded, w}, {{"strides", std::vector<std::int64_t>{2, 2}}});
  } else {
    m.node("AveragePool", {padded}, {{"kernel_shape", kernel}, {"count_include_pad", std::int64_t{1}}});
  }
}

void scaled_conv(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const Shape c{1, m.shape(x)[1], 1, 1};
  const ValueId before = m.random.chance(50) ? m.node(m.random.pick({"Mul", "Div"}), {x, m.constant(c, 0.5f, 2)})
                                             : m.node(m.random.pick({"Sub", "Add"}), {x, m.constant(c, -1, 1)});
  const std::int64_t out = m.random.between(1, 20);
  const ValueId y = conv(m, before, {.out = out, .kernel = m.random.pick({1, 3})});
  const ValueId z = m.node(m.random.pick({"Mul", "Div"}), {y, m.constant({1, out, 1, 1}, 0.5f, 2)});
  m.node(m.random.pick({"Add", "Sub"}), {z, m.random.chance(50) ? m.constant({1, out, 1, 1}, -1, 1) : m.number(0.5f)});
}

void conv_transpose(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const std::int64_t channels = m.shape(x)[1], group = channels % 2 == 0 ? m.random.pick<std::int64_t>({1, 2}) : 1;
  const ValueId w = weights(m, {channels, m.random.between(1, 4), 2, 2});
  const ValueId y = m.node("ConvTranspose", {x, w}, {{"strides", std::vector<std::int64_t>{2, 2}}, {"group", group}});
  if (m.random.chance(60)) batch_norm(m, y);
}

void conv_1d(GraphMaker& m) {
  const ValueId x = m.any(3);
  if (x == ValueId::kNone) return;
  const std::int64_t channels = m.shape(x)[1], group = m.random.pick<std::int64_t>({1, 1, channels}),
                     out = group * m.random.between(1, 4);
  const std::int64_t k = m.random.between(1, 5), pad = m.random.between(0, 2);
  const ValueId y = m.node("Conv", {x, weights(m, {out, channels / group, k}), m.constant({out}, -1, 1)},
                           {{"pads", std::vector{pad, pad}},
                            {"strides", std::vector<std::int64_t>{m.random.between(1, 2)}},
                            {"group", group}});
  if (m.random.chance(50)) activation(m, batch_norm(m, y));
  if (m.random.chance(30))
    m.node(m.random.pick({"MaxPool", "AveragePool"}), {y},
           {{"kernel_shape", std::vector<std::int64_t>{2}}, {"strides", std::vector<std::int64_t>{2}}});
}

void product(GraphMaker& m) {
  const ValueId x = m.any();
  if (x == ValueId::kNone || m.shape(x).rank() == 0) return;
  const std::int64_t k = m.shape(x)[m.shape(x).rank() - 1], n = m.random.between(1, 40);
  ValueId y = m.node("MatMul", {x, weights(m, {k, n})});
  if (m.random.chance(60)) y = m.node("Add", {y, m.constant({n}, -1, 1)});
  if (m.random.chance(50)) activation(m, y);
}

void classifier(GraphMaker& m) {
  ValueId x = m.any(4);
  x = m.random.chance(50) ? m.node("GlobalAveragePool", {x}) : x;
  x = m.node("Flatten", {x});
  if (x == ValueId::kNone) return;
  const std::int64_t k = m.shape(x)[1], n = m.random.between(1, 40), trans_b = m.random.below(2);
  const ValueId y =
      m.node("Gemm",
             {x, weights(m, trans_b != 0 ? Shape{n, k} : Shape{k, n}),
              m.random.chance(70) ? m.constant({n}, -1, 1) : ValueId::kNone},
             {{"transB", trans_b}, {"alpha", m.random.pick({1.0f, 0.5f})}, {"beta", m.random.pick({1.0f, 2.0f})}});
  if (m.random.chance(50)) activation(m, y);
  if (m.random.chance(50)) m.node("Softmax", {y}, {{"axis", std::int64_t{-1}}});
}

void attention(GraphMaker& m) {
  const ValueId x = m.any(3);
  if (x == ValueId::kNone) return;
  const std::int64_t width = m.shape(x)[2];
  const ValueId q = m.node("MatMul", {x, weights(m, {width, 8})}), k = m.node("MatMul", {x, weights(m, {width, 8})});
  const ValueId scores =
      m.node("MatMul", {q, m.node("Transpose", {k}, {{"perm", std::vector<std::int64_t>{0, 2, 1}}})});
  m.node("MatMul", {m.node("Softmax", {m.node("Mul", {scores, m.number(0.35f)})}, {{"axis", std::int64_t{-1}}}), x});
}

}  // namespace

std::vector<Grow> layer_growers() {
  return {conv_block,     conv_block, odd_conv,        separable_block, residual_block, residual_block,
          squeeze_excite, pool,       spatial_pyramid, pad_then_window, scaled_conv,    conv_transpose,
          conv_1d,        product,    classifier,      attention,       level_heads};
}

}  // namespace hedge::test

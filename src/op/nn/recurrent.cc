#include "op/nn/recurrent.h"

#include <algorithm>
#include <cmath>

namespace hedge::op {
namespace {

struct NamedFunction {
  std::string_view name;
  GateFunction function;
  float alpha, beta;
};

constexpr NamedFunction kFunctions[] = {
    {"Sigmoid", [](float x, float, float) { return 1 / (1 + std::exp(-x)); }, 0, 0},
    {"Tanh", [](float x, float, float) { return std::tanh(x); }, 0, 0},
    {"Relu", [](float x, float, float) { return std::max(x, 0.0f); }, 0, 0},
    {"LeakyRelu", [](float x, float alpha, float) { return x < 0 ? alpha * x : x; }, 0.01f, 0},
    {"ThresholdedRelu", [](float x, float alpha, float) { return x > alpha ? x : 0.0f; }, 1, 0},
    {"ScaledTanh", [](float x, float alpha, float beta) { return alpha * std::tanh(beta * x); }, 1, 1},
    {"HardSigmoid", [](float x, float alpha, float beta) { return std::clamp(alpha * x + beta, 0.0f, 1.0f); }, 0.2f,
     0.5f},
    {"Elu", [](float x, float alpha, float) { return x < 0 ? alpha * std::expm1(x) : x; }, 1, 0},
    {"Softsign", [](float x, float, float) { return x / (1 + std::abs(x)); }, 0, 0},
    {"Softplus", [](float x, float, float) { return std::log1p(std::exp(x)); }, 0, 0},
    {"Affine", [](float x, float alpha, float beta) { return alpha * x + beta; }, 1, 0},
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

}  // namespace

Result<RecurrentSize> recurrent_size(const Attributes& attributes, std::span<const TensorType> inputs, int gates) {
  const TensorType &x = inputs[0], &w = inputs[1], &r = inputs[2];
  if (x.dtype != DType::kF32 || x.shape.rank() != 3 || w.shape.rank() != 3 || r.shape.rank() != 3)
    return fail(ErrorKind::kUnsupported, "X {}, W {}, R {}: three tensors of rank 3 in f32", x.to_string(),
                w.to_string(), r.to_string());
  RecurrentSize size;
  const std::string_view direction = attributes.string("direction", "forward");
  size.reverse = direction == "reverse";
  size.directions = direction == "bidirectional" ? 2 : 1;
  if (!size.reverse && size.directions == 1 && direction != "forward")
    return fail(ErrorKind::kInvalid, "direction '{}'", direction);
  size.batch_first = attributes.integer("layout", 0) != 0;
  size.steps = x.shape[size.batch_first ? 1 : 0];
  size.batch = x.shape[size.batch_first ? 0 : 1];
  size.input = x.shape[2];
  size.hidden = r.shape[2];
  const std::int64_t rows = gates * size.hidden;
  if (size.hidden < 1 || !(w.shape == Shape{size.directions, rows, size.input}) ||
      !(r.shape == Shape{size.directions, rows, size.hidden}))
    return fail(ErrorKind::kInvalid, "W {} and R {} do not fit X {}", w.to_string(), r.to_string(), x.to_string());
  const auto present = [&](std::size_t k) { return k < inputs.size() && inputs[k].dtype != DType::kUndefined; };
  const std::int64_t expected[] = {0,
                                   0,
                                   0,
                                   size.directions * 2 * rows,
                                   size.batch,
                                   size.directions * size.batch * size.hidden,
                                   size.directions * size.batch * size.hidden,
                                   size.directions * 3 * size.hidden};
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    if (!present(k)) continue;
    if (inputs[k].dtype != (k == 4 ? DType::kI32 : DType::kF32) || (k >= 3 && inputs[k].elements() != expected[k]))
      return fail(ErrorKind::kInvalid, "operand {} is {}", k, inputs[k].to_string());
  }
  if (attributes.integer("hidden_size", size.hidden) != size.hidden)
    return fail(ErrorKind::kInvalid, "hidden_size {} but R {}", attributes.integer("hidden_size", 0), r.to_string());
  return size;
}

Result<std::vector<TensorType>> infer_recurrent(const InferArgs& args, int gates, int outputs) {
  const RecurrentSize size = TRY(recurrent_size(args.attributes, args.inputs, gates));
  for (int direction = 0; direction < size.directions; ++direction)
    (void)TRY(gates_of(args.attributes, direction, gates == 4 ? 3 : gates == 3 ? 2 : 1, {"Sigmoid", "Tanh", "Tanh"}));
  const Shape y = size.batch_first ? Shape{size.batch, size.steps, size.directions, size.hidden}
                                   : Shape{size.steps, size.directions, size.batch, size.hidden};
  const Shape state = size.batch_first ? Shape{size.batch, size.directions, size.hidden}
                                       : Shape{size.directions, size.batch, size.hidden};
  std::vector<TensorType> types{{DType::kF32, TRY(Shape::create(y.dims()))}};
  for (int k = 1; k < outputs; ++k) types.push_back({DType::kF32, state});
  return types;
}

Result<std::array<Gate, 3>> gates_of(const Attributes& attributes, int direction, int count,
                                     const std::array<std::string_view, 3>& defaults) {
  std::array<Gate, 3> gates;
  const float clip = attributes.real("clip", std::numeric_limits<float>::infinity());
  if (!(clip > 0)) return fail(ErrorKind::kInvalid, "a clip at {}", clip);
  const auto names = attributes.strings("activations");
  const auto alphas = attributes.reals("activation_alpha"), betas = attributes.reals("activation_beta");
  for (int k = 0; k < count; ++k) {
    const auto at = static_cast<std::size_t>(direction * count + k);
    const std::string_view name =
        at < names.size() ? std::string_view(names[at]) : defaults[static_cast<std::size_t>(k)];
    const auto found =
        std::ranges::find_if(kFunctions, [&](const auto& f) { return equal_ignoring_case(f.name, name); });
    if (found == std::end(kFunctions)) return fail(ErrorKind::kUnsupported, "activation '{}'", name);
    gates[static_cast<std::size_t>(k)] = {found->function, at < alphas.size() ? alphas[at] : found->alpha,
                                          at < betas.size() ? betas[at] : found->beta, clip};
  }
  return gates;
}

std::size_t recurrent_scratch(const RecurrentSize& size, std::size_t floats) {
  return 2 * Scratch::booking<float>(static_cast<std::size_t>(size.hidden)) + Scratch::booking<float>(floats);
}

void add_rows(const float* matrix, std::int64_t rows, std::int64_t columns, const float* x, float* out) {
  for (std::int64_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (std::int64_t k = 0; k < columns; ++k)
      sum += static_cast<double>(matrix[row * columns + k]) * static_cast<double>(x[k]);
    out[row] += static_cast<float>(sum);
  }
}

Status walk_recurrent(const RunArgs& args, const RecurrentSize& size, const void* context, CellFn cell) {
  const auto hidden = static_cast<std::size_t>(size.hidden);
  const auto h = args.scratch.take<float>(hidden), c = args.scratch.take<float>(hidden);
  const float* x = args.input(0).as<float>().data();
  if (args.has_input(4))
    for (const std::int32_t length : args.input(4).as<std::int32_t>())
      if (length < 0 || length > size.steps)
        return fail(ErrorKind::kInvalid, "a sequence of {} for {} steps", length, size.steps);
  const auto state_at = [&](int direction, std::int64_t b) {
    const std::int64_t line = size.batch_first ? b * size.directions + direction : direction * size.batch + b;
    return static_cast<std::size_t>(line) * hidden;
  };
  const auto y_at = [&](std::int64_t t, int direction, std::int64_t b) {
    const std::int64_t line = size.batch_first ? (b * size.steps + t) * size.directions + direction
                                               : (t * size.directions + direction) * size.batch + b;
    return static_cast<std::size_t>(line) * hidden;
  };
  for (int direction = 0; direction < size.directions; ++direction)
    for (std::int64_t b = 0; b < size.batch; ++b) {
      const auto begin_from = [&](int input, std::span<float> state) {
        if (!args.has_input(input)) return (void)std::ranges::fill(state, 0.0f);
        std::copy_n(args.input(input).as<float>().data() + state_at(direction, b), hidden, state.data());
      };
      begin_from(5, h);
      begin_from(6, c);
      const std::int64_t length =
          args.has_input(4) ? args.input(4).as<std::int32_t>()[static_cast<std::size_t>(b)] : size.steps;
      const bool backwards = size.reverse || direction == 1;
      for (std::int64_t step = 0; step < length; ++step) {
        const std::int64_t t = backwards ? length - 1 - step : step;
        const std::int64_t row = size.batch_first ? b * size.steps + t : t * size.batch + b;
        cell(context, {x + row * size.input, h.data(), c.data(), direction});
        if (args.has_output(0)) std::ranges::copy(h, args.output(0).as<float>().data() + y_at(t, direction, b));
      }
      for (std::int64_t t = length; t < size.steps; ++t)  // beyond a sequence's end
        if (args.has_output(0)) std::fill_n(args.output(0).as<float>().data() + y_at(t, direction, b), hidden, 0.0f);
      if (args.has_output(1)) std::ranges::copy(h, args.output(1).as<float>().data() + state_at(direction, b));
      if (args.has_output(2)) std::ranges::copy(c, args.output(2).as<float>().data() + state_at(direction, b));
    }
  return {};
}

}  // namespace hedge::op

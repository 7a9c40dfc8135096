// hedge.Lstm: the recurrence of an LSTM with sigmoid gates and tanh states. What inputs and biases contribute comes as
// sums, made by one hedge.Gemm for all steps. Gates in ONNX's order i, o, f, c.
//   sums f32[T,B,4H], w f32[H,4H], h f32[B,H], c f32[B,H] -> f32[T,2,B,H]: h and c after each step
// Attribute: backwards (from the last step to the first).
#include <cmath>

#include "op/operator.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_lstm(const InferArgs& args) {
  const Shape &sums = args.input(0).shape, &w = args.input(1).shape;
  if (sums.rank() != 3 || w.rank() != 2 || w[1] != 4 * w[0] || sums[2] != w[1])
    return fail(ErrorKind::kInvalid, "sums {} and weights {}", args.input(0).to_string(), args.input(1).to_string());
  const Shape state{sums[1], w[0]};
  for (const int k : {2, 3})
    if (!(args.input(k).shape == state))
      return fail(ErrorKind::kInvalid, "a state {}, not {}", args.input(k).to_string(), state.to_string());
  for (const TensorType& type : args.inputs)
    if (type.dtype != DType::kF32) return fail(ErrorKind::kInvalid, "an operand {}", type.to_string());
  const std::int64_t dims[] = {sums[0], 2, sums[1], w[0]};
  return std::vector{TensorType{DType::kF32, TRY(Shape::create(dims))}};
}

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

Status run_lstm(const RunArgs& args) {
  const Shape& shape = args.output(0).shape();
  if (args.output(0).type.elements() == 0) return {};
  const std::int64_t steps = shape[0], batch = shape[2], hidden = shape[3], states = batch * hidden;
  const bool backwards = args.attributes.integer("backwards", 0) != 0;
  const float *sums = args.input(0).as<float>().data(), *w = args.input(1).as<float>().data();
  const float *h = args.input(2).as<float>().data(), *c = args.input(3).as<float>().data();
  float* y = args.output(0).as<float>().data();
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::int64_t t = backwards ? steps - 1 - step : step;
    float *next_h = y + 2 * t * states, *next_c = next_h + states;
    for (std::int64_t k = 0; k < states; ++k) {
      const std::int64_t b = k / hidden, unit = k % hidden;
      const auto gate = [&](std::int64_t index) {
        const std::int64_t column = index * hidden + unit;
        double sum = sums[(t * batch + b) * 4 * hidden + column];
        for (std::int64_t from = 0; from < hidden; ++from)
          sum += static_cast<double>(h[b * hidden + from]) * static_cast<double>(w[from * 4 * hidden + column]);
        return static_cast<float>(sum);
      };
      next_c[k] = sigmoid(gate(2)) * c[k] + sigmoid(gate(0)) * std::tanh(gate(3));
      next_h[k] = sigmoid(gate(1)) * std::tanh(next_c[k]);
    }
    h = next_h;
    c = next_c;
  }
  return {};
}

}  // namespace

extern const Operator kHedgeLstm;
const Operator kHedgeLstm = {
    .domain = kHedgeDomain, .name = "Lstm", .inputs_min = 4, .inputs_max = 4, .infer = infer_lstm, .run = run_lstm};

}  // namespace hedge::op

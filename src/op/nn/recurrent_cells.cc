// RNN, GRU, LSTM: the arithmetic of one step; nn/recurrent.h walks through time.
#include <algorithm>

#include "op/nn/recurrent.h"

namespace hedge::op {
namespace {

/// What a cell needs beside the state.
struct Cell {
  const RunArgs& args;
  RecurrentSize size;
  std::array<std::array<Gate, 3>, 2> gates;
  float* work;  ///< gate sums, 8 * hidden floats at most
  bool linear_before_reset = false;
  bool couple_input_forget = false;

  const float* matrix(int input, int direction, int gate_count, std::int64_t columns) const {
    return args.input(input).as<float>().data() + direction * gate_count * size.hidden * columns;
  }
  /// Bias `half` 0: of W, 1: of R; null where there is none.
  const float* bias(int direction, int gate_count, int half) const {
    if (!args.has_input(3)) return nullptr;
    return args.input(3).as<float>().data() + (direction * 2 + half) * gate_count * size.hidden;
  }
  /// work[k] = both biases (or only W's), then W.x.
  void begin_sums(const RecurrentStep& step, int gate_count, bool both) const {
    const std::int64_t rows = gate_count * size.hidden;
    const float *wb = bias(step.direction, gate_count, 0), *rb = bias(step.direction, gate_count, 1);
    for (std::int64_t k = 0; k < rows; ++k) work[k] = wb == nullptr ? 0.0f : both ? wb[k] + rb[k] : wb[k];
    add_rows(matrix(1, step.direction, gate_count, size.input), rows, size.input, step.x, work);
  }
};

void rnn_cell(const void* context, const RecurrentStep& step) {
  const Cell& cell = *static_cast<const Cell*>(context);
  cell.begin_sums(step, 1, true);
  add_rows(cell.matrix(2, step.direction, 1, cell.size.hidden), cell.size.hidden, cell.size.hidden, step.h, cell.work);
  const Gate& f = cell.gates[static_cast<std::size_t>(step.direction)][0];
  for (std::int64_t k = 0; k < cell.size.hidden; ++k) step.h[k] = f(cell.work[k]);
}

/// Gates in ONNX's order z (update), r (reset), h (candidate).
void gru_cell(const void* context, const RecurrentStep& step) {
  const Cell& cell = *static_cast<const Cell*>(context);
  const std::int64_t hidden = cell.size.hidden;
  const auto& [f, g, unused] = cell.gates[static_cast<std::size_t>(step.direction)];
  const float* recurrence = cell.matrix(2, step.direction, 3, hidden);
  const float* recurrent_bias = cell.bias(step.direction, 3, 1);
  cell.begin_sums(step, 3, false);
  float *z = cell.work, *r = z + hidden, *candidate = r + hidden, *hidden_sum = candidate + hidden,
        *reset_h = hidden_sum + hidden;
  if (recurrent_bias != nullptr)
    for (std::int64_t k = 0; k < 2 * hidden; ++k) z[k] += recurrent_bias[k];
  add_rows(recurrence, 2 * hidden, hidden, step.h, z);
  for (std::int64_t k = 0; k < 2 * hidden; ++k) z[k] = f(z[k]);
  for (std::int64_t k = 0; k < hidden; ++k) {
    hidden_sum[k] = recurrent_bias != nullptr ? recurrent_bias[2 * hidden + k] : 0.0f;
    reset_h[k] = cell.linear_before_reset ? step.h[k] : r[k] * step.h[k];
  }
  add_rows(recurrence + 2 * hidden * hidden, hidden, hidden, reset_h, hidden_sum);
  for (std::int64_t k = 0; k < hidden; ++k) {
    const float from_state = cell.linear_before_reset ? r[k] * hidden_sum[k] : hidden_sum[k];
    step.h[k] = (1 - z[k]) * g(candidate[k] + from_state) + z[k] * step.h[k];
  }
}

/// Gates in ONNX's order i, o, f, c; peepholes P in order i, o, f.
void lstm_cell(const void* context, const RecurrentStep& step) {
  const Cell& cell = *static_cast<const Cell*>(context);
  const std::int64_t hidden = cell.size.hidden;
  const auto& [f, g, h] = cell.gates[static_cast<std::size_t>(step.direction)];
  cell.begin_sums(step, 4, true);
  add_rows(cell.matrix(2, step.direction, 4, hidden), 4 * hidden, hidden, step.h, cell.work);
  const float* peephole =
      cell.args.has_input(7) ? cell.args.input(7).as<float>().data() + step.direction * 3 * hidden : nullptr;
  const auto peek = [&](int gate, std::int64_t k, float state) {
    return peephole != nullptr ? peephole[gate * hidden + k] * state : 0.0f;
  };
  for (std::int64_t k = 0; k < hidden; ++k) {
    const float* sums = cell.work + k;
    const float input = f(sums[0] + peek(0, k, step.c[k]));
    const float forget = cell.couple_input_forget ? 1 - input : f(sums[2 * hidden] + peek(2, k, step.c[k]));
    const float state = forget * step.c[k] + input * g(sums[3 * hidden]);
    const float output = f(sums[hidden] + peek(1, k, state));
    step.c[k] = state;
    step.h[k] = output * h(state);
  }
}

constexpr std::size_t kWorkPerHidden = 8;

template <int kGates, int kOutputs>
Result<std::vector<TensorType>> infer(const InferArgs& args) {
  return infer_recurrent(args, kGates, kOutputs);
}

template <int kGates>
std::size_t scratch_bytes(const InferArgs& args) {
  const auto size = recurrent_size(args.attributes, args.inputs, kGates);
  return size ? recurrent_scratch(*size, kWorkPerHidden * static_cast<std::size_t>(size->hidden)) : 0;
}

Status run(const RunArgs& args, int gate_count, int function_count, const std::array<std::string_view, 3>& defaults,
           CellFn step) {
  std::array<TensorType, 8> types;
  for (std::size_t k = 0; k < args.inputs.size(); ++k) types[k] = args.inputs[k].type;
  const RecurrentSize size =
      TRY(recurrent_size(args.attributes, std::span<const TensorType>(types).first(args.inputs.size()), gate_count));
  Cell cell{.args = args, .size = size, .gates = {}, .work = nullptr};
  for (int direction = 0; direction < size.directions; ++direction)
    cell.gates[static_cast<std::size_t>(direction)] =
        TRY(gates_of(args.attributes, direction, function_count, defaults));
  cell.linear_before_reset = args.attributes.integer("linear_before_reset", 0) != 0;
  cell.couple_input_forget = args.attributes.integer("input_forget", 0) != 0;
  cell.work = args.scratch.take<float>(kWorkPerHidden * static_cast<std::size_t>(size.hidden)).data();
  return walk_recurrent(args, size, &cell, step);
}

}  // namespace

extern const Operator kRnn, kGru, kLstm;
const Operator kRnn = {.name = "RNN",
                       .inputs_min = 3,
                       .inputs_max = 6,
                       .outputs_min = 0,
                       .outputs_max = 2,
                       .opset_min = 7,
                       .infer = infer<1, 2>,
                       .run = [](const RunArgs& args) { return run(args, 1, 1, {"Tanh", "", ""}, rnn_cell); },
                       .scratch_bytes = scratch_bytes<1>};
const Operator kGru = {.name = "GRU",
                       .inputs_min = 3,
                       .inputs_max = 6,
                       .outputs_min = 0,
                       .outputs_max = 2,
                       .opset_min = 7,
                       .infer = infer<3, 2>,
                       .run = [](const RunArgs& args) { return run(args, 3, 2, {"Sigmoid", "Tanh", ""}, gru_cell); },
                       .scratch_bytes = scratch_bytes<3>};
const Operator kLstm = {
    .name = "LSTM",
    .inputs_min = 3,
    .inputs_max = 8,
    .outputs_min = 0,
    .outputs_max = 3,
    .opset_min = 7,
    .infer = infer<4, 3>,
    .run = [](const RunArgs& args) { return run(args, 4, 3, {"Sigmoid", "Tanh", "Tanh"}, lstm_cell); },
    .scratch_bytes = scratch_bytes<4>};

}  // namespace hedge::op

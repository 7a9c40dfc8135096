// What RNN, GRU and LSTM share: operand layout, directions, activations and the walk through time.
// https://onnx.ai/onnx/operators/onnx__LSTM.html
#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "op/operator.h"

namespace hedge::op {

struct RecurrentSize {
  std::int64_t steps = 0, batch = 0, input = 0, hidden = 0;
  int directions = 1;
  bool reverse = false;      ///< the only direction runs backwards
  bool batch_first = false;  ///< attribute layout = 1
};

/// Checks X, W [directions, gates*hidden, input], R, B and the states; `gates` is 1, 3 or 4.
Result<RecurrentSize> recurrent_size(const Attributes& attributes, std::span<const TensorType> inputs, int gates);

/// Output types Y, Y_h (and Y_c).
Result<std::vector<TensorType>> infer_recurrent(const InferArgs& args, int gates, int outputs);

/// Which function each gate uses; "Sigmoid", "Tanh", "Relu", ... with alpha and beta. Its input is clipped first.
using GateFunction = float (*)(float x, float alpha, float beta);
struct Gate {
  GateFunction function = nullptr;
  float alpha = 0, beta = 0;
  float clip = std::numeric_limits<float>::infinity();
  float operator()(float x) const { return function(std::clamp(x, -clip, clip), alpha, beta); }
};
/// `count` gates of direction `direction`, from attribute activations or `defaults`.
Result<std::array<Gate, 3>> gates_of(const Attributes& attributes, int direction, int count,
                                     const std::array<std::string_view, 3>& defaults);

/// One step's inputs of one sequence in one direction, resolved to pointers.
struct RecurrentStep {
  const float* x;  ///< [input]
  float* h;        ///< [hidden]: the state, updated in place
  float* c;        ///< [hidden]: LSTM's cell, or null
  int direction;
};

/// Walks all directions, sequences and steps; cell(step) updates the state in `h` (and `c`), which is then written to
/// Y. States begin from initial_h (and initial_c) and end in Y_h (and Y_c). Scratch: see recurrent_scratch.
using CellFn = void (*)(const void* context, const RecurrentStep& step);
Status walk_recurrent(const RunArgs& args, const RecurrentSize& size, const void* context, CellFn cell);

/// Bytes of scratch for walk_recurrent and for `floats` values of the cell's own.
std::size_t recurrent_scratch(const RecurrentSize& size, std::size_t floats);

/// out[g] = W[g] . x + bias[g] for `rows` rows of a [rows, columns] matrix.
void add_rows(const float* matrix, std::int64_t rows, std::int64_t columns, const float* x, float* out);

}  // namespace hedge::op

// What convolutions, matrix products and recurrences of floats have in common: rows of a times panels of weights. An
// instruction set compiles it once (product_f32_*.cc); the kernels call it.
#pragma once

#include "kernel/params.h"
#include "kernel/slice.h"

namespace hedge::kernel {

struct ProductTile {
  const float* a;  ///< rows, `a_pitch` elements apart
  int64_t a_pitch;
  int64_t a_run;    ///< a row of a is k / a_run runs of a_run floats,
  int64_t a_jump;   ///< whose beginnings lie a_jump apart
  const float* w;   ///< first panel
  int64_t w_pitch;  ///< elements between k and k + 1: 16 packed, n for a row-major matrix
  int64_t w_panel;  ///< elements between panels of 16 columns
  int64_t k;
  float* y;
  int64_t y_pitch;
  const float* bias;      ///< of the first column, or null
  const float* residual;  ///< of the first element, pitch as y, or null
  int64_t columns;        ///< valid ones; the last vector may be partial
};

}  // namespace hedge::kernel

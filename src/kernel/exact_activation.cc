#include "kernel/exact_activation.h"

#include "kernel/scalar/vec.h"
// The vector type comes first: the functions are written on it.
#include "kernel/simd/functions.h"

namespace hedge::kernel {

float exact_activation(Activation activation, float x, float alpha, float beta) {
  return activate({.activation = activation, .alpha = alpha, .beta = beta, .residual_last = false}, x);
}

}  // namespace hedge::kernel

// The activation functions bit for bit as the vector kernels compute them: integer networks are defined by these
// (docs/int8.md), where kernel/activation.h's apply() is what they approximate.
#pragma once

#include "kernel/activation.h"

namespace hedge::kernel {

/// The operations of kernel/simd/functions.h on one float. The same bits as AVX2 and AVX-512 for every x, subnormal
/// ones included; where subnormals are flushed, one that is given or made counts as zero.
float exact_activation(Activation activation, float x, float alpha, float beta);

}  // namespace hedge::kernel

// The numbers of kernel/activation.h, whose library headers a file built for one instruction set must not include.
// table.cc does not compile if the two drift apart.
#pragma once

#include <stdint.h>

namespace hedge::kernel {

inline constexpr uint8_t kActivationNone = 0, kActivationRelu = 1, kActivationClip = 2, kActivationLeakyRelu = 3,
                         kActivationSigmoid = 4, kActivationSilu = 5, kActivationHardSigmoid = 6,
                         kActivationHardSwish = 7, kActivationTanh = 8, kActivationGelu = 9;

}  // namespace hedge::kernel

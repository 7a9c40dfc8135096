// Functions of a byte, by VPERMI2B.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx512vbmi/look_up.h"
#include "kernel/simd/qtable.h"

namespace hedge::kernel {

void qtable_u8_avx512vbmi(const QTableParams& params, const QTableArgs& args, Slice slice);
void qtable_u8_avx512vbmi(const QTableParams& params, const QTableArgs& args, Slice slice) {
  ::qtable(params, args, slice);
}

}  // namespace hedge::kernel

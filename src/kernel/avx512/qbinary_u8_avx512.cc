// Sums and products of bytes.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/qbinary.h"

namespace hedge::kernel {

void qbinary_u8_avx512(const QBinaryParams& params, const QBinaryArgs& args, Slice slice);
void qbinary_u8_avx512(const QBinaryParams& params, const QBinaryArgs& args, Slice slice) {
  ::qbinary(params, args, slice);
}

}  // namespace hedge::kernel

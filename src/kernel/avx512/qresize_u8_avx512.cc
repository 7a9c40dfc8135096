// Resizing of bytes.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/qresize.h"

namespace hedge::kernel {

void qresize_u8_avx512(const QResizeParams& params, const QResizeArgs& args, Slice slice);
void qresize_u8_avx512(const QResizeParams& params, const QResizeArgs& args, Slice slice) {
  ::qresize(params, args, slice);
}

}  // namespace hedge::kernel

// Pooling of bytes.
#include "kernel/avx2/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/qpool.h"

namespace hedge::kernel {

void qpool_u8_avx2(const QPoolParams& params, const QPoolArgs& args, Slice slice);
void qpool_u8_avx2(const QPoolParams& params, const QPoolArgs& args, Slice slice) { ::qpool(params, args, slice); }

}  // namespace hedge::kernel

// Pooling of bytes.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/qpool.h"

namespace hedge::kernel {

void qpool_u8_avx512(const QPoolParams& params, const QPoolArgs& args, Slice slice);
void qpool_u8_avx512(const QPoolParams& params, const QPoolArgs& args, Slice slice) { ::qpool(params, args, slice); }

}  // namespace hedge::kernel

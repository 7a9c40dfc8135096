// Maximum and average pooling.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/pointwise.h"

namespace hedge::kernel {

void pool_f32_avx2(const PoolParams& params, const PoolArgs& args, Slice slice);
void pool_f32_avx2(const PoolParams& params, const PoolArgs& args, Slice slice) { ::pool(params, args, slice); }

}  // namespace hedge::kernel

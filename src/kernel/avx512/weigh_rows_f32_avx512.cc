// Rows of a picture summed by weights.
#include "kernel/avx512/vec.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/weigh_rows.h"

namespace hedge::kernel {

void weigh_rows_f32_avx512(const WeighRowsParams& params, const WeighRowsArgs& args, Slice slice);
void weigh_rows_f32_avx512(const WeighRowsParams& params, const WeighRowsArgs& args, Slice slice) {
  ::weigh_rows(params, args, slice);
}

}  // namespace hedge::kernel

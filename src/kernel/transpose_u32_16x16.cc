// Transposition in blocks of 16x16: one cache line of the source and of the target at a time.
#include "kernel/params.h"
#include "kernel/slice.h"

namespace hedge::kernel {

void transpose_u32_16x16(const TransposeParams& params, const TransposeArgs& args, Slice slice);

void transpose_u32_16x16(const TransposeParams& params, const TransposeArgs& args, Slice slice) {
  constexpr std::int64_t kBlock = 16;
  const Range blocks = share(params.batch * ((params.rows + kBlock - 1) / kBlock), slice);
  const std::int64_t per_batch = (params.rows + kBlock - 1) / kBlock;
  for (std::int64_t block = blocks.begin; block < blocks.end; ++block) {
    const std::int64_t batch = block / per_batch, row_begin = block % per_batch * kBlock;
    const std::int64_t row_end = row_begin + kBlock < params.rows ? row_begin + kBlock : params.rows;
    const std::uint32_t* x = static_cast<const std::uint32_t*>(args.x) + batch * params.rows * params.columns;
    std::uint32_t* y = static_cast<std::uint32_t*>(args.y) + batch * params.rows * params.columns;
    for (std::int64_t column_begin = 0; column_begin < params.columns; column_begin += kBlock) {
      const std::int64_t column_end = column_begin + kBlock < params.columns ? column_begin + kBlock : params.columns;
      for (std::int64_t column = column_begin; column < column_end; ++column)
        for (std::int64_t row = row_begin; row < row_end; ++row)
          y[column * params.rows + row] = x[row * params.columns + column];
    }
  }
}

}  // namespace hedge::kernel

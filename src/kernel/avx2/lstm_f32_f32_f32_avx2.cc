// The recurrence of an LSTM.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/avx2/product.h"
#include "kernel/simd/lstm.h"

namespace hedge::kernel {

void lstm_f32_f32_f32_avx2(const LstmParams& params, const LstmArgs& args, Slice slice);
void lstm_f32_f32_f32_avx2(const LstmParams& params, const LstmArgs& args, Slice slice) { ::lstm(params, args, slice); }

}  // namespace hedge::kernel

// Dense and grouped convolution of bytes by VPDPBUSD, tables by VPERMI2B: tiles of 14 pixels x 32 filters, or 6 x 64.
#include "kernel/avx512vnni/table_by.h"
#include "kernel/slice.h"

namespace hedge::kernel {

void qconv_u8_s8_u8_14x32_avx512vbmi(const QConvParams& params, const QConvArgs& args, Slice slice);
void qconv_u8_s8_u8_14x32_avx512vbmi(const QConvParams& params, const QConvArgs& args, Slice slice) {
  qconv_u8_s8_u8_14x32_avx512(params, args, TableBy::kPermutes, slice);
}

}  // namespace hedge::kernel

// Depthwise convolution of bytes by VPDPBUSD, tables by VPERMI2B, taps interleaved in quads.
#include "kernel/avx512vnni/table_by.h"
#include "kernel/slice.h"

namespace hedge::kernel {

void qdepthwise_u8_s8_u8_2x64_avx512vbmi(const QConvParams& params, const QConvArgs& args, Slice slice);
void qdepthwise_u8_s8_u8_2x64_avx512vbmi(const QConvParams& params, const QConvArgs& args, Slice slice) {
  qdepthwise_u8_s8_u8_2x64_avx512(params, args, TableBy::kPermutes, slice);
}

}  // namespace hedge::kernel

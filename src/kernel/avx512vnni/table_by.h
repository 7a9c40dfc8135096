// The convolutions of bytes of both AVX-512 families, avx512vnni and avx512vbmi: they differ in how a table is looked
// into, and nowhere else.
#pragma once

#include "kernel/params.h"

namespace hedge::kernel {

enum class TableBy : uint8_t { kShuffles, kPermutes };  ///< kPermutes needs AVX-512 VBMI

void qconv_u8_s8_u8_14x32_avx512(const QConvParams& params, const QConvArgs& args, TableBy by, Slice slice);
void qdepthwise_u8_s8_u8_2x64_avx512(const QConvParams& params, const QConvArgs& args, TableBy by, Slice slice);

}  // namespace hedge::kernel

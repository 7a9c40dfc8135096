#include "kernel/table.h"

#include <algorithm>
#include <initializer_list>

#include "kernel/qconv_layout.h"
#include "kernel/simd/activation_values.h"

namespace hedge::kernel {

// activation_values.h restates the enumeration for files that may not include activation.h.
static_assert(kActivationNone == static_cast<std::uint8_t>(Activation::kNone));
static_assert(kActivationRelu == static_cast<std::uint8_t>(Activation::kRelu));
static_assert(kActivationClip == static_cast<std::uint8_t>(Activation::kClip));
static_assert(kActivationLeakyRelu == static_cast<std::uint8_t>(Activation::kLeakyRelu));
static_assert(kActivationSigmoid == static_cast<std::uint8_t>(Activation::kSigmoid));
static_assert(kActivationSilu == static_cast<std::uint8_t>(Activation::kSilu));
static_assert(kActivationHardSigmoid == static_cast<std::uint8_t>(Activation::kHardSigmoid));
static_assert(kActivationHardSwish == static_cast<std::uint8_t>(Activation::kHardSwish));
static_assert(kActivationTanh == static_cast<std::uint8_t>(Activation::kTanh));
static_assert(kActivationGelu == static_cast<std::uint8_t>(Activation::kGelu));

#if defined(__x86_64__)
#define HEDGE_DECLARE(name, Params, Args) void name(const Params&, const Args&, Slice)
HEDGE_DECLARE(conv_f32_f32_f32_12x32_avx512, ConvParams, ConvArgs);
HEDGE_DECLARE(conv_f32_f32_f32_6x16_avx2, ConvParams, ConvArgs);
HEDGE_DECLARE(qdepthwise_u8_s8_u8_2x64_avx512vbmi, QConvParams, QConvArgs);
HEDGE_DECLARE(qdepthwise_u8_s8_u8_2x64_avx512vnni, QConvParams, QConvArgs);
HEDGE_DECLARE(qdepthwise_u8_s8_u8_2x32_avxvnni, QConvParams, QConvArgs);
HEDGE_DECLARE(qdepthwise_u8_s8_u8_1x32_avx2, QConvParams, QConvArgs);
HEDGE_DECLARE(qconv_u8_s8_u8_14x32_avx512vbmi, QConvParams, QConvArgs);
HEDGE_DECLARE(qconv_u8_s8_u8_14x32_avx512vnni, QConvParams, QConvArgs);
HEDGE_DECLARE(qconv_u8_s8_u8_6x16_avxvnni, QConvParams, QConvArgs);
HEDGE_DECLARE(qconv_u8_s8_u8_4x16_avx2, QConvParams, QConvArgs);
HEDGE_DECLARE(depthwise_f32_f32_f32_4x32_avx512, ConvParams, ConvArgs);
HEDGE_DECLARE(depthwise_f32_f32_f32_2x16_avx2, ConvParams, ConvArgs);
HEDGE_DECLARE(qtable_u8_avx512vbmi, QTableParams, QTableArgs);
HEDGE_DECLARE(qtable_u8_avx2, QTableParams, QTableArgs);
HEDGE_DECLARE(qbinary_u8_avx512, QBinaryParams, QBinaryArgs);
HEDGE_DECLARE(qbinary_u8_avx2, QBinaryParams, QBinaryArgs);
HEDGE_DECLARE(qpool_u8_avx512, QPoolParams, QPoolArgs);
HEDGE_DECLARE(qpool_u8_avx2, QPoolParams, QPoolArgs);
HEDGE_DECLARE(quantize_f32_u8_avx512, QuantizeParams, QuantizeArgs);
HEDGE_DECLARE(quantize_f32_u8_avx2, QuantizeParams, QuantizeArgs);
HEDGE_DECLARE(qpixels_f32_u8_avx512, QPixelsParams, QuantizeArgs);
HEDGE_DECLARE(qpixels_f32_u8_avx2, QPixelsParams, QuantizeArgs);
HEDGE_DECLARE(dequantize_u8_f32_avx512, QuantizeParams, DequantizeArgs);
HEDGE_DECLARE(dequantize_u8_f32_avx2, QuantizeParams, DequantizeArgs);
HEDGE_DECLARE(gemm_f32_f32_f32_12x32_avx512, GemmParams, GemmArgs);
HEDGE_DECLARE(gemm_f32_f32_f32_6x16_avx2, GemmParams, GemmArgs);
HEDGE_DECLARE(matmul_f32_f32_f32_12x32_avx512, MatMulParams, MatMulArgs);
HEDGE_DECLARE(matmul_f32_f32_f32_6x16_avx2, MatMulParams, MatMulArgs);
HEDGE_DECLARE(pool_f32_avx512, PoolParams, PoolArgs);
HEDGE_DECLARE(pool_f32_avx2, PoolParams, PoolArgs);
HEDGE_DECLARE(unary_f32_avx512, UnaryParams, UnaryArgs);
HEDGE_DECLARE(unary_f32_avx2, UnaryParams, UnaryArgs);
HEDGE_DECLARE(binary_f32_avx512, BinaryParams, BinaryArgs);
HEDGE_DECLARE(binary_f32_avx2, BinaryParams, BinaryArgs);
HEDGE_DECLARE(resize_f32_avx512, ResizeParams, ResizeArgs);
HEDGE_DECLARE(resize_f32_avx2, ResizeParams, ResizeArgs);
HEDGE_DECLARE(qresize_u8_avx512, QResizeParams, QResizeArgs);
HEDGE_DECLARE(qresize_u8_avx2, QResizeParams, QResizeArgs);
HEDGE_DECLARE(softmax_f32_avx512, SoftmaxParams, SoftmaxArgs);
HEDGE_DECLARE(softmax_f32_avx2, SoftmaxParams, SoftmaxArgs);
HEDGE_DECLARE(lstm_f32_f32_f32_avx512, LstmParams, LstmArgs);
HEDGE_DECLARE(lstm_f32_f32_f32_avx2, LstmParams, LstmArgs);
HEDGE_DECLARE(transpose_u8_16x16_avx2, TransposeParams, TransposeArgs);
HEDGE_DECLARE(transpose_u32_8x8_avx2, TransposeParams, TransposeArgs);
HEDGE_DECLARE(shuffle_u8_avx512vbmi, ShuffleParams, ShuffleArgs);
HEDGE_DECLARE(shuffle_u8_avx2, ShuffleParams, ShuffleArgs);
#undef HEDGE_DECLARE
#endif
void unary_f32_scalar(const UnaryParams&, const UnaryArgs&, Slice);
void softmax_f32_scalar(const SoftmaxParams&, const SoftmaxArgs&, Slice);
void transpose_u32_16x16(const TransposeParams&, const TransposeArgs&, Slice);

namespace {

constexpr IsaSet set_of(std::initializer_list<Isa> all) {
  IsaSet set;
  for (const Isa isa : all) set.bits |= static_cast<std::uint32_t>(isa);
  return set;
}
constexpr IsaSet kAvx2Set = set_of({Isa::kAvx2}), kAvxVnniSet = set_of({Isa::kAvx2, Isa::kAvxVnni}),
                 kAvx512Set = set_of({Isa::kAvx512}), kVnniSet = set_of({Isa::kAvx512, Isa::kAvx512Vnni}),
                 kVbmiSet = set_of({Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAvx512Vbmi});

template <class Params>
const char* takes_all(const Params&) {
  return nullptr;
}

template <class Params>
const char* not_depthwise(const Params& p) {
  return is_depthwise(p) ? nullptr : "not depthwise: its channels mix or multiply";
}

[[maybe_unused]] const char* no_bytes(const TransposeParams& p) {
  return p.element_size == 1 ? nullptr : "elements are not bytes";
}
const char* no_words(const TransposeParams& p) {
  return p.element_size == 4 ? nullptr : "elements are not 32 bits wide";
}

[[maybe_unused]] const char* many_channels(const QPixelsParams& p) {
  return p.channels <= 4 ? nullptr : "a pixel of more than four channels";
}

const char* no_byte_depthwise(const QConvParams& p) {
  return p.epilogue.real ? "its values are f32, not bytes" : not_depthwise(p);
}

}  // namespace

// Other processors have the reference only, until their folder stands beside avx2 and avx512.
#if defined(__x86_64__)
#define HEDGE_TABLE(Type, ...)                      \
  static constexpr Type kKernels[] = {__VA_ARGS__}; \
  return kKernels
#else
#define HEDGE_TABLE(Type, ...) \
  return {}
#endif

std::span<const ConvKernel> conv_kernels() {
  HEDGE_TABLE(ConvKernel,
              {"depthwise_f32_f32_f32_4x32_avx512", kAvx512Set, "", not_depthwise, depthwise_f32_f32_f32_4x32_avx512},
              {"depthwise_f32_f32_f32_2x16_avx2", kAvx2Set, "", not_depthwise, depthwise_f32_f32_f32_2x16_avx2},
              {"conv_f32_f32_f32_12x32_avx512", kAvx512Set, "panel16", takes_all, conv_f32_f32_f32_12x32_avx512},
              {"conv_f32_f32_f32_6x16_avx2", kAvx2Set, "panel16", takes_all, conv_f32_f32_f32_6x16_avx2});
}

std::span<const QConvKernel> qconv_kernels() {
  HEDGE_TABLE(
      QConvKernel,
      {"qdepthwise_u8_s8_u8_2x64_avx512vbmi", kVbmiSet, "taps16", no_byte_depthwise,
       qdepthwise_u8_s8_u8_2x64_avx512vbmi},
      {"qdepthwise_u8_s8_u8_2x64_avx512vnni", kVnniSet, "taps16", no_byte_depthwise,
       qdepthwise_u8_s8_u8_2x64_avx512vnni},
      {"qdepthwise_u8_s8_u8_2x32_avxvnni", kAvxVnniSet, "taps8", no_byte_depthwise, qdepthwise_u8_s8_u8_2x32_avxvnni},
      {"qdepthwise_u8_s8_u8_1x32_avx2", kAvx2Set, "taps8_i16", no_byte_depthwise, qdepthwise_u8_s8_u8_1x32_avx2},
      {"qconv_u8_s8_u8_14x32_avx512vbmi", kVbmiSet, "quads16", takes_all, qconv_u8_s8_u8_14x32_avx512vbmi},
      {"qconv_u8_s8_u8_14x32_avx512vnni", kVnniSet, "quads16", takes_all, qconv_u8_s8_u8_14x32_avx512vnni},
      {"qconv_u8_s8_u8_6x16_avxvnni", kAvxVnniSet, "quads16", takes_all, qconv_u8_s8_u8_6x16_avxvnni},
      {"qconv_u8_s8_u8_4x16_avx2", kAvx2Set, "quads8_i16", takes_all, qconv_u8_s8_u8_4x16_avx2});
}

std::span<const QTableKernel> qtable_kernels() {
  HEDGE_TABLE(QTableKernel, {"qtable_u8_avx512vbmi", kVbmiSet, "", takes_all, qtable_u8_avx512vbmi},
              {"qtable_u8_avx2", kAvx2Set, "", takes_all, qtable_u8_avx2});
}

std::span<const QBinaryKernel> qbinary_kernels() {
  HEDGE_TABLE(QBinaryKernel, {"qbinary_u8_avx512", kAvx512Set, "", takes_all, qbinary_u8_avx512},
              {"qbinary_u8_avx2", kAvx2Set, "", takes_all, qbinary_u8_avx2});
}

std::span<const QPoolKernel> qpool_kernels() {
  HEDGE_TABLE(QPoolKernel, {"qpool_u8_avx512", kAvx512Set, "", takes_all, qpool_u8_avx512},
              {"qpool_u8_avx2", kAvx2Set, "", takes_all, qpool_u8_avx2});
}

std::span<const QuantizeKernel> quantize_kernels() {
  HEDGE_TABLE(QuantizeKernel, {"quantize_f32_u8_avx512", kAvx512Set, "", takes_all, quantize_f32_u8_avx512},
              {"quantize_f32_u8_avx2", kAvx2Set, "", takes_all, quantize_f32_u8_avx2});
}

std::span<const QPixelsKernel> qpixels_kernels() {
  HEDGE_TABLE(QPixelsKernel, {"qpixels_f32_u8_avx512", kAvx512Set, "", many_channels, qpixels_f32_u8_avx512},
              {"qpixels_f32_u8_avx2", kAvx2Set, "", many_channels, qpixels_f32_u8_avx2});
}

std::span<const DequantizeKernel> dequantize_kernels() {
  HEDGE_TABLE(DequantizeKernel, {"dequantize_u8_f32_avx512", kAvx512Set, "", takes_all, dequantize_u8_f32_avx512},
              {"dequantize_u8_f32_avx2", kAvx2Set, "", takes_all, dequantize_u8_f32_avx2});
}

std::span<const GemmKernel> gemm_kernels() {
  HEDGE_TABLE(GemmKernel,
              {"gemm_f32_f32_f32_12x32_avx512", kAvx512Set, "panel16", takes_all, gemm_f32_f32_f32_12x32_avx512},
              {"gemm_f32_f32_f32_6x16_avx2", kAvx2Set, "panel16", takes_all, gemm_f32_f32_f32_6x16_avx2});
}

std::span<const MatMulKernel> matmul_kernels() {
  HEDGE_TABLE(MatMulKernel,
              {"matmul_f32_f32_f32_12x32_avx512", kAvx512Set, "", takes_all, matmul_f32_f32_f32_12x32_avx512},
              {"matmul_f32_f32_f32_6x16_avx2", kAvx2Set, "", takes_all, matmul_f32_f32_f32_6x16_avx2});
}

std::span<const PoolKernel> pool_kernels() {
  HEDGE_TABLE(PoolKernel, {"pool_f32_avx512", kAvx512Set, "", takes_all, pool_f32_avx512},
              {"pool_f32_avx2", kAvx2Set, "", takes_all, pool_f32_avx2});
}

std::span<const BinaryKernel> binary_kernels() {
  HEDGE_TABLE(BinaryKernel, {"binary_f32_avx512", kAvx512Set, "", takes_all, binary_f32_avx512},
              {"binary_f32_avx2", kAvx2Set, "", takes_all, binary_f32_avx2});
}

std::span<const ResizeKernel> resize_kernels() {
  HEDGE_TABLE(ResizeKernel, {"resize_f32_avx512", kAvx512Set, "", takes_all, resize_f32_avx512},
              {"resize_f32_avx2", kAvx2Set, "", takes_all, resize_f32_avx2});
}

std::span<const QResizeKernel> qresize_kernels() {
  HEDGE_TABLE(QResizeKernel, {"qresize_u8_avx512", kAvx512Set, "", takes_all, qresize_u8_avx512},
              {"qresize_u8_avx2", kAvx2Set, "", takes_all, qresize_u8_avx2});
}

std::span<const LstmKernel> lstm_kernels() {
  HEDGE_TABLE(LstmKernel, {"lstm_f32_f32_f32_avx512", kAvx512Set, "panel16", takes_all, lstm_f32_f32_f32_avx512},
              {"lstm_f32_f32_f32_avx2", kAvx2Set, "panel16", takes_all, lstm_f32_f32_f32_avx2});
}

std::span<const ShuffleKernel> shuffle_kernels() {
  HEDGE_TABLE(ShuffleKernel, {"shuffle_u8_avx512vbmi", kVbmiSet, "", takes_all, shuffle_u8_avx512vbmi},
              {"shuffle_u8_avx2", kAvx2Set, "", takes_all, shuffle_u8_avx2});
}
#undef HEDGE_TABLE

// Functions whose last bit the C library leaves open end in a scalar kernel that has the vectors' bits: an integer
// network's float ends then answer the same on every machine, and HEDGE_ISA=ref too.
std::span<const UnaryKernel> unary_kernels() {
  static constexpr UnaryKernel kKernels[] = {
#if defined(__x86_64__)
      {"unary_f32_avx512", kAvx512Set, "", takes_all, unary_f32_avx512},
      {"unary_f32_avx2", kAvx2Set, "", takes_all, unary_f32_avx2},
#endif
      {"unary_f32_scalar", {}, "", takes_all, unary_f32_scalar}};
  return kKernels;
}

std::span<const SoftmaxKernel> softmax_kernels() {
  static constexpr SoftmaxKernel kKernels[] = {
#if defined(__x86_64__)
      {"softmax_f32_avx512", kAvx512Set, "", takes_all, softmax_f32_avx512},
      {"softmax_f32_avx2", kAvx2Set, "", takes_all, softmax_f32_avx2},
#endif
      {"softmax_f32_scalar", {}, "", takes_all, softmax_f32_scalar}};
  return kKernels;
}

std::span<const TransposeKernel> transpose_kernels() {
  static constexpr TransposeKernel kKernels[] = {
#if defined(__x86_64__)
      {"transpose_u8_16x16_avx2", kAvx2Set, "", no_bytes, transpose_u8_16x16_avx2},
      {"transpose_u32_8x8_avx2", kAvx2Set, "", no_words, transpose_u32_8x8_avx2},
#endif
      {"transpose_u32_16x16", {}, "", no_words, transpose_u32_16x16}};
  return kKernels;
}

std::size_t conv_scratch_floats(const ConvParams& p) {
  if (p.is_pointwise()) return 0;
  // The larger of the budget and one tile of the tallest kernel; simd/conv.h panel_rows().
  constexpr std::int64_t kTallestTile = 12;
  return static_cast<std::size_t>(std::max(kConvScratchFloats, kTallestTile * p.depth()));
}

std::size_t qconv_scratch_bytes(const QConvParams& p) {
  std::int64_t words = 0, bytes = 3 * p.in_c + 4;  // the last pixels of a pointwise convolution
  if (!p.is_pointwise()) {
    const QConvLines lines = qconv_lines(p);
    words = lines.band * quad_runs(p).count + lines.ring;
    bytes = (lines.ring + 1) * lines.line_bytes;
  }
  if (is_depthwise(p)) {
    words = std::max(words, (kDepthwiseBand + 1) * tap_quads(p) * 4);  // pointers to taps, or to lines
    bytes = std::max(bytes, p.in_w * p.x_pitch);
    const DepthwiseColumns columns = depthwise_columns(p);
    if (goes_by_columns(p)) bytes += 64 + columns.weight_bytes(p) + columns.buffer_bytes(p);
  }
  return static_cast<std::size_t>(words) * sizeof(std::int64_t) + static_cast<std::size_t>(bytes);
}

}  // namespace hedge::kernel

// The kernels of each family, best first: an ordered table instead of scattered conditions. The last resort of every
// operator, its reference, is not here: it belongs to the operator (op/operator.h). docs/adr/0001.
#pragma once

#include <cstddef>
#include <span>

#include "kernel/activation.h"
#include "kernel/isa.h"
#include "kernel/params.h"
#include "kernel/slice.h"

namespace hedge::kernel {

template <class Params, class Args>
struct Kernel {
  const char* name;  ///< of the function, of its file, in the plan's dump and in the bench
  IsaSet needs;
  const char* packing;                     ///< of the weights: "panel16", "quads16", ...; "": weights as they come
  const char* (*declines)(const Params&);  ///< why not this problem; null: it takes it
  void (*run)(const Params&, const Args&, Slice);
};

using ConvKernel = Kernel<ConvParams, ConvArgs>;
using QConvKernel = Kernel<QConvParams, QConvArgs>;
using QTableKernel = Kernel<QTableParams, QTableArgs>;
using QBinaryKernel = Kernel<QBinaryParams, QBinaryArgs>;
using QPoolKernel = Kernel<QPoolParams, QPoolArgs>;
using QuantizeKernel = Kernel<QuantizeParams, QuantizeArgs>;
using QPixelsKernel = Kernel<QPixelsParams, QuantizeArgs>;
using DequantizeKernel = Kernel<QuantizeParams, DequantizeArgs>;
using GemmKernel = Kernel<GemmParams, GemmArgs>;
using MatMulKernel = Kernel<MatMulParams, MatMulArgs>;
using PoolKernel = Kernel<PoolParams, PoolArgs>;
using UnaryKernel = Kernel<UnaryParams, UnaryArgs>;
using BinaryKernel = Kernel<BinaryParams, BinaryArgs>;
using ResizeKernel = Kernel<ResizeParams, ResizeArgs>;
using QResizeKernel = Kernel<QResizeParams, QResizeArgs>;
using SoftmaxKernel = Kernel<SoftmaxParams, SoftmaxArgs>;
using LstmKernel = Kernel<LstmParams, LstmArgs>;
using TransposeKernel = Kernel<TransposeParams, TransposeArgs>;
using ShuffleKernel = Kernel<ShuffleParams, ShuffleArgs>;

std::span<const ConvKernel> conv_kernels();
std::span<const QConvKernel> qconv_kernels();
std::span<const QTableKernel> qtable_kernels();
std::span<const QBinaryKernel> qbinary_kernels();
std::span<const QPoolKernel> qpool_kernels();
std::span<const QuantizeKernel> quantize_kernels();
std::span<const QPixelsKernel> qpixels_kernels();
std::span<const DequantizeKernel> dequantize_kernels();
std::span<const GemmKernel> gemm_kernels();
std::span<const MatMulKernel> matmul_kernels();
std::span<const PoolKernel> pool_kernels();
std::span<const UnaryKernel> unary_kernels();
std::span<const BinaryKernel> binary_kernels();
std::span<const ResizeKernel> resize_kernels();
std::span<const QResizeKernel> qresize_kernels();
std::span<const SoftmaxKernel> softmax_kernels();
std::span<const LstmKernel> lstm_kernels();
std::span<const TransposeKernel> transpose_kernels();
std::span<const ShuffleKernel> shuffle_kernels();

/// Floats of scratch that a convolution needs for each thread.
std::size_t conv_scratch_floats(const ConvParams& params);

/// Bytes of scratch that an integer convolution needs for each thread, whichever kernel runs it.
std::size_t qconv_scratch_bytes(const QConvParams& params);

/// Weights w [KH, KW, C/groups, OC] as the integer kernels of that packing take them (pack_qconv.cc says how).
void pack_qconv(const char* packing, const ConvShape& shape, const std::int8_t* w, std::int8_t* packed);
std::size_t packed_qconv_bytes(const char* packing, const ConvShape& shape);
/// The inverse: packing loses nothing, so a loader can pack anew for another processor.
void unpack_qconv(const char* packing, const ConvShape& shape, const std::int8_t* packed, std::int8_t* w);

/// Panels of 16 columns: [ceil(n / 16)][k][16] from row-major w [k, n] whose rows are `pitch` apart; padded with zeros.
void pack_panels(const float* w, std::int64_t k, std::int64_t n, std::int64_t pitch, float* packed);
std::size_t panel_floats(std::int64_t k, std::int64_t n);
void unpack_panels(const float* packed, std::int64_t k, std::int64_t n, std::int64_t pitch, float* w);

}  // namespace hedge::kernel

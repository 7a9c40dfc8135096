// What each kernel family computes: plain parameters, resolved pointers. No C++ library header is included here, since
// the files built for one instruction set include it (rule 10 of the architecture: such a file must not instantiate
// library code that the rest of the program shares).
#pragma once

#include <stddef.h>
#include <stdint.h>

// A member compiled for AVX-512 must never be the copy that the linker keeps for everybody, so none is ever emitted.
#define HEDGE_INLINE __attribute__((always_inline))

namespace hedge::kernel {

enum class Activation : uint8_t;
struct Slice;

/// The last step of convolutions and products: y = act(sum + bias + residual), or act(sum + bias) + residual.
struct Epilogue {
  Activation activation;
  float alpha, beta;
  bool residual_last;
};

/// Geometry of an NHWC convolution. Depthwise: groups == in_c == out_c.
struct ConvShape {
  int64_t batch, in_h, in_w, in_c, out_h, out_w, out_c;
  int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, groups;

  HEDGE_INLINE int64_t pixels() const { return batch * out_h * out_w; }
  HEDGE_INLINE int64_t group_in() const { return in_c / groups; }
  HEDGE_INLINE int64_t group_out() const { return out_c / groups; }
  HEDGE_INLINE int64_t depth() const { return kernel_h * kernel_w * group_in(); }  ///< products summed for one output
  /// Every output pixel reads one input pixel, in the same order: the input itself is the left matrix.
  HEDGE_INLINE bool is_pointwise() const {
    return kernel_h == 1 && kernel_w == 1 && stride_h == 1 && stride_w == 1 && pad_top == 0 && pad_left == 0 &&
           out_h == in_h && out_w == in_w;
  }
};
struct ConvParams : ConvShape {
  Epilogue epilogue;
};
struct ConvArgs {
  const float* x;
  const float* weights;   ///< as packed for the kernel
  const float* bias;      ///< [out_c] or null
  const float* residual;  ///< shaped as y, or null
  float* y;
  char* scratch;  ///< of this thread
};

/// y[m,n] = act(a[m,k] * w[k,n] + bias[n]).
struct GemmParams {
  int64_t m, n, k;
  Epilogue epilogue;
};
struct GemmArgs {
  const float* a;
  const float* weights;
  const float* bias;
  float* y;
};

/// The last step of an integer product: sums to bytes, in exactly this order (docs/int8.md).
struct QuantEpilogue {
  Activation activation;
  float alpha, beta;     ///< of the activation
  float residual_scale;  ///< of r - residual_zero, in the units in which it is added
  int32_t residual_zero;
  bool residual_last;  ///< added after the activation and the gain, else before
  int32_t y_zero, y_low, y_high;
  bool real;  ///< y is f32: the activated value itself, nothing after it
};

/// A second step that takes the bytes of the first as they are made: a factor and a shift for each channel, or the sum
/// with a second tensor (docs/int8.md, "Sequels"). Then the first has no table, and kSum has the residual.
enum class QSequel : uint8_t { kNone, kAffine, kSum };
struct QuantSequel {
  QSequel kind;
  float own_scale, residual_scale;  ///< kSum: of each operand over y's
  int32_t residual_zero;
  bool residual_first;  ///< kSum: the residual is operand a of QAdd, else b
  int32_t y_zero, y_low, y_high;
};

/// An affine sequel in one step, exactly (fold_affine.h), [out_c] each; null: there is none, or no such step.
struct FoldedAffine {
  const float *slope, *offset;
  const uint8_t *low, *high;
};

/// NHWC convolution of bytes: x u8, w i8, sums in i32, y u8. Pixels of x, y and residual may lie apart: a slice or a
/// part of a concatenation is a tensor with a pitch.
struct QConvParams : ConvShape {
  int32_t x_zero;                            ///< what a tap outside the image reads
  int64_t x_pitch, y_pitch, residual_pitch;  ///< bytes between pixels, at least those of the channels
  QuantEpilogue epilogue;
  QuantSequel sequel;
  FoldedAffine folded;

  HEDGE_INLINE int64_t y_size() const { return epilogue.real ? 4 : 1; }  ///< bytes of a channel of y
};
struct QConvArgs {
  const uint8_t* x;
  const int8_t* weights;    ///< as packed for the kernel
  const int32_t* bias;      ///< [out_c], the zero point of x already in it
  const float* scale;       ///< [out_c]
  const float* gain;        ///< [out_c] after the activation, or null
  const uint8_t* residual;  ///< shaped as y, or null; may be y itself
  const uint8_t* table;     ///< [256]: the last step of all, or null
  const int32_t* factor;    ///< [out_c] of an affine sequel, or null; so are shift and sequel_scale
  const int32_t* shift;
  const float* sequel_scale;
  uint8_t* y;     ///< f32 where the epilogue says so; then neither gain, residual nor table
  char* scratch;  ///< of this thread, aligned to 8 bytes
};

/// y = table[x] on bytes. Rows may lie apart: parts of a concatenation.
struct QTableParams {
  int64_t rows, columns;
  int64_t x_pitch, y_pitch;  ///< bytes between rows, at least the columns
};
struct QTableArgs {
  const uint8_t* x;
  const uint8_t* table;  ///< [256]
  uint8_t* y;
};

/// Sum or product of two tensors of bytes (docs/int8.md).
enum class QBinary : uint8_t { kAdd, kMul };
struct QBinaryParams {
  QBinary function;
  int64_t rows, columns;
  int64_t rows_per_b;  ///< rows of a that share one of b: 1, or an image's pixels where b is [N,1,1,C]
  int64_t a_pitch, b_pitch, y_pitch;
  int32_t a_zero, b_zero;
  float a_scale, b_scale;  ///< kAdd: of each operand over y's. kMul: a_scale alone, s_a * s_b / s_y
  int32_t y_zero, y_low, y_high;
};
struct QBinaryArgs {
  const uint8_t* a;
  const uint8_t* b;
  uint8_t* y;
};

/// NHWC pooling.
struct PoolParams {
  int64_t batch, in_h, in_w, channels, out_h, out_w;
  int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, pad_bottom, pad_right;
  bool average, count_include_pad;
};
struct PoolArgs {
  const float* x;
  float* y;
};

/// NHWC pooling of bytes. A maximum keeps the bytes' scale; an average may change it.
struct QPoolParams : PoolParams {
  int64_t x_pitch, y_pitch;
  int32_t x_zero;
  float scale;  ///< of x over y's
  int32_t y_zero, y_low, y_high;
};
struct QPoolArgs {
  const uint8_t* x;
  uint8_t* y;
};

/// ONNX's QuantizeLinear to u8 and DequantizeLinear from u8, one scale a tensor.
struct QuantizeParams {
  int64_t elements;
  float scale;
  int32_t zero;
};
struct QuantizeArgs {
  const float* x;
  uint8_t* y;
};
/// QuantizeLinear of an image of f32 planes to u8 pixels: [batch, channels, pixels] to [batch, pixels, channels].
struct QPixelsParams {
  int64_t batch, channels, pixels;
  float scale;
  int32_t zero;
};
struct DequantizeArgs {
  const uint8_t* x;
  float* y;
};

/// Batched y[b] = a[b] * w[b], both known only at run time, row-major. Batch strides in elements, 0 where broadcast.
struct MatMulParams {
  int64_t batch, m, n, k;
  int64_t a_batch, b_batch;
};
struct MatMulArgs {
  const float* a;
  const float* b;
  float* y;
};

enum class Unary : uint8_t { kActivation, kExp, kSqrt, kNeg, kAbs };
struct UnaryParams {
  int64_t elements;
  Unary function;
  Epilogue epilogue;  ///< kActivation: which, with alpha and beta
};
struct UnaryArgs {
  const float* x;
  float* y;
};

enum class Binary : uint8_t { kAdd, kSub, kMul, kDiv, kMin, kMax };
/// y is [outer, middle, inner]; an operand's stride is 0 along an axis where it is broadcast. Inner strides are 0 or 1.
struct BinaryParams {
  int64_t outer, middle, inner;
  int64_t a_outer, a_middle, a_inner;
  int64_t b_outer, b_middle, b_inner;
  Binary function;
};
struct BinaryArgs {
  const float* a;
  const float* b;
  float* y;
};

/// NHWC resize: one entry an output row or column, made when the step is bound.
struct ResizeTap {
  int32_t first, second;
  float weight;  ///< of the second
};
struct ResizeParams {
  int64_t batch, in_h, in_w, channels, out_h, out_w;
  const ResizeTap* rows;
  const ResizeTap* columns;
};
struct ResizeArgs {
  const float* x;
  float* y;
};

/// The same on bytes: the nearest pixel (`first`) as it is, or linear with a change of scale.
struct QResizeParams : ResizeParams {
  int64_t x_pitch, y_pitch;  ///< bytes between pixels
  bool linear;
  int32_t x_zero;
  float scale;  ///< of x over y's
  int32_t y_zero, y_low, y_high;
};
struct QResizeArgs {
  const uint8_t* x;
  uint8_t* y;
};

/// Softmax over the last axis of [rows, columns].
struct SoftmaxParams {
  int64_t rows, columns;
};
struct SoftmaxArgs {
  const float* x;
  float* y;
};

/// The recurrence of an LSTM: what its inputs and biases contribute is summed before, for all steps at once.
struct LstmParams {
  int64_t steps, batch, hidden;
  bool backwards;  ///< from the last step to the first
};
struct LstmArgs {
  const float* sums;     ///< [steps, batch, 4 * hidden]: gates i, o, f, c
  const float* weights;  ///< [hidden, 4 * hidden], packed
  const float* h;        ///< [batch, hidden]: the states before the first step
  const float* c;
  float* y;       ///< [steps, 2, batch, hidden]: h and c after each step
  char* scratch;  ///< [batch, 4 * hidden] floats
};

/// y[b][c][r] = x[b][r][c]: every transposition that swaps two blocks of axes.
struct TransposeParams {
  int64_t batch, rows, columns, element_size;
};
struct TransposeArgs {
  const void* x;
  void* y;
};

/// Movement of bytes. Each part of y is a grid of blocks; every block is the same shuffle of bytes of the sources,
/// spelled out once in chunks of a vector (shuffle_plan.h makes it). The last source is the parameters' own: what
/// padding reads.
inline constexpr int kShuffleSources = 8, kShuffleFill = 7, kShuffleAxes = 9;
struct ShuffleAxis {
  int64_t size, y_stride, x_stride[kShuffleSources];
};
/// Some bytes of one source that go to one chunk.
struct ShuffleWindow {
  alignas(64) uint8_t index[64];  ///< for each byte of the chunk its place in the window; 0x80: it is not from here
  uint64_t taken;                 ///< the bytes of the chunk that are from here
  int64_t offset, size;           ///< what is read: from the block's corner in the source on, no byte more
  int32_t source;
};
struct ShuffleChunk {
  int64_t offset, size;  ///< bytes of y, from the block's corner on; all of a vector, unless the block is smaller
  int32_t windows;       ///< follow those of the chunk before
};
struct ShufflePart {
  ShuffleAxis axes[kShuffleAxes];  ///< of the grid, the innermost last
  int32_t axis_count, chunk_count;
  const ShuffleChunk* chunks;
  const ShuffleWindow* windows;
  int64_t y_offset, x_offset[kShuffleSources];
};
struct ShuffleParams {
  const ShufflePart* parts;
  int64_t part_count;
  int64_t x_size[kShuffleSources];  ///< bytes of each source
  const uint8_t* fill;
};
struct ShuffleArgs {
  const uint8_t* x[kShuffleFill];
  uint8_t* y;
};

/// Width of a packed panel: weights are [ceil(n / 16)][k][16], zero-padded.
inline constexpr int64_t kPanel = 16;

/// What a convolution may gather at a time: a fifth of a megabyte stays in the second-level cache.
inline constexpr int64_t kConvScratchFloats = 48 * 1024;

}  // namespace hedge::kernel

// From sums to bytes, docs/int8.md: four vectors of sums at a time become one vector of bytes. Most steps have at most
// a residual between the scale and the clamp; theirs is inlined into the register tile. All others leave the tile
// through memory to one function.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/simd/to_bytes.h"

namespace {

using hedge::kernel::QConvArgs;
using hedge::kernel::QConvParams;
using hedge::kernel::QuantEpilogue;

/// What happens to scaled sums: rounding to the whole range of bytes from a zero point of 0; zero point and clamp;
/// these and then a table; or a residual before them. All of these need sums well within the integers. Or else
/// anything. Or nothing but the activation: the values stay real.
enum class Way : uint8_t { kRound, kClamp, kTable, kResidual, kAny, kReal };

/// The largest scale of a channel.
inline float largest_scale(const float* scale, int64_t channels) {
  T largest = Vec::zero();
  for (int64_t c = 0; c < channels; c += Vec::kWidth)
    largest = Vec::max(largest, Vec::abs(Vec::load_some(scale + c, channels - c)));
  return Vec::largest(largest);
}

inline Way way_of(const QConvParams& p, const QConvArgs& args) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  const QuantEpilogue& step = p.epilogue;
  if (step.real) return Way::kReal;
  const float low = static_cast<float>(step.y_low - step.y_zero), high = static_cast<float>(step.y_high - step.y_zero);
  const auto activation = static_cast<uint8_t>(step.activation);
  const bool with_residual = args.residual != nullptr, with_table = args.table != nullptr;
  // A relu or a clip that the clamp contains changes nothing, if nothing is added in between.
  const bool contained = (activation == kActivationRelu && low >= 0) ||
                         (activation == kActivationClip && step.alpha <= low && step.beta >= high);
  const bool nothing = activation == kActivationNone || (contained && !(with_residual && step.residual_last));
  // A sum is below 2^31, so v stays below 2^30 + 2^28.
  const bool in_range =
      largest_scale(args.scale, p.out_c) <= 0.5f && step.residual_scale <= 0x1p20f && step.residual_scale >= -0x1p20f;
  if (!nothing || args.gain != nullptr || !in_range || (with_residual && with_table)) return Way::kAny;
  const bool whole = step.y_zero == 0 && step.y_low == 0 && step.y_high == 255;
  return with_table ? Way::kTable : with_residual ? Way::kResidual : whole ? Way::kRound : Way::kClamp;
}

/// What is the same for all sums of a call.
struct Finish {
  QuantEpilogue step;
  Way way;
  bool table_after;  ///< the table is looked into when the bytes are written, by look_up_pixels()
  Table table;

  Finish(const QConvParams& p, const QConvArgs& args)
      : step(p.epilogue), way(way_of(p, args)), table_after(false), table(args.table) {
    if (Table::kInPassing || way != Way::kTable) return;
    way = Way::kClamp;
    table_after = true;
  }
  Finish(const Finish&) = delete;
};

/// `count` of kPieces pieces, `pitch` apart; those that do not exist are read as the last one.
template <int kPieces>
inline __attribute__((always_inline)) Ints::Bytes load_pieces(const uint8_t* from, int64_t pitch, int64_t count,
                                                              Ints::Some some) {
  const uint8_t* at[kPieces];
  HEDGE_UNROLL
  for (int k = 0; k < kPieces; ++k) at[k] = from + (k < count ? k : count - 1) * pitch;
  return Ints::load_pieces<kPieces>(at, some);
}

/// y = table[y]: `count` pixels of `lanes` bytes, kPieces of them together.
template <int kPieces>
__attribute__((noinline)) void look_up_pixels(const Table& table, uint8_t* y, int64_t pitch, int64_t count,
                                              int64_t lanes) {
  const Ints::Some some = Ints::some(lanes);
  for (int64_t k = 0; k < count; k += kPieces, y += kPieces * pitch) {
    const int64_t left = count - k < kPieces ? count - k : kPieces;
    Ints::store_pieces<kPieces>(y, pitch, table[load_pieces<kPieces>(y, pitch, left, some)], left, some);
  }
}

/// A residual's bytes as the floats that the doc's r - z_r are, four vectors that are interleaved or follow one
/// another.
inline __attribute__((always_inline)) void widen_residual(Ints::Bytes bytes, bool interleaved, int32_t zero,
                                                          T (&r)[4]) {
  Ints::T wide[4];
  Ints::widen(interleaved ? bytes : Ints::interleaved(bytes), wide);
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) r[q] = Ints::to_floats(Ints::sub(wide[q], Ints::set(zero)));
}

inline __attribute__((always_inline)) void add_scaled(const T (&r)[4], T scale, T (&v)[4]) {
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::fma(r[q], scale, v[q]);
}

/// What the short ways need, in registers: memory would be read again after every store of bytes, which may alias all.
struct Short {
  ToBytes to;
  const Table* table;
  int32_t residual_zero;
  T residual_scale;

  explicit Short(const Finish& finish)
      : to(to_bytes_of(finish.step.y_zero, finish.step.y_low, finish.step.y_high)),
        table(&finish.table),
        residual_zero(finish.step.residual_zero),
        residual_scale(Vec::set(finish.step.residual_scale)) {}
};

/// Four vectors of scaled sums to bytes; `residual`: as many of it, for kResidual. `kInterleaved`: the vectors are in
/// the order of Ints::pack, else they follow one another.
template <Way kWay, bool kInterleaved>
inline __attribute__((always_inline)) Ints::Bytes finish_short(const Short& steps, T (&v)[4], Ints::Bytes residual) {
  if constexpr (kWay == Way::kResidual) {
    T r[4];
    widen_residual(residual, kInterleaved, steps.residual_zero, r);
    add_scaled(r, steps.residual_scale, v);
  }
  Ints::Bytes bytes = kWay == Way::kRound ? to_bytes<true, true>(v, steps.to) : to_bytes<true>(v, steps.to);
  if (!kInterleaved) bytes = Ints::in_sequence(bytes);
  if constexpr (kWay == Way::kTable) bytes = (*steps.table)[bytes];
  return bytes;
}

template <uint8_t kActivation>
inline __attribute__((always_inline)) void activate_four(const QuantEpilogue& step, T (&v)[4]) {
  const hedge::kernel::Epilogue constant{static_cast<hedge::kernel::Activation>(kActivation), step.alpha, step.beta,
                                         false};
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = activate(constant, v[q]);
}

/// Side by side, since one function alone would wait for its own results most of the time.
inline __attribute__((always_inline)) void activate_four(const QuantEpilogue& step, T (&v)[4]) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  switch (static_cast<uint8_t>(step.activation)) {
    case kActivationNone: return;
    case kActivationRelu: return activate_four<kActivationRelu>(step, v);
    case kActivationClip: return activate_four<kActivationClip>(step, v);
    case kActivationLeakyRelu: return activate_four<kActivationLeakyRelu>(step, v);
    case kActivationSigmoid: return activate_four<kActivationSigmoid>(step, v);
    case kActivationSilu: return activate_four<kActivationSilu>(step, v);
    case kActivationHardSigmoid: return activate_four<kActivationHardSigmoid>(step, v);
    case kActivationHardSwish: return activate_four<kActivationHardSwish>(step, v);
    case kActivationTanh: return activate_four<kActivationTanh>(step, v);
    default: return activate_four<kActivationGelu>(step, v);
  }
}

/// Any step, from memory: to `count` of kPieces pieces of 4 * kWidth / kPieces bytes.
struct Group {
  const float* v;
  const float* gain;  ///< in the order of v, or null
  uint8_t* y;
  int64_t y_pitch;
  const uint8_t* residual;  ///< or null
  int64_t residual_pitch;
  int64_t count, lanes;  ///< lanes: bytes of a piece that exist
};

template <int kPieces, bool kInterleaved>
__attribute__((noinline)) void finish_group(const Finish& finish, const Group& group) {
  const QuantEpilogue& step = finish.step;
  const Ints::Some some = Ints::some(group.lanes);
  const T scale = Vec::set(step.residual_scale);
  T v[4], r[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::load(group.v + q * Vec::kWidth);
  if (group.residual != nullptr)
    widen_residual(load_pieces<kPieces>(group.residual, group.residual_pitch, group.count, some), kInterleaved,
                   step.residual_zero, r);
  if (group.residual != nullptr && !step.residual_last) add_scaled(r, scale, v);
  activate_four(step, v);
  if (group.gain != nullptr) {
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = Vec::mul(v[q], Vec::load(group.gain + q * Vec::kWidth));
  }
  if (group.residual != nullptr && step.residual_last) add_scaled(r, scale, v);
  Ints::Bytes bytes = to_bytes(v, to_bytes_of(step.y_zero, step.y_low, step.y_high));
  if (!kInterleaved) bytes = Ints::in_sequence(bytes);
  if (finish.table.present()) bytes = finish.table[bytes];
  Ints::store_pieces<kPieces>(group.y, group.y_pitch, bytes, group.count, some);
}

}  // namespace

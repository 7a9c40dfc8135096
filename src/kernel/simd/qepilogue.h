// From sums to bytes, docs/int8.md: four vectors of sums at a time become one vector of bytes. Most steps have at most
// a residual between the scale and the clamp; theirs is inlined into the register tile. All others leave the tile
// through memory to one function.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/simd/to_bytes.h"

namespace {

using hedge::kernel::QConvArgs;
using hedge::kernel::QConvParams;
using hedge::kernel::QSequel;
using hedge::kernel::QuantEpilogue;
using hedge::kernel::QuantSequel;

/// What happens to scaled sums: rounding to the whole range of bytes from a zero point of 0; zero point and clamp;
/// these and then a table; or a residual before them; or a sequel after them, an affine one folded into one step. All
/// of these need numbers of ordinary size. Or else anything. Or nothing but the activation: the values stay real.
enum class Way : uint8_t { kRound, kClamp, kTable, kResidual, kFolded, kSum, kAny, kReal };

/// No scaled sum of a channel is larger: its bias and each product, 255 * 128 at most, times its scale.
inline float largest_sum(const QConvParams& p, const QConvArgs& args) {
  const T products = Vec::set(static_cast<float>(p.depth()) * (255 * 128));
  T largest = Vec::zero();
  for (int64_t c = 0; c < p.out_c; c += Vec::kWidth) {
    const Ints::T bias = Ints::load_some(args.bias + c, p.out_c - c);
    const T sum = Vec::add(Vec::abs(Ints::to_floats(bias)), products);
    largest = Vec::max(largest, Vec::mul(sum, Vec::abs(Vec::load_some(args.scale + c, p.out_c - c))));
  }
  return Vec::largest(largest);
}

inline bool is_small(const QuantSequel& sum) {
  const auto small = [](float scale) { return scale <= 0x1p20f && scale >= -0x1p20f; };
  return small(sum.own_scale) && small(sum.residual_scale);
}

inline Way way_of(const QConvParams& p, const QConvArgs& args) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  const QuantEpilogue& step = p.epilogue;
  if (step.real) return Way::kReal;
  const float low = static_cast<float>(step.y_low - step.y_zero), high = static_cast<float>(step.y_high - step.y_zero);
  const auto activation = static_cast<uint8_t>(step.activation);
  const bool with_sequel = p.sequel.kind != QSequel::kNone;
  const bool with_residual = args.residual != nullptr && !with_sequel, with_table = args.table != nullptr;
  // A relu or a clip that the clamp contains changes nothing, if nothing is added in between.
  const bool contained = (activation == kActivationRelu && low >= 0) ||
                         (activation == kActivationClip && step.alpha <= low && step.beta >= high);
  const bool nothing = activation == kActivationNone || (contained && !(with_residual && step.residual_last));
  if (with_sequel) {
    if (!nothing || args.gain != nullptr) return Way::kAny;
    if (p.sequel.kind == QSequel::kSum) return is_small(p.sequel) ? Way::kSum : Way::kAny;
    if (p.folded.slope != nullptr) return Way::kFolded;
    return Way::kAny;
  }
  // Then v stays below 2^30 + 2^28, and rounds to an integer that the clamp sees.
  const bool in_range =
      largest_sum(p, args) <= 0x1p30f && step.residual_scale <= 0x1p20f && step.residual_scale >= -0x1p20f;
  if (!nothing || args.gain != nullptr || !in_range || (with_residual && with_table)) return Way::kAny;
  const bool whole = step.y_zero == 0 && step.y_low == 0 && step.y_high == 255;
  return with_table ? Way::kTable : with_residual ? Way::kResidual : whole ? Way::kRound : Way::kClamp;
}

/// What is the same for all sums of a call.
struct Finish {
  QuantEpilogue step;
  QuantSequel sequel;
  Way way;
  bool table_after;  ///< the table is looked into when the bytes are written, by look_up_pixels()
  const Table& table;

  Finish(const QConvParams& p, const QConvArgs& args, const Table& args_table)
      : step(p.epilogue), sequel(p.sequel), way(way_of(p, args)), table_after(false), table(args_table) {
    if (table.in_passing() || way != Way::kTable) return;
    way = Way::kClamp;
    table_after = true;
  }
  Finish(const Finish&) = delete;

  bool has_sequel() const { return sequel.kind != QSequel::kNone; }
  int32_t residual_zero() const { return has_sequel() ? sequel.residual_zero : step.residual_zero; }
  /// Where the bytes that are stored come from.
  ToBytes last_bytes() const {
    return has_sequel() ? to_bytes_of(sequel.y_zero, sequel.y_low, sequel.y_high)
                        : to_bytes_of(step.y_zero, step.y_low, step.y_high);
  }
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

/// The first step's clamp and rounding where a sequel follows: the byte less its zero point, still a float.
struct Own {
  T low, high, zero;

  explicit Own(const QuantEpilogue& step)
      : low(Vec::set(static_cast<float>(step.y_low - step.y_zero))),
        high(Vec::set(static_cast<float>(step.y_high - step.y_zero))),
        zero(Vec::set(static_cast<float>(step.y_zero))) {}
  T centred(T v) const { return Vec::round(Vec::min(Vec::max(v, low), high)); }
};

/// What an affine sequel multiplies and adds, for as many vectors as belong together.
struct Affine {
  const int32_t* factor;
  const int32_t* shift;
  const float* scale;

  Affine from(int64_t channel) const { return {factor + channel, shift + channel, scale + channel}; }
};

/// Any factors and shifts; `vector_of(q)`: which of their vectors belongs to v[q].
template <class VectorOf>
inline __attribute__((always_inline)) void follow_affine(const Own& own, const Affine& affine,
                                                         const VectorOf& vector_of, T (&v)[4]) {
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) {
    const int64_t at = vector_of(q) * Ints::kWidth;
    const Ints::T byte = Ints::round(Vec::add(own.centred(v[q]), own.zero));
    const Ints::T sum = Ints::add(Ints::multiply(byte, Ints::load(affine.factor + at)), Ints::load(affine.shift + at));
    v[q] = Vec::mul(Ints::to_floats(sum), Vec::load(affine.scale + at));
  }
}

/// An affine sequel folded into one step. Under a tile `low` and `high` have, for each four vectors that are stored
/// together, their bytes.
using Folded = hedge::kernel::FoldedAffine;
inline Folded from_channel(const Folded& folded, int64_t channel) {
  if (folded.slope == nullptr) return folded;
  return {folded.slope + channel, folded.offset + channel, folded.low + channel, folded.high + channel};
}
template <class VectorOf>
inline __attribute__((always_inline)) void follow_folded(const Folded& folded, const VectorOf& vector_of, T (&v)[4]) {
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) {
    const int64_t at = vector_of(q) * Vec::kWidth;
    v[q] = Vec::fma(Vec::round(v[q]), Vec::load(folded.slope + at), Vec::load(folded.offset + at));
  }
}
inline __attribute__((always_inline)) Ints::Bytes clamp_folded(const Folded& folded, int64_t at, Ints::Bytes bytes) {
  return Ints::min_bytes(Ints::max_bytes(bytes, Ints::load_bytes(folded.low + at)), Ints::load_bytes(folded.high + at));
}
/// kPieces times the same bytes, one after the other.
template <int kPieces>
inline void repeat_bytes(const uint8_t* from, Ints::Some some, uint8_t* to) {
  const uint8_t* at[kPieces];
  for (const uint8_t*& piece : at) piece = from;
  const Ints::Bytes bytes = Ints::load_pieces<kPieces>(at, some);
  __builtin_memcpy(to, &bytes, sizeof bytes);
}

/// The operands of a sum in registers.
struct Sum {
  T own_scale, scale;
  bool residual_first;

  explicit Sum(const QuantSequel& sequel)
      : own_scale(Vec::set(sequel.own_scale)),
        scale(Vec::set(sequel.residual_scale)),
        residual_first(sequel.residual_first) {}
};
inline __attribute__((always_inline)) void follow_sum(const Own& own, const Sum& sum, const T (&r)[4], T (&v)[4]) {
  if (sum.residual_first) {
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = Vec::fma(r[q], sum.scale, Vec::mul(own.centred(v[q]), sum.own_scale));
  } else {
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = Vec::fma(own.centred(v[q]), sum.own_scale, Vec::mul(r[q], sum.scale));
  }
}

/// What the short ways need, in registers: memory would be read again after every store of bytes, which may alias all.
struct Short {
  ToBytes to;
  const Table* table;
  int32_t residual_zero;
  T residual_scale;
  Own own;
  Sum sum;

  explicit Short(const Finish& finish)
      : to(finish.last_bytes()),
        table(&finish.table),
        residual_zero(finish.residual_zero()),
        residual_scale(Vec::set(finish.step.residual_scale)),
        own(finish.step),
        sum(finish.sequel) {}
};

/// Four vectors of scaled sums to bytes, in case of an affine sequel those behind it. `r`: a residual less its zero
/// point, for kResidual and kSum. `kInterleaved`: the vectors are in the order of Ints::pack, else they follow one
/// another.
template <Way kWay, bool kInterleaved>
inline __attribute__((always_inline)) Ints::Bytes finish_short(const Short& steps, T (&v)[4], const T (&r)[4]) {
  if constexpr (kWay == Way::kResidual) add_scaled(r, steps.residual_scale, v);
  if constexpr (kWay == Way::kSum) follow_sum(steps.own, steps.sum, r, v);
  constexpr bool kWhole = kWay == Way::kRound || kWay == Way::kFolded;
  Ints::Bytes bytes = to_bytes<true, kWhole>(v, steps.to);
  if (!kInterleaved) bytes = Ints::in_sequence(bytes);
  if constexpr (kWay == Way::kTable) bytes = steps.table->passing(bytes);
  return bytes;
}

template <uint8_t kActivation>
inline __attribute__((always_inline)) void activate_four(const QuantEpilogue& step, float* held) {
  const hedge::kernel::Epilogue constant{static_cast<hedge::kernel::Activation>(kActivation), step.alpha, step.beta,
                                         false};
  T v[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = activate(constant, Vec::load(held + q * Vec::kWidth));
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) Vec::store(held + q * Vec::kWidth, v[q]);
}

/// Side by side, since one function alone would wait for its own results most of the time; from memory, so that one
/// copy serves all.
__attribute__((noinline)) inline void activate_four(const QuantEpilogue& step, float* held) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  switch (static_cast<uint8_t>(step.activation)) {
    case kActivationNone: return;
    case kActivationRelu: return activate_four<kActivationRelu>(step, held);
    case kActivationClip: return activate_four<kActivationClip>(step, held);
    case kActivationLeakyRelu: return activate_four<kActivationLeakyRelu>(step, held);
    case kActivationSigmoid: return activate_four<kActivationSigmoid>(step, held);
    case kActivationSilu: return activate_four<kActivationSilu>(step, held);
    case kActivationHardSigmoid: return activate_four<kActivationHardSigmoid>(step, held);
    case kActivationHardSwish: return activate_four<kActivationHardSwish>(step, held);
    case kActivationTanh: return activate_four<kActivationTanh>(step, held);
    default: return activate_four<kActivationGelu>(step, held);
  }
}

/// Any step, from memory: to `count` of kPieces pieces of 4 * kWidth / kPieces bytes.
struct Group {
  const float* v;
  const float* gain;  ///< in the order of v, or null
  Affine affine;      ///< of the first piece, likewise; or nulls
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
                   finish.residual_zero(), r);
  const bool adds = group.residual != nullptr && !finish.has_sequel();
  if (adds && !step.residual_last) add_scaled(r, scale, v);
  alignas(64) float held[4 * Vec::kWidth];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) Vec::store(held + q * Vec::kWidth, v[q]);
  activate_four(step, held);
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::load(held + q * Vec::kWidth);
  if (group.gain != nullptr) {
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = Vec::mul(v[q], Vec::load(group.gain + q * Vec::kWidth));
  }
  if (adds && step.residual_last) add_scaled(r, scale, v);
  if (finish.sequel.kind == QSequel::kAffine)
    follow_affine(Own(step), group.affine, [](int q) { return kInterleaved ? q : q % (4 / kPieces); }, v);
  if (finish.sequel.kind == QSequel::kSum) follow_sum(Own(step), Sum(finish.sequel), r, v);
  Ints::Bytes bytes = to_bytes(v, finish.last_bytes());
  if (!kInterleaved) bytes = Ints::in_sequence(bytes);
  if (finish.table.present()) bytes = finish.table[bytes];
  Ints::store_pieces<kPieces>(group.y, group.y_pitch, bytes, group.count, some);
}

}  // namespace

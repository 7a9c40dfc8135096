// One problem of integer convolution with operands to match: sums that fill the range of bytes, ties, extremes.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "kernel/ref/qconv.h"

namespace hedge::kernel::ref {

struct QConvCase {
  QConvParams p;
  std::vector<std::uint8_t> x, residual, table;
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  std::vector<std::int32_t> factor, shift;
  std::vector<float> scale, gain, sequel_scale;
  bool with_residual = false, with_gain = false, with_table = false;

  /// Bytes of a tensor of pixels that lie `pitch` apart; nothing follows the last one.
  static std::int64_t extent(std::int64_t pixels, std::int64_t channels, std::int64_t pitch) {
    return (pixels - 1) * pitch + channels;
  }
  std::int64_t x_bytes() const { return extent(p.batch * p.in_h * p.in_w, p.in_c, p.x_pitch); }
  std::int64_t y_bytes() const { return extent(p.pixels(), p.out_c, p.y_pitch); }
  std::int64_t residual_bytes() const { return extent(p.pixels(), p.out_c, p.residual_pitch); }

  bool is_affine() const { return p.sequel.kind == QSequel::kAffine; }

  /// The twin's operands: weights as the model has them.
  QConvArgs args() const {
    return {.x = x.data(),
            .weights = weights.data(),
            .bias = bias.data(),
            .scale = scale.data(),
            .gain = with_gain ? gain.data() : nullptr,
            .residual = with_residual ? residual.data() : nullptr,
            .table = with_table ? table.data() : nullptr,
            .factor = is_affine() ? factor.data() : nullptr,
            .shift = is_affine() ? shift.data() : nullptr,
            .sequel_scale = is_affine() ? sequel_scale.data() : nullptr};
  }

  std::vector<std::uint8_t> expected() const {  ///< [pixels, out_c], without pitch
    const QConvArgs operands = args();
    std::vector<std::uint8_t> y(static_cast<std::size_t>(p.pixels() * p.out_c));
    for (std::size_t k = 0; k < y.size(); ++k)
      y[k] = qconv(p, operands, static_cast<std::int64_t>(k) / p.out_c, static_cast<std::int64_t>(k) % p.out_c);
    return y;
  }

  std::string describe() const {
    return fmt::format(
        "{}x{}x{}x{} (pitch {}) -> {}x{}x{} (pitch {}), kernel {}x{} stride {}x{} dilation {}x{} pad {},{} groups {}, "
        "{}{}{}{}{}",
        p.batch, p.in_h, p.in_w, p.in_c, p.x_pitch, p.out_h, p.out_w, p.out_c, p.y_pitch, p.kernel_h, p.kernel_w,
        p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.pad_top, p.pad_left, p.groups,
        to_string(p.epilogue.activation),
        !with_residual             ? ""
        : p.epilogue.residual_last ? ", residual last"
                                   : ", residual",
        with_gain ? ", gain" : "", with_table ? ", table" : "",
        is_affine()                      ? ", affine"
        : p.sequel.kind == QSequel::kSum ? ", sum"
                                         : "");
  }
};

/// Fills the operands and the epilogue of a problem whose shape and pitches are set.
inline QConvCase make_case(const QConvParams& shape, std::minstd_rand& random) {
  QConvCase c{.p = shape};
  QConvParams& p = c.p;
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  const auto real = [&](float low, float high) { return std::uniform_real_distribution<float>(low, high)(random); };
  const auto fill = [](auto& vector, std::int64_t count, const auto& next) {
    vector.resize(static_cast<std::size_t>(count));
    for (auto& element : vector) element = static_cast<std::remove_reference_t<decltype(element)>>(next());
  };
  // Mostly any bytes, sometimes nothing but the ends, where narrow sums would overflow.
  const bool extreme = pick(0, 4) == 0;
  fill(c.x, c.x_bytes(), [&] { return extreme ? 255 * (pick(0, 3) != 0) : pick(0, 255); });
  fill(c.weights, p.depth() * p.out_c, [&] { return extreme ? (pick(0, 3) != 0 ? -128 : 127) : pick(-128, 127); });
  p.x_zero = static_cast<std::int32_t>(pick(0, 255));

  QuantEpilogue& e = p.epilogue;
  e.activation = static_cast<Activation>(pick(0, 2) != 0 ? 0 : pick(0, kActivationCount - 1));
  e.y_zero = static_cast<std::int32_t>(pick(0, 255));
  e.y_low = static_cast<std::int32_t>(pick(0, 1) * pick(0, e.y_zero));
  e.y_high = static_cast<std::int32_t>(pick(0, 1) != 0 ? 255 : pick(e.y_zero, 255));
  if (pick(0, 3) == 0) e.y_zero = e.y_low = 0, e.y_high = 255;  // as after a relu
  e.residual_zero = static_cast<std::int32_t>(pick(0, 255));
  e.residual_last = pick(0, 1) == 1;
  c.with_residual = pick(0, 3) == 0;
  c.with_table = pick(0, 3) == 0;
  // A function of real values needs small ones, and a gain to become bytes again.
  const bool real_units = e.activation >= Activation::kSigmoid;
  c.with_gain = real_units || pick(0, 7) == 0;
  const float reach = real_units ? 6 : 200, typical = 6000 * std::sqrt(static_cast<float>(p.depth()));
  e.alpha = real(-0.5f, 0.5f);
  e.beta = e.alpha + real(0, 1);
  if (e.activation == Activation::kClip) e.alpha *= reach, e.beta *= reach;
  e.residual_scale = real(-1, 1) * (real_units && !e.residual_last ? 0.05f : 1);
  const bool ties = pick(0, 2) == 0;  // powers of two: many sums lie halfway
  fill(c.bias, p.out_c, [&] { return real(-typical, typical); });
  fill(c.scale, p.out_c, [&] {
    const float scale = reach / typical * real(0.1f, 1);
    return ties ? std::exp2(std::floor(std::log2(scale))) : scale;
  });
  fill(c.gain, p.out_c, [&] { return real(-40, 40); });
  fill(c.residual, c.residual_bytes(), [&] { return pick(0, 255); });
  fill(c.table, 256, [&] { return pick(0, 255); });
  if (pick(0, 2) == 0) {
    QuantSequel& s = p.sequel;
    s.kind = pick(0, 1) == 0 ? QSequel::kAffine : QSequel::kSum;
    c.with_table = false;
    c.with_residual = s.kind == QSequel::kSum;
    s.residual_first = pick(0, 1) == 1;
    s.residual_zero = static_cast<std::int32_t>(pick(0, 255));
    s.own_scale = ties ? 0.5f : real(-2, 2), s.residual_scale = ties ? 0.25f : real(-2, 2);
    s.y_zero = static_cast<std::int32_t>(pick(0, 255));
    s.y_low = static_cast<std::int32_t>(pick(0, 1) * pick(0, s.y_zero));
    s.y_high = static_cast<std::int32_t>(pick(0, 1) != 0 ? 255 : pick(s.y_zero, 255));
  }
  fill(c.factor, p.out_c, [&] { return pick(-128, 127); });
  fill(c.shift, p.out_c, [&] { return pick(0, 7) == 0 ? pick(-2000000000, 2000000000) : pick(-20000, 20000); });
  fill(c.sequel_scale, p.out_c, [&] { return ties ? 0.0078125f : real(-0.05f, 0.05f); });
  return c;
}

}  // namespace hedge::kernel::ref

#include "kernel/fold_affine.h"

#include <algorithm>
#include <cmath>

namespace hedge::kernel {
namespace {

// A network has some ten thousand channels, each with 256 bytes: library calls for these two would be most of loading
// it.

/// To the nearest, ties to even; below 2^22.
int round_small(float x) {
  constexpr float kMagic = 12582912;  // 1.5 * 2^23: beyond it floats have no fractions
  return static_cast<int>((x + kMagic) - kMagic);
}

/// std::fma. The product of two floats is exact in a double; nearly always the sum is too, and then rounds but once.
float fused(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b), addend = static_cast<double>(c);
  const double sum = product + addend, back = sum - product;
  return back == addend && sum - back == product ? static_cast<float>(sum) : std::fma(a, b, c);
}

/// What a channel's sequel answers for each byte of the first step, from its lowest on.
class Answers {
 public:
  Answers(const QConvParams& p, std::int32_t factor, std::int32_t shift, float scale) : own_(p.epilogue) {
    const QuantSequel& s = p.sequel;
    const auto least = static_cast<float>(s.y_low - s.y_zero), most = static_cast<float>(s.y_high - s.y_zero);
    for (int byte = own_.y_low; byte <= own_.y_high; ++byte) {
      const std::int64_t sum = std::int64_t{shift} + std::int64_t{byte} * factor;
      in_range_ = in_range_ && sum == static_cast<std::int32_t>(sum);
      const float w = static_cast<float>(static_cast<std::int32_t>(sum)) * scale;
      bytes_[count_++] = s.y_zero + round_small(std::clamp(w, least, most));
    }
  }
  bool in_range() const { return in_range_; }
  // They rise or fall throughout, so that the ends are the least and the most.
  int low() const { return std::min(bytes_[0], bytes_[count_ - 1]); }
  int high() const { return std::max(bytes_[0], bytes_[count_ - 1]); }
  bool are(float slope, float offset) const {
    const auto least = static_cast<float>(low()), most = static_cast<float>(high());
    for (int k = 0; k < count_; ++k) {
      const float w = fused(static_cast<float>(own_.y_low - own_.y_zero + k), slope, offset);
      if (round_small(std::clamp(w, least, most)) != bytes_[k]) return false;  // as if it were rounded first
    }
    return true;
  }

 private:
  const QuantEpilogue& own_;
  int bytes_[256] = {}, count_ = 0;
  bool in_range_ = true;
};

/// Offsets beside the first one that are tried: far less than the distance of most values from the middle of two steps.
constexpr float kNudges[] = {0, 1e-5f, -1e-5f, 3e-5f, -3e-5f, 1e-4f, -1e-4f, 3e-4f, -3e-4f};

}  // namespace

std::optional<FoldedAffineTables> fold_affine(const QConvParams& p, const QConvArgs& args) {
  const QuantEpilogue& own = p.epilogue;
  const bool bytes = own.y_low >= 0 && own.y_low <= own.y_high && own.y_high <= 255;
  if (p.sequel.kind != QSequel::kAffine || args.gain != nullptr || !bytes) return std::nullopt;
  FoldedAffineTables tables;
  for (std::int64_t c = 0; c < p.out_c; ++c) {
    const double factor = args.factor[c], shift = args.shift[c], scale = static_cast<double>(args.sequel_scale[c]);
    const auto slope = static_cast<float>(factor * scale);
    const auto offset = static_cast<float>((shift + own.y_zero * factor) * scale + p.sequel.y_zero);
    // Unclamped, a sum must still become an integer that the last clamp sees on the right side.
    const double largest = (std::abs(static_cast<double>(args.bias[c])) + static_cast<double>(p.depth()) * 255 * 128) *
                           std::abs(static_cast<double>(args.scale[c]));
    const double reach = largest * std::abs(static_cast<double>(slope)) + std::abs(static_cast<double>(offset));
    if (!(largest < 0x1p30 && reach < 0x1p30)) return std::nullopt;
    const Answers answers(p, args.factor[c], args.shift[c], args.sequel_scale[c]);
    if (!answers.in_range()) return std::nullopt;
    const auto* nudge = std::ranges::find_if(kNudges, [&](float by) { return answers.are(slope, offset + by); });
    if (nudge == std::end(kNudges)) return std::nullopt;
    tables.slope.push_back(slope);
    tables.offset.push_back(offset + *nudge);
    tables.low.push_back(static_cast<std::uint8_t>(answers.low()));
    tables.high.push_back(static_cast<std::uint8_t>(answers.high()));
  }
  return tables;
}

}  // namespace hedge::kernel

#include "track/appearance.h"

#include <cmath>

namespace hedge::track {
namespace {

/// -255 to 255 in four steps: plainly below grey, a little below, a little above, plainly above.
std::size_t chroma_step(int difference) {
  constexpr int kNear = 12;
  return difference < -kNear ? 0 : difference < 0 ? 1 : difference <= kNear ? 2 : 3;
}

}  // namespace

void Appearance::Histogram::add(std::uint8_t blue, std::uint8_t green, std::uint8_t red) {
  const int luma = (77 * red + 150 * green + 29 * blue) >> 8;
  const std::size_t step = static_cast<std::size_t>(luma) >> 6;
  ++counts_[16 * step + 4 * chroma_step(blue - luma) + chroma_step(red - luma)];
  ++count_;
}

Appearance Appearance::of(const std::array<Histogram, kHalves>& halves) {
  Appearance appearance;
  for (std::size_t half = 0; half < kHalves; ++half) {
    if (halves[half].empty()) return Appearance();
    for (std::size_t k = 0; k < kColours; ++k)
      appearance.roots_[half * kColours + k] =
          std::sqrt(static_cast<float>(halves[half].counts_[k]) / static_cast<float>(kHalves * halves[half].count_));
  }
  appearance.known_ = true;
  return appearance;
}

float Appearance::similarity(const Appearance& other) const {
  float sum = 0;
  for (std::size_t k = 0; k < roots_.size(); ++k) sum += roots_[k] * other.roots_[k];
  return sum;
}

void Appearance::blend(const Appearance& seen, float share) {
  if (!seen.known_) return;
  if (!known_) {
    *this = seen;
    return;
  }
  for (std::size_t k = 0; k < roots_.size(); ++k)
    roots_[k] = std::sqrt((1 - share) * roots_[k] * roots_[k] + share * seen.roots_[k] * seen.roots_[k]);
}

}  // namespace hedge::track

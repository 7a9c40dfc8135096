// Taps as the vector kernels of pictures take them. `window`: a vector's bytes lie within 64 of the row. `halves`: each
// half of a vector's 16-byte lane holds 8 bytes, two pixels, from where it says: a lane of four floats is of two pixels
// at most. Neither reaches behind the row: near its end what is loaded begins earlier.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "kernel/picture.h"

namespace hedge::kernel {
namespace {

constexpr std::uint8_t kZero = 0x80;  ///< what a selection takes for "no byte"

/// Float `k` of the row: the byte that is its first source.
std::int64_t source_of(const SampleParams& p, std::int64_t k) {
  const std::int64_t color = k % 3;
  return 3 * std::int64_t{p.taps[k / 3].first} + (p.red_first ? 2 - color : color);
}

}  // namespace

std::vector<SampleVector> pack_taps(const char* packing, const SampleParams& p) {
  const std::string_view name = packing;
  if (name.empty()) return {};
  HEDGE_CHECK(name == "window16" || name == "halves16" || name == "halves8");
  const bool window = name == "window16";
  const std::int64_t width = name == "halves8" ? 8 : 16, floats = 3 * p.pixels, row_bytes = 3 * p.source_pixels;
  std::vector<SampleVector> vectors(static_cast<std::size_t>((floats + width - 1) / width));
  for (std::int64_t k = 0; k < floats; ++k) {
    SampleVector& vector = vectors[static_cast<std::size_t>(k / width)];
    const std::int64_t lane = k % width;
    if (lane == 0) {
      std::ranges::fill(vector.first, kZero);
      std::ranges::fill(vector.weight, 0.0f);
      std::ranges::fill(vector.offset, 0);
    }
    const std::int64_t pixel = k / 3, before = lane / 4 * 4 + k - lane;  // the first float of this lane of 16 bytes
    const std::int64_t half = window ? 0 : lane / 4 * 2 + (pixel == before / 3 ? 0 : 1);
    const std::int64_t first_pixel = window ? (k - lane) / 3 : pixel;
    const std::int64_t offset = std::min(3 * std::int64_t{p.taps[first_pixel].first}, row_bytes - (window ? 64 : 8));
    vector.offset[half] = static_cast<std::int32_t>(offset);
    vector.first[4 * lane] = static_cast<std::uint8_t>(source_of(p, k) - offset + (window ? 0 : 8 * (half % 2)));
    vector.weight[lane] = p.taps[pixel].weight;
  }
  return vectors;
}

}  // namespace hedge::kernel

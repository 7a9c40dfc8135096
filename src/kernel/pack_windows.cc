// Windows as the vector kernels of antialiased pictures take them: taps in groups of four, 16 bytes loaded for each.
// Every pixel has as many groups; those that it does not need weigh 0, which changes no sum. Near the end of the row
// what is loaded begins earlier: up to 4 bytes before the first tap, and whole pixels before that weigh 0 as well.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "kernel/picture.h"

namespace hedge::kernel {
namespace {

constexpr std::uint8_t kZero = 0x80;  ///< what a selection takes for "no byte"

}  // namespace

std::int64_t smooth_groups(std::span<const SmoothWindow> windows) {
  std::int32_t longest = 1;
  for (const SmoothWindow& window : windows) longest = std::max(longest, window.count);
  return (longest + 3) / 4;
}

SmoothTaps pack_windows(const char* packing, const SmoothParams& p) {
  const std::string_view name = packing;
  if (name.empty()) return {};
  HEDGE_CHECK(name == "groups4");
  const std::int64_t taps = 4 * p.groups, last_offset = 3 * p.source_pixels - 12 * p.groups - 4;
  const auto count = static_cast<std::size_t>((p.pixels + 3) / 4);
  SmoothTaps packed{.vectors = std::vector<SmoothVector>(count),
                    .weights = std::vector<float>(count * static_cast<std::size_t>(4 * taps))};
  for (SmoothVector& vector : packed.vectors) {
    std::ranges::fill(vector.index, kZero);
    std::ranges::fill(vector.offset, 0);
  }
  for (std::int64_t x = 0; x < p.pixels; ++x) {
    const SmoothWindow& window = p.windows[x];
    SmoothVector& vector = packed.vectors[static_cast<std::size_t>(x / 4)];
    const std::int64_t at = 3 * std::int64_t{window.first}, offset = std::min(at, last_offset), before = at - offset;
    // The most bytes up to 4 that leave whole pixels: then the last tap of all ends with the last byte loaded.
    const std::int64_t bytes = before < 3 ? before : 2 + (before - 2) % 3, pixels = (before - bytes) / 3;
    vector.offset[x % 4] = static_cast<std::int32_t>(offset);
    for (std::int64_t c = 0; c < 3; ++c)
      vector.index[16 * (x % 4) + 4 * c] = static_cast<std::uint8_t>(bytes + (p.red_first ? 2 - c : c));
    HEDGE_CHECK(pixels + window.count <= taps);
    float* weights = packed.weights.data() + x / 4 * 4 * taps + x % 4;
    for (std::int64_t k = 0; k < window.count; ++k) weights[4 * (pixels + k)] = p.weights[window.begin + k];
  }
  return packed;
}

}  // namespace hedge::kernel

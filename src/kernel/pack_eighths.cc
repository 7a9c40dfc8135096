// Taps whose weights are eighths, as the kernels of such pictures take them. `windows32`: the bytes of 32 sums lie in
// two windows of 64. `quads16`: those of four sums lie in 16, and a lane of 16 bytes is of two such quads, each with
// its own selection. Neither reaches behind the row: near its end what is loaded begins earlier.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "kernel/picture.h"

namespace hedge::kernel {
namespace {

constexpr std::uint8_t kZero = 0x80;  ///< what a selection takes for "no byte"

/// Sum `k` of the row: the byte that is its first source. Where its tap has no second pixel, nor has it a weight.
struct Sum {
  std::int64_t first, second;
  std::int8_t weight;

  Sum(const SampleParams& p, std::int64_t k) {
    const ResizeTap tap = p.taps[k / 3];
    const std::int64_t color = p.red_first ? 2 - k % 3 : k % 3;
    first = 3 * std::int64_t{tap.first} + color;
    second = 3 * std::int64_t{tap.second} + color;
    weight = static_cast<std::int8_t>(8 * tap.weight);
  }
};

std::int64_t first_byte(const SampleParams& p, std::int64_t k) { return 3 * std::int64_t{p.taps[k / 3].first}; }

void pack_windows32(const SampleParams& p, std::int64_t begin, std::int64_t end, EighthsVector& vector) {
  const std::int64_t last_window = 3 * p.source_pixels - 64;
  const std::int64_t front = std::min(first_byte(p, begin), last_window), back = std::min(front + 64, last_window);
  vector.offset[0] = static_cast<std::int32_t>(front);
  vector.offset[1] = static_cast<std::int32_t>(back);
  const auto place = [&](std::int64_t byte) {
    return static_cast<std::uint8_t>(byte < front + 64 ? byte - front : 64 + byte - back);
  };
  for (std::int64_t k = begin; k < end; ++k) {
    const Sum sum(p, k);
    vector.index[2 * (k - begin)] = place(sum.first);
    vector.index[2 * (k - begin) + 1] = place(sum.second);
  }
}

void pack_quads16(const SampleParams& p, std::int64_t begin, std::int64_t end, EighthsVector& vector) {
  for (std::int64_t k = begin; k < end; ++k) {
    const std::int64_t quad = (k - begin) / 4,
                       offset = std::min(first_byte(p, begin + 4 * quad), 3 * p.source_pixels - 16);
    vector.offset[quad] = static_cast<std::int32_t>(offset);
    const Sum sum(p, k);
    // Even quads are selected to the front of their lane by the first 32 bytes, odd ones to its back by the others.
    std::uint8_t* index = vector.index + 32 * (quad % 2) + 2 * (k - begin);
    index[0] = static_cast<std::uint8_t>(sum.first - offset);
    index[1] = static_cast<std::uint8_t>(sum.second - offset);
  }
}

}  // namespace

std::vector<EighthsVector> pack_eighths(const char* packing, const SampleParams& p) {
  const bool windows = std::string_view(packing) == "windows32";
  HEDGE_CHECK(windows || std::string_view(packing) == "quads16");
  const std::int64_t sums = windows ? 32 : 16, all = 3 * p.pixels;
  std::vector<EighthsVector> vectors(static_cast<std::size_t>((all + sums - 1) / sums));
  for (std::int64_t begin = 0; begin < all; begin += sums) {
    EighthsVector& vector = vectors[static_cast<std::size_t>(begin / sums)];
    std::ranges::fill(vector.index, kZero);
    std::ranges::fill(vector.weight, std::int8_t{0});
    std::ranges::fill(vector.offset, 0);
    const std::int64_t end = std::min(begin + sums, all);
    windows ? pack_windows32(p, begin, end, vector) : pack_quads16(p, begin, end, vector);
    for (std::int64_t k = begin; k < end; ++k) {
      const Sum sum(p, k);
      vector.weight[2 * (k - begin)] = static_cast<std::int8_t>(8 - sum.weight);
      vector.weight[2 * (k - begin) + 1] = sum.weight;
    }
  }
  return vectors;
}

}  // namespace hedge::kernel

#include "measure/burn.h"

#include <cstdint>
#include <vector>

namespace hedge::measure {
namespace {

constexpr std::size_t kCachedBytes = 8 << 10, kStreamBytes = 64 << 20;
constexpr int kProductTurns = 4000;  // a few milliseconds

/// Sum of products of bytes, as an integer convolution's inner loop does it.
std::int32_t products(const std::vector<std::int8_t>& a, const std::vector<std::int8_t>& b) {
  std::int32_t sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<std::int32_t>(a[k]) * b[k];
  return sum;
}

}  // namespace

long burn(const std::atomic<bool>& stop) {
  std::vector<std::int8_t> a(kCachedBytes, 3), b(kCachedBytes, -5);
  std::vector<std::uint64_t> stream(kStreamBytes / sizeof(std::uint64_t), 1);
  volatile std::int64_t kept = 0;  // so that no loop is left out
  long turns = 0;
  for (; !stop.load(std::memory_order_relaxed); ++turns) {
    for (int k = 0; k < kProductTurns && !stop.load(std::memory_order_relaxed); ++k) {
      a[static_cast<std::size_t>(k) % kCachedBytes] = static_cast<std::int8_t>(k);
      kept = kept + products(a, b);
    }
    for (std::uint64_t& word : stream) word = word * 3 + 1;
    kept = kept + static_cast<std::int64_t>(stream[static_cast<std::size_t>(turns) % stream.size()]);
  }
  return turns;
}

}  // namespace hedge::measure

#include <algorithm>

#include "kernel/table.h"

namespace hedge::kernel {

std::size_t panel_floats(std::int64_t k, std::int64_t n) {
  return static_cast<std::size_t>((n + kPanel - 1) / kPanel * kPanel * k);
}

void pack_panels(const float* w, std::int64_t k, std::int64_t n, std::int64_t pitch, float* packed) {
  for (std::int64_t column = 0; column < n; column += kPanel) {
    const std::int64_t width = std::min(kPanel, n - column);
    for (std::int64_t row = 0; row < k; ++row, packed += kPanel) {
      std::copy_n(w + row * pitch + column, width, packed);
      std::fill(packed + width, packed + kPanel, 0.0f);
    }
  }
}

void unpack_panels(const float* packed, std::int64_t k, std::int64_t n, std::int64_t pitch, float* w) {
  for (std::int64_t column = 0; column < n; column += kPanel) {
    const std::int64_t width = std::min(kPanel, n - column);
    for (std::int64_t row = 0; row < k; ++row, packed += kPanel) std::copy_n(packed, width, w + row * pitch + column);
  }
}

}  // namespace hedge::kernel

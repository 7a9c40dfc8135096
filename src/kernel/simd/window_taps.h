// Which taps of a window read the image.
#pragma once

#include <stdint.h>

namespace {

/// Taps [begin, end) of a window from `origin` on lie in the image.
struct Taps {
  int64_t begin, end;
};
inline Taps taps_inside(int64_t origin, int64_t in, int64_t kernel, int64_t dilation) {
  const int64_t end = origin >= in ? 0 : (in - 1 - origin) / dilation + 1;
  return {origin >= 0 ? 0 : (-origin + dilation - 1) / dilation, end < kernel ? end : kernel};
}

/// Taps that lie before `end`: in the image or in pads that count.
inline int64_t taps_before(int64_t origin, int64_t end, int64_t kernel, int64_t dilation) {
  const int64_t count = (end - origin + dilation - 1) / dilation;
  return count < kernel ? count : kernel;
}

}  // namespace

#include "guard/frame_monitor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

#include "guard/fault.h"

namespace hedge::guard {
namespace {

constexpr int kRows = 32;
constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio: bits in no order
constexpr std::size_t kLanes = 4;                   // independent, so that a multiplier is never waited for

/// Four lanes of 8 bytes, each mixed by xor, multiply, rotate: every byte moves the result; not made against malice.
struct RowHash {
  std::array<std::uint64_t, kLanes> lanes{1, 2, 3, 4};

  void mix(std::size_t lane, std::uint64_t word) { lanes[lane] = std::rotl((lanes[lane] ^ word) * kOdd, 29); }

  void row(const std::uint8_t* bytes, std::size_t size) {
    std::size_t at = 0;
    for (; at + 8 * kLanes <= size; at += 8 * kLanes)
      for (std::size_t k = 0; k < kLanes; ++k) {
        std::uint64_t word;
        std::memcpy(&word, bytes + at + 8 * k, sizeof word);
        mix(k, word);
      }
    for (std::size_t k = 0; at < size; at += 8, ++k) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, std::min<std::size_t>(8, size - at));
      mix(k, word);
    }
  }

  std::uint64_t result() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t lane : lanes) sum = std::rotl((sum ^ lane) * kOdd, 31);
    return sum ^ sum >> 32;
  }
};

/// Counts in bytes, which a vector holds 64 of; they cannot overflow within 255 rounds.
std::uint32_t count_brighter(const std::uint8_t* bytes, std::size_t size, std::uint8_t level) {
  constexpr std::size_t kWidth = 64;
  std::uint32_t count = 0;
  std::size_t at = 0;
  while (at + kWidth <= size) {
    std::array<std::uint8_t, kWidth> counts{};
    for (int round = 0; round < 255 && at + kWidth <= size; ++round, at += kWidth)
      for (std::size_t k = 0; k < kWidth; ++k)
        counts[k] = static_cast<std::uint8_t>(counts[k] + (bytes[at + k] > level));
    for (const std::uint8_t part : counts) count += part;
  }
  for (; at < size; ++at) count += bytes[at] > level;
  return count;
}

}  // namespace

double PictureSample::mean() const {
  return bytes > 0 ? static_cast<double>(sum) / bytes : std::numeric_limits<double>::quiet_NaN();
}

PictureSample sample_picture(const std::uint8_t* pixels, int row_bytes, int height, int stride, int black_level) {
  PictureSample sample;
  if (pixels == nullptr || row_bytes <= 0 || height <= 0) return sample;
  const int rows = std::min(height, kRows);
  const auto size = static_cast<std::size_t>(row_bytes);
  RowHash hash;
  for (int k = 0; k < rows; ++k) {
    const std::int64_t y = (2LL * k + 1) * height / (2LL * rows);
    const std::uint8_t* row = pixels + y * stride;
    hash.row(row, size);
    sample.sum = std::accumulate(row, row + size, sample.sum);
    sample.bright += count_brighter(row, size, static_cast<std::uint8_t>(std::clamp(black_level, 0, 255)));
  }
  sample.bytes = static_cast<std::uint32_t>(size) * static_cast<std::uint32_t>(rows);
  sample.hash = hash.result();
  return sample;
}

FrameMonitor::FrameMonitor(const FrameLimits& limits, nanoseconds now) : limits_(limits), last_(now) {}

std::uint32_t FrameMonitor::frame(const PictureSample& sample, nanoseconds captured) noexcept {
  const bool same = same_ > 0 && sample.hash == hash_;
  if (!same) changed_ = captured;
  same_ = same ? std::min(same_ + 1, 3) : 1;
  const bool black = std::uint64_t{sample.bright} * 1000 <= sample.bytes;
  if (!black || dark_ == 0) dark_since_ = captured;
  dark_ = black ? std::min(dark_ + 1, 2) : 0;
  hash_ = sample.hash;
  last_ = captured;
  flags_ = 0;
  if (limits_.frozen > nanoseconds(0) && same_ >= 3 && captured - changed_ >= limits_.frozen) flags_ |= kFlagFrozen;
  if (limits_.black > nanoseconds(0) && dark_ >= 2 && captured - dark_since_ >= limits_.black) flags_ |= kFlagBlack;
  return flags_;
}

std::uint32_t FrameMonitor::idle(nanoseconds now) noexcept {
  const bool none = limits_.no_frames > nanoseconds(0) && now - last_ >= limits_.no_frames;
  return flags_ | (none ? std::uint32_t{kFlagNoFrames} : 0);
}

}  // namespace hedge::guard

// Latencies of many calls, told as an engineer wants them: percentiles up to the worst, and their shape.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hedge::measure {

inline double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

/// Milliseconds. All 0 where nothing was measured.
struct Latency {
  std::size_t count = 0;
  double min = 0, p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, mean = 0;
};

/// Nearest rank: the smallest value that at least `share` (0 to 1) of all do not exceed; 0 of none. `sorted` ascends.
double percentile(std::span<const double> sorted, double share);

Latency latency_of(std::vector<double> milliseconds);

struct Bucket {
  double from, to;  ///< milliseconds, [from, to); the last one holds `to` as well
  std::size_t count;
};

/// Buckets of equal ratio from the least to the largest, so that a tail is seen beside the bulk. At most `count`; a
/// single one where all are equal; none where there is nothing. Values below 1 ns count as 1 ns.
std::vector<Bucket> histogram(std::span<const double> milliseconds, int count);

/// One line a bucket with a bar of at most `width` characters; what is not empty has at least one.
std::string draw(std::span<const Bucket> buckets, int width);

}  // namespace hedge::measure

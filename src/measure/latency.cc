#include "measure/latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace hedge::measure {

double percentile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size()) - 1e-9);
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

Latency latency_of(std::vector<double> milliseconds) {
  if (milliseconds.empty()) return {};
  std::ranges::sort(milliseconds);
  const auto at = [&](double share) { return percentile(milliseconds, share); };
  const double sum = std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0);
  return {.count = milliseconds.size(),
          .min = milliseconds.front(),
          .p50 = at(0.5),
          .p90 = at(0.9),
          .p99 = at(0.99),
          .p999 = at(0.999),
          .max = milliseconds.back(),
          .mean = sum / static_cast<double>(milliseconds.size())};
}

std::vector<Bucket> histogram(std::span<const double> milliseconds, int count) {
  if (milliseconds.empty() || count < 1) return {};
  constexpr double kLeast = 1e-6;
  const auto [least, largest] = std::ranges::minmax_element(milliseconds);
  const double from = std::max(*least, kLeast), to = std::max(*largest, kLeast);
  if (from == to) return {{from, to, milliseconds.size()}};
  const double step = std::log(to / from) / count;
  std::vector<Bucket> buckets;
  for (int k = 0; k < count; ++k)
    buckets.push_back({from * std::exp(step * k), k + 1 == count ? to : from * std::exp(step * (k + 1)), 0});
  for (const double value : milliseconds) {
    const double place = std::log(std::max(value, kLeast) / from) / step;
    ++buckets[static_cast<std::size_t>(std::clamp(place, 0.0, count - 1.0))].count;
  }
  return buckets;
}

std::string draw(std::span<const Bucket> buckets, int width) {
  std::size_t most = 1;
  for (const Bucket& bucket : buckets) most = std::max(most, bucket.count);
  std::string text;
  for (const Bucket& bucket : buckets) {
    const std::size_t bar = (bucket.count * static_cast<std::size_t>(width) + most - 1) / most;
    text += fmt::format("{:>10.4f} ms {:>8} {}\n", bucket.from, bucket.count, std::string(bar, '#'));
  }
  return text;
}

}  // namespace hedge::measure

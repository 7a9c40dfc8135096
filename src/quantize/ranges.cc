#include "quantize/ranges.h"

#include <algorithm>
#include <cmath>

namespace hedge::quantize {
namespace {

constexpr int kBins = 4096;

/// All channels in one histogram: how many values, and how much an error of each is worth.
struct Merged {
  float low = 0, high = 0;
  std::vector<double> count, worth;
  std::vector<double> wanted;  ///< the function at each bin, where there is one

  double at(int bin) const { return static_cast<double>(low) + (bin + 0.5) * static_cast<double>(high - low) / kBins; }
};

Merged merge(const Statistics& statistics, std::span<const double> weights) {
  Merged merged{.low = statistics.low(),
                .high = statistics.high(),
                .count = std::vector<double>(kBins, 0),
                .worth = std::vector<double>(kBins, 0)};
  const double width = static_cast<double>(merged.high - merged.low);
  if (!(width > 0)) return merged;
  const double total = static_cast<double>(statistics.count);
  for (std::size_t c = 0; c < statistics.channels.size(); ++c) {
    const ChannelStatistics& channel = statistics.channels[c];
    const double step = static_cast<double>(channel.high - channel.low) / Statistics::kBins;
    for (int k = 0; k < Statistics::kBins; ++k) {
      const double n = channel.histogram[static_cast<std::size_t>(k)];
      if (n == 0) continue;
      const double x = static_cast<double>(channel.low) + (k + 0.5) * step;
      const auto bin =
          static_cast<std::size_t>(std::clamp((x - static_cast<double>(merged.low)) / width * kBins, 0.0, kBins - 1.0));
      merged.count[bin] += n;
      merged.worth[bin] += n / total * weights[c];
    }
  }
  return merged;
}

double error_of(const Merged& merged, const Range& range, const Function& function) {
  const double scale = static_cast<double>(range.scale()), zero = range.zero();
  double error = 0;
  std::vector<double> outputs;
  if (function)
    for (int q = 0; q < 256; ++q) outputs.push_back(function((q - zero) * scale));
  for (int k = 0; k < kBins; ++k) {
    const double worth = merged.worth[static_cast<std::size_t>(k)];
    if (worth == 0) continue;
    const double byte = std::clamp(std::nearbyint(merged.at(k) / scale) + zero, 0.0, 255.0);
    const double wanted = function ? merged.wanted[static_cast<std::size_t>(k)] : merged.at(k);
    const double given = function ? outputs[static_cast<std::size_t>(byte)] : (byte - zero) * scale;
    error += worth * (wanted - given) * (wanted - given);
  }
  return error;
}

Range clipped_to(const Merged& merged, double share) {
  double total = 0;
  for (const double n : merged.count) total += n;
  double left = (1 - share) / 2 * total, right = left;
  int first = 0, last = kBins - 1;
  while (first < last && left - merged.count[static_cast<std::size_t>(first)] >= 0)
    left -= merged.count[static_cast<std::size_t>(first++)];
  while (last > first && right - merged.count[static_cast<std::size_t>(last)] >= 0)
    right -= merged.count[static_cast<std::size_t>(last--)];
  const double bin = static_cast<double>(merged.high - merged.low) / kBins;
  return {.low = std::min(0.0f, static_cast<float>(static_cast<double>(merged.low) + first * bin)),
          .high = std::max(0.0f, static_cast<float>(static_cast<double>(merged.low) + (last + 1) * bin))};
}

/// Both ends scaled down, or the upper one alone: the ends of a SiLU are not alike.
Range scaled(const Merged& merged, double low_share, double high_share) {
  return {.low = static_cast<float>(static_cast<double>(merged.low) * low_share),
          .high = static_cast<float>(static_cast<double>(merged.high) * high_share)};
}

/// Kullback-Leibler divergence between the values and what 256 steps over the range leave of them.
double divergence(const Merged& merged, const Range& range) {
  const double scale = static_cast<double>(range.scale()), zero = range.zero();
  std::vector<double> mass(256, 0), cells(256, 0);
  double total = 0;
  const auto byte_of = [&](int k) {
    return static_cast<std::size_t>(std::clamp(std::nearbyint(merged.at(k) / scale) + zero, 0.0, 255.0));
  };
  const auto inside = [&](int k) {
    return merged.at(k) >= static_cast<double>(range.low) && merged.at(k) <= static_cast<double>(range.high);
  };
  for (int k = 0; k < kBins; ++k) {
    const double n = merged.count[static_cast<std::size_t>(k)];
    total += n;
    mass[byte_of(k)] += n;  // what is clipped piles up at the ends
    if (n > 0 && inside(k)) cells[byte_of(k)] += 1;
  }
  double sum = 0;
  for (int k = 0; k < kBins; ++k) {
    const double n = merged.count[static_cast<std::size_t>(k)];
    if (n == 0) continue;
    const std::size_t byte = byte_of(k);
    const double q = inside(k) && cells[byte] > 0 ? mass[byte] / cells[byte] / total : 1e-9;
    const double p = n / total;
    sum += p * std::log(p / q);
  }
  return sum;
}

double clipped_share(const Merged& merged, const Range& range) {
  double outside = 0, total = 0;
  const double slack = static_cast<double>(range.scale()) / 2;
  for (int k = 0; k < kBins; ++k) {
    const double n = merged.count[static_cast<std::size_t>(k)];
    total += n;
    if (merged.at(k) < static_cast<double>(range.low) - slack || merged.at(k) > static_cast<double>(range.high) + slack)
      outside += n;
  }
  return total > 0 ? outside / total : 0;
}

}  // namespace

float Range::scale() const { return high > low ? (high - low) / 255 : 1.0f; }

std::int32_t Range::zero() const {
  return static_cast<std::int32_t>(std::clamp(std::nearbyint(-low / scale()), 0.0f, 255.0f));
}

Range choose_range(const Statistics& statistics, std::span<const double> weights, const Function& function) {
  Merged merged = merge(statistics, weights);
  Range best{.low = merged.low, .high = merged.high, .method = "min-max"};
  if (!(merged.high > merged.low)) return best;
  if (function)
    for (int k = 0; k < kBins; ++k) merged.wanted.push_back(function(merged.at(k)));
  best.noise = error_of(merged, best, function);
  const auto propose = [&](Range range, const char* method) {
    if (!(range.high > range.low)) return;
    range.noise = error_of(merged, range, function);
    range.method = method;
    if (range.noise < best.noise) best = range;
  };
  for (const double share : {0.99999, 0.9999, 0.999}) propose(clipped_to(merged, share), "percentile");
  Range most_alike = best;
  double least = divergence(merged, best);
  for (int k = 20; k < 100; k += 4) {
    const Range range = scaled(merged, k / 100.0, k / 100.0);
    if (const double d = divergence(merged, range); d < least) {
      least = d;
      most_alike = range;
    }
  }
  propose(most_alike, "entropy");
  // An activation may not care for most of one side: its end is looked for over decades.
  for (double high = 1; high > 0.004; high *= 0.93)
    for (const double low : {1.0, 0.85, 0.7, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.004})
      propose(scaled(merged, low, high), "mse");
  best.clipped = clipped_share(merged, best);
  return best;
}

double clipped_mean(const Statistics& statistics, std::size_t channel, const Range& range) {
  const ChannelStatistics& values = statistics.channels[channel];
  const double scale = static_cast<double>(range.scale()), zero = range.zero();
  const double step = static_cast<double>(values.high - values.low) / Statistics::kBins;
  double sum = 0, total = 0, plain = 0;
  for (int k = 0; k < Statistics::kBins; ++k) {
    const double n = values.histogram[static_cast<std::size_t>(k)],
                 x = static_cast<double>(values.low) + (k + 0.5) * step;
    sum += n * std::clamp(x, -zero * scale, (255 - zero) * scale);
    plain += n * x;
    total += n;
  }
  return total > 0 ? statistics.mean(channel) + (sum - plain) / total : 0;
}

}  // namespace hedge::quantize

// What the renderings compute from a report in the same way: sums by precision, the worst layers, numbers in words.
#pragma once

#include <array>

#include "report/quantize_report.h"

namespace hedge::report {

/// Share of the multiply-adds in each precision, 0 to 1; all zero where there are none.
std::array<double, kPrecisionCount> macs_by_precision(const QuantizeReport& report);

/// Indices of the quantized layers with the lowest output SQNR, worst first.
std::vector<std::size_t> worst_layers(const QuantizeReport& report, std::size_t count);

std::string bytes_text(std::uint64_t bytes);        ///< "492 kB"
std::string count_text(double count);               ///< "12.3 M"
std::string percent_text(double share);             ///< 0.0213 -> "2.13 %"
std::string sqnr_text(std::optional<double> sqnr);  ///< "31.4", "exact", "-"
std::string number_text(double value);              ///< four digits that matter
std::string verdict_text(const Metric& metric);     ///< "AP50 fell by 0.0023 of 0.01 allowed"
std::string joined(const std::vector<std::string>& texts, const char* separator);

/// `value` where it is a number, else `fallback`: what is drawn must be finite.
double finite_or(double value, double fallback);

}  // namespace hedge::report

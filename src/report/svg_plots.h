// The report's plots as inline SVG. Colours come from the page's style (page_style.cc) by class, so that light and dark
// share one drawing; every mark carries its numbers as a <title>, which browsers show without scripts.
#pragma once

#include <span>

#include "report/figures.h"

namespace hedge::report {

/// Before and after on one axis, with the band that the budget allows.
std::string metric_plot(const Metric& metric);

/// Multiply-adds by precision, one stacked bar.
std::string precision_plot(const std::array<double, kPrecisionCount>& shares);

/// A bar a layer; `worst` are numbered in their order. As wide as the layers need.
std::string sqnr_plot(const std::vector<Layer>& layers, std::span<const std::size_t> worst);

/// For a table's cell: what was seen as a line, what was chosen as a band.
std::string range_plot(const TensorRange& range);

/// For a table's cell: a bar, as long as the cell for the largest share.
std::string share_plot(double share, double largest);

/// For a table's cell: a dot between the smallest and the largest value.
std::string dot_plot(double value, double smallest, double largest);

}  // namespace hedge::report

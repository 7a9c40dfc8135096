// The few marks that the report's plots are made of, as SVG text. Classes are those of the page's style (page_style.h);
// a title is what browsers show over a mark.
#pragma once

#include <string>

namespace hedge::report::svg {

inline constexpr double kPageWidth = 960;  ///< of a plot as wide as the page, in its own units

/// `anchor`: "start", "middle" or "end".
std::string text(double x, double y, const char* anchor, const char* classes, const std::string& content);
std::string line(double x1, double y1, double x2, double y2, const char* classes);
std::string rectangle(double x, double y, double width, double height, const std::string& classes,
                      const std::string& title);

/// A drawing as wide as the page, or scrolled where it is wider.
std::string plot(double width, double height, const std::string& label, const std::string& content);
/// A drawing of so many pixels, for a table's cell.
std::string cell_plot(int width, int height, const std::string& label, const std::string& content);

}  // namespace hedge::report::svg

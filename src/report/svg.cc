#include "report/svg.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/escape.h"

namespace hedge::report::svg {

std::string text(double x, double y, const char* anchor, const char* classes, const std::string& content) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>)", x, y, anchor, classes,
                     html_text(content));
}

std::string line(double x1, double y1, double x2, double y2, const char* classes) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>)", x1, y1, x2, y2, classes);
}

std::string rectangle(double x, double y, double width, double height, const std::string& classes,
                      const std::string& title) {
  return fmt::format(
      R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="{}"><title>{}</title></rect>)", x, y,
      std::max(width, 0.0), std::max(height, 0.0), classes, html_text(title));
}

std::string plot(double width, double height, const std::string& label, const std::string& content) {
  return fmt::format(
      R"(<svg viewBox="0 0 {0:.0f} {1:.0f}" role="img" aria-label="{2}" style="min-width:{3:.0f}px">{4}</svg>)", width,
      height, html_text(label), width > kPageWidth ? width : 720.0, content);
}

std::string cell_plot(int width, int height, const std::string& label, const std::string& content) {
  return fmt::format(R"(<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}</svg>)",
                     width, height, html_text(label), content);
}

}  // namespace hedge::report::svg

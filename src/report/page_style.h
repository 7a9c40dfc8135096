// The report page's style sheet: system fonts, one column, light and dark by the reader's preference.
#pragma once

#include <string_view>

namespace hedge::report {

extern const std::string_view kPageStyle;

}  // namespace hedge::report

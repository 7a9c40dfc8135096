// A TOML document from bytes that nobody checked. toml++ 3.3 runs into undefined behaviour on characters beyond ASCII
// in places where TOML allows none (its issues 190 and 295), so those are refused before it sees them.
#pragma once

#include <string>
#include <string_view>

#include "base/toml_section.h"

namespace hedge::base {

/// An error is one line, "file:line: what is wrong".
Result<toml::table> parse_toml(std::string_view text, const std::string& file);

}  // namespace hedge::base

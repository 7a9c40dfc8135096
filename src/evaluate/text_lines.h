// Text files line by line, with the place for error messages.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hedge::evaluate {

/// Calls `take` for each line that has more than blanks and a comment (# to the end of the line), without either end's
/// blanks; an error of `take` gets "FILE:LINE: " in front.
base::Status for_each_line(const std::filesystem::path& file,
                           const std::function<base::Status(std::string_view line)>& take);

/// In quotes for a message: one line, cut after 40 bytes, what cannot be printed as '?'.
std::string in_quotes(std::string_view text);

/// The parts between blanks.
std::vector<std::string_view> words_of(std::string_view line);

}  // namespace hedge::evaluate

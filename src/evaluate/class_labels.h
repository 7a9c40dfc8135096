// From what a file or a folder is called to the number of a class.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hedge::evaluate {

inline constexpr int kClassesMax = 1 << 20;  ///< more than any dataset has; bounds what hostile labels can ask for

/// All of `text` as a number from 0 to kClassesMax - 1; nothing where it is something else.
std::optional<int> class_number(std::string_view text);

/// A number, or one of `labels`; kInvalid otherwise, and where the number is beyond the labels.
base::Result<int> class_of(std::string_view text, const std::vector<std::string>& labels);

/// Index of `name` in `labels`; nothing where it is not there.
std::optional<int> find_label(std::string_view name, const std::vector<std::string>& labels);

}  // namespace hedge::evaluate

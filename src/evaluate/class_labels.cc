#include "evaluate/class_labels.h"

#include <algorithm>
#include <charconv>

#include "evaluate/text_lines.h"

namespace hedge::evaluate {

using base::ErrorKind;
using base::fail;

std::optional<int> class_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || number < 0 || number >= kClassesMax) return std::nullopt;
  return number;
}

std::optional<int> find_label(std::string_view name, const std::vector<std::string>& labels) {
  const auto found = std::ranges::find(labels, name);
  if (found == labels.end()) return std::nullopt;
  return static_cast<int>(found - labels.begin());
}

base::Result<int> class_of(std::string_view text, const std::vector<std::string>& labels) {
  if (const auto named = find_label(text, labels)) return *named;
  const auto number = class_number(text);
  if (!number)
    return fail(ErrorKind::kInvalid, "{} is neither the number of a class nor a label of the card", in_quotes(text));
  if (!labels.empty() && static_cast<std::size_t>(*number) >= labels.size())
    return fail(ErrorKind::kInvalid, "class {} does not exist: the card has {} labels", *number, labels.size());
  return *number;
}

}  // namespace hedge::evaluate

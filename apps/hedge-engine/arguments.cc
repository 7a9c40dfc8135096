#include "hedge-engine/arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hedge::app {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<Arguments> Arguments::parse(int count, char** words, const std::vector<std::string>& known) {
  Arguments arguments;
  for (int k = 1; k < count; ++k) {
    const std::string word = words[k];
    if (!word.starts_with("--")) {
      std::string& place = arguments.command_.empty() ? arguments.command_ : arguments.engine_;
      if (!place.empty()) return fail(ErrorKind::kUsage, "'{}': one engine at a time (see --help)", word);
      place = word;
      continue;
    }
    if (std::ranges::find(known, word) == known.end())
      return fail(ErrorKind::kUsage, "{}: no such option (see --help)", word);
    if (k + 1 == count) return fail(ErrorKind::kUsage, "{} needs a value", word);
    arguments.options_[word].push_back(words[++k]);
  }
  if (arguments.command_.empty() || arguments.engine_.empty())
    return fail(ErrorKind::kUsage, "write hedge-engine COMMAND ENGINE.hedge (see --help)");
  return arguments;
}

const std::vector<std::string>& Arguments::all(const std::string& name) const {
  static const std::vector<std::string> none;
  const auto found = options_.find(name);
  return found != options_.end() ? found->second : none;
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  return all(name).empty() ? fallback : all(name).back();
}

Result<double> Arguments::number(const std::string& name, double fallback, double low, double high) const {
  if (all(name).empty()) return fallback;
  const std::string& word = all(name).back();
  double value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= low && value <= high))
    return fail(ErrorKind::kUsage, "{} {}: a number from {} to {}", name, word, low, high);
  return value;
}

Result<int> Arguments::integer(const std::string& name, int fallback, int low, int high) const {
  const double value = TRY(number(name, fallback, low, high));
  if (value != std::floor(value)) return fail(ErrorKind::kUsage, "{} {}: not a whole number", name, value);
  return static_cast<int>(value);
}

}  // namespace hedge::app

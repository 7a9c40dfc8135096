// What the tests of pages ask of their HTML.
#pragma once

#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace hedge::report {

inline std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// Empty where every element that is opened is closed in its order; else what is wrong.
inline std::string unbalanced(const std::string& html) {
  static const std::regex kTag(R"(<(/?)([A-Za-z0-9]+)((?:[^<>"]|"[^"]*")*)>)");
  std::vector<std::string> open;
  std::size_t tags = 0;
  for (auto tag = std::sregex_iterator(html.begin(), html.end(), kTag); tag != std::sregex_iterator(); ++tag, ++tags) {
    const std::string name = (*tag)[2], rest = (*tag)[3];
    if (name == "meta" || name == "wbr" || rest.ends_with('/')) continue;
    if ((*tag)[1].length() == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  if (tags + 1 != count_of(html, "<")) return "a < that begins no tag";  // the doctype is none
  return open.empty() ? "" : open.back() + " stays open";
}

}  // namespace hedge::report

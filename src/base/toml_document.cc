#include "base/toml_document.h"

#include <algorithm>

namespace hedge::base {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// Finds characters beyond ASCII outside comments and strings, and right after a backslash (and, where it ends a line,
/// after the space that it swallows). What is broken otherwise ends the scan: toml++ stops there too.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }
  /// The place of the first one; npos where there is none.
  std::size_t find() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (beyond_ascii(c)) return at_;
      if (c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (c == '"' || c == '\'') {
        if (!skip_string(c)) return found_;
      } else
        ++at_;
    }
    return std::string_view::npos;
  }

 private:
  bool skip_string(char quote) {
    const std::string three(3, quote);
    const bool many_lines = text_.substr(at_).starts_with(three);
    at_ += many_lines ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && quote == '"') {
        if (!skip_escape(many_lines)) return false;
      } else if (c == '\n' && !many_lines) {
        at_ = text_.size();  // not closed
      } else if (c == quote && (!many_lines || text_.substr(at_).starts_with(three))) {
        at_ += many_lines ? 3 : 1;
        // Up to two quotes before the closing three are part of the string.
        for (int more = 0; many_lines && more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
        return true;
      } else {
        ++at_;
      }
    }
    return true;
  }
  bool skip_escape(bool many_lines) {
    ++at_;
    if (many_lines) at_ = std::min(text_.find_first_not_of(" \t\r\n\v\f", at_), text_.size());
    if (at_ == text_.size()) return true;
    if (beyond_ascii(text_[at_])) {
      found_ = at_;
      return false;
    }
    // A quote after swallowed space closes the string; right after the backslash it is part of it.
    if (text_[at_ - 1] == '\\') ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0, found_ = std::string_view::npos;
};

}  // namespace

Result<toml::table> parse_toml(std::string_view text, const std::string& file) {
  if (const std::size_t place = Scan(text).find(); place != std::string_view::npos)
    return fail(ErrorKind::kInvalid, "{}:{}: a character beyond ASCII outside a string or a comment", file,
                1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
  toml::parse_result parsed = toml::parse(text);
  if (!parsed)
    return fail(ErrorKind::kInvalid, "{}:{}: {}", file, parsed.error().source().begin.line,
                std::string(parsed.error().description()));
  return std::move(parsed).table();
}

}  // namespace hedge::base

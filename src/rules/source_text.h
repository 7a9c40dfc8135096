// A piece of text that stands in a file: an error in it names file, line and column of the file, also where the text is
// a TOML string with escapes or over several lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/toml_section.h"

namespace hedge::rules {

struct SourceText {
  struct Place {
    int line = 1, column = 1;  ///< both from 1; columns in characters
  };
  std::string text;
  std::string file;
  std::vector<Place> places;  ///< of each byte of `text`, and of its end; empty: counted from 1:1

  /// "file:line:column: message".
  std::unexpected<base::Error> fail(std::size_t byte, std::string_view message) const;

  /// The text of a string node of `document`, the whole file's text.
  static SourceText of(const toml::node& string, std::string_view document, const std::string& file);
};

}  // namespace hedge::rules

#include "rules/source_text.h"

#include <algorithm>

namespace hedge::rules {
namespace {

using Place = SourceText::Place;

/// A walk over a document that knows where it is.
struct Walk {
  std::string_view document;
  std::size_t at = 0;
  Place place{};
  bool done() const { return at >= document.size(); }
  char now() const { return document[at]; }
  void step() {
    if (now() == '\n')
      place = {place.line + 1, 1};
    else if ((static_cast<unsigned char>(now()) & 0xC0) != 0x80)  // not within a character of UTF-8
      ++place.column;
    ++at;
  }
  void step(std::size_t count) {
    for (; count > 0 && !done(); --count) step();
  }
};

/// How many bytes of the document an escape takes, and how many it stands for.
struct Escape {
  std::size_t written, meant;
};
Escape escape_at(std::string_view rest, std::string_view meant) {
  const char kind = rest.size() > 1 ? rest[1] : ' ';
  if (kind == 'u' || kind == 'U' || kind == 'x') {
    const auto lead = meant.empty() ? 0U : static_cast<unsigned char>(meant[0]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return {kind == 'x' ? 4U : kind == 'u' ? 6U : 10U, bytes};
  }
  if (kind == ' ' || kind == '\t' || kind == '\n' || kind == '\r') {  // the line goes on: no character at all
    const std::size_t end = rest.find_first_not_of(" \t\r\n", 1);
    return {end == std::string_view::npos ? rest.size() : end, 0};
  }
  return {2, 1};
}

}  // namespace

std::unexpected<base::Error> SourceText::fail(std::size_t byte, std::string_view message) const {
  Place place;
  if (!places.empty()) {
    place = places[std::min(byte, places.size() - 1)];
  } else {
    Walk walk{text};
    walk.step(byte);
    place = walk.place;
  }
  return base::fail(base::ErrorKind::kInvalid, "{}:{}:{}: {}", file, place.line, place.column, message);
}

SourceText SourceText::of(const toml::node& node, std::string_view document, const std::string& file) {
  SourceText source{.text = node.value_exact<std::string>().value_or(""), .file = file, .places = {}};
  const Place begin{static_cast<int>(node.source().begin.line), static_cast<int>(node.source().begin.column)};
  Walk walk{document};
  while (!walk.done() &&
         (walk.place.line < begin.line || (walk.place.line == begin.line && walk.place.column < begin.column)))
    walk.step();
  const std::string_view rest = document.substr(walk.at);
  const bool many_lines = rest.starts_with("\"\"\"") || rest.starts_with("'''");
  const bool escapes = rest.starts_with('"');
  walk.step(many_lines ? 3 : 1);
  if (many_lines && !walk.done() && walk.now() == '\r') walk.step();
  if (many_lines && !walk.done() && walk.now() == '\n') walk.step();
  while (source.places.size() < source.text.size() && !walk.done()) {
    if (escapes && walk.now() == '\\') {
      const Escape escape =
          escape_at(document.substr(walk.at), std::string_view(source.text).substr(source.places.size()));
      for (std::size_t k = 0; k < escape.meant && source.places.size() < source.text.size(); ++k)
        source.places.push_back(walk.place);
      walk.step(escape.written);
      continue;
    }
    // TOML may read a line's end of two bytes as one.
    if (walk.now() == '\r' && source.text[source.places.size()] != '\r') {
      walk.step();
      continue;
    }
    source.places.push_back(walk.place);
    walk.step();
  }
  source.places.resize(source.text.size(), walk.place);
  source.places.push_back(walk.place);
  return source;
}

}  // namespace hedge::rules

#include "report/escape.h"

#include <array>

namespace hedge::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Bytes of the well-formed UTF-8 character at the begin; 0 where there is none (Unicode 15, table 3-7).
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  for (std::size_t k = 1; k < size; ++k)
    if ((byte(k) & 0xC0) != 0x80) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : size;
}

/// C0, DEL, C1, and the marks that change the direction of what follows.
bool is_control(std::string_view character) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(character[k]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() == 3 && byte(0) == 0xE2)
    return (byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||  // U+2028 to U+202E
           (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);    // U+2066 to U+2069
  return false;
}

std::string_view entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, size);
    if (size == 0)
      result += kReplacement;
    else if (character == "\n" || character == "\t")
      result += ' ';
    else if (is_control(character))
      result += kReplacement;
    else
      result += character;
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return result;
}

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : plain_text(text)) {
    const std::string_view known = entity(c);
    if (known.empty())
      result += c;
    else
      result += known;
  }
  return result;
}

std::string shortened(std::string_view text, std::size_t columns) {
  const std::string plain = plain_text(text);
  std::string_view rest = plain;
  std::size_t count = 0;
  for (; !rest.empty(); ++count) rest.remove_prefix(character_size(rest));
  if (count <= columns) return plain;
  const std::size_t kept = columns > 2 ? columns - 2 : 0, front = kept / 2, back_from = count - (kept - front);
  std::string result;
  rest = plain;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t size = character_size(rest);
    if (k == front) result += "..";
    if (k < front || k >= back_from) result += rest.substr(0, size);
    rest.remove_prefix(size);
  }
  return result;
}

}  // namespace hedge::report

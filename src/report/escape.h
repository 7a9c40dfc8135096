// Texts from model files made harmless: in a page, in a terminal.
#pragma once

#include <string>
#include <string_view>

namespace hedge::report {

/// Valid UTF-8 without control characters: what is neither becomes U+FFFD; line breaks and tabs become spaces.
std::string plain_text(std::string_view text);

/// plain_text() with the five characters that mean something in HTML as entities: safe in an element and in a quoted
/// attribute.
std::string html_text(std::string_view text);

/// At most `columns` characters of plain_text(), cut in the middle with "..".
std::string shortened(std::string_view text, std::size_t columns);

}  // namespace hedge::report

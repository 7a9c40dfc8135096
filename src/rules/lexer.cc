#include "rules/lexer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace hedge::rules {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct Sign {
  std::string_view text;
  TokenKind kind;
};
// Two characters before one.
constexpr Sign kSigns[] = {
    {"<=", TokenKind::kLessEqual}, {">=", TokenKind::kGreaterEqual}, {"==", TokenKind::kEqual},
    {"!=", TokenKind::kNotEqual},  {"<", TokenKind::kLess},          {">", TokenKind::kGreater},
    {"(", TokenKind::kOpen},       {")", TokenKind::kClose},         {",", TokenKind::kComma},
    {"+", TokenKind::kPlus},       {"-", TokenKind::kMinus},         {"*", TokenKind::kTimes},
    {"/", TokenKind::kDivide},     {"%", TokenKind::kPercent},
};

/// What people write who come from another language, and what it is called here.
std::string_view hint(char c) {
  switch (c) {
    case '&': return "; write 'and'";
    case '|': return "; write 'or'";
    case '!': return "; write 'not'";
    case '=': return "; write '==' to compare";
    default: return "";
  }
}

base::Result<Token> number(const SourceText& source, std::size_t begin) {
  const std::string_view text = source.text;
  std::size_t end = begin;
  const auto digits = [&] {
    while (end < text.size() && is_digit(text[end])) ++end;
  };
  digits();
  if (end < text.size() && text[end] == '.') {
    ++end;
    digits();
  }
  // An exponent only where digits follow, so that 3 e... stays a number and a word.
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t after = end + 1;
    if (after < text.size() && (text[after] == '+' || text[after] == '-')) ++after;
    if (after < text.size() && is_digit(text[after])) {
      end = after;
      digits();
    }
  }
  Token token{.kind = TokenKind::kNumber, .text = text.substr(begin, end - begin), .number = 0, .begin = begin};
  const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, token.number);
  if (error != std::errc() || stop != text.data() + end || !std::isfinite(token.number))
    return source.fail(begin, fmt::format("'{}' is not a number that can be held", token.text));
  return token;
}

base::Result<Token> next(const SourceText& source, std::size_t& at) {
  const std::string_view text = source.text;
  while (at < text.size() && is_space(text[at])) ++at;
  const std::size_t begin = at;
  if (at == text.size()) return Token{.kind = TokenKind::kEnd, .text = {}, .number = 0, .begin = begin};
  const char c = text[at];
  if (is_digit(c) || (c == '.' && at + 1 < text.size() && is_digit(text[at + 1]))) {
    Token token = TRY(number(source, begin));
    at += token.text.size();
    return token;
  }
  if (is_letter(c)) {
    while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]))) ++at;
    return Token{.kind = TokenKind::kName, .text = text.substr(begin, at - begin), .number = 0, .begin = begin};
  }
  if (c == '\'' || c == '"') {
    const std::size_t close = text.find(c, begin + 1);
    if (close == std::string_view::npos || text.substr(begin, close - begin).find('\n') != std::string_view::npos)
      return source.fail(begin, fmt::format("this {} is not closed", c));
    at = close + 1;
    return Token{
        .kind = TokenKind::kString, .text = text.substr(begin + 1, close - begin - 1), .number = 0, .begin = begin};
  }
  for (const Sign& sign : kSigns) {
    if (!text.substr(begin).starts_with(sign.text)) continue;
    at += sign.text.size();
    return Token{.kind = sign.kind, .text = text.substr(begin, sign.text.size()), .number = 0, .begin = begin};
  }
  const bool printable = c > ' ' && c < 127;
  const std::string shown =
      printable ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
  return source.fail(begin, fmt::format("{} has no meaning here{}", shown, hint(c)));
}

constexpr std::string_view kKeywords[] = {"and", "or", "not", "in", "crossed", "where", "true", "false"};

}  // namespace

bool is_keyword(std::string_view word) { return std::ranges::find(kKeywords, word) != std::end(kKeywords); }

std::string describe(const Token& token) {
  return token.kind == TokenKind::kEnd ? "the end" : fmt::format("'{}'", token.text);
}

base::Result<std::vector<Token>> tokenize(const SourceText& source) {
  if (source.text.size() > kExpressionBytesMax)
    return source.fail(0, fmt::format("the expression is longer than {} bytes", kExpressionBytesMax));
  std::vector<Token> tokens;
  for (std::size_t at = 0;;) {
    tokens.push_back(TRY(next(source, at)));
    if (tokens.back().kind == TokenKind::kEnd) return tokens;
  }
}

}  // namespace hedge::rules

// The words of the rule language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/source_text.h"

namespace hedge::rules {

enum class TokenKind {
  kEnd,
  kNumber,
  kName,
  kString,
  kPercent,
  kOpen,
  kClose,
  kComma,
  kPlus,
  kMinus,
  kTimes,
  kDivide,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  ///< as written; of a string without its quotes
  double number = 0;
  std::size_t begin = 0;  ///< byte in the text
};

inline constexpr std::size_t kExpressionBytesMax = 4096;

/// A word that is no name: and, or, not, in, crossed, where, true, false.
bool is_keyword(std::string_view word);

/// "'ttc'", "the end": for errors.
std::string describe(const Token& token);

/// Ends with kEnd. Views into `source`.
base::Result<std::vector<Token>> tokenize(const SourceText& source);

}  // namespace hedge::rules

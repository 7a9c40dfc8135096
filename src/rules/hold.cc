#include "rules/hold.h"

#include <bit>
#include <cmath>

#include "rules/lexer.h"
#include "rules/parser.h"

namespace hedge::rules {
namespace {

/// A whole number of frames, or 0.
int frames(const Token& token) {
  if (token.kind != TokenKind::kNumber || token.number != std::floor(token.number) || token.number > kHoldFramesMax)
    return 0;
  return static_cast<int>(token.number);
}

}  // namespace

base::Result<Hold> parse_hold(const SourceText& source) {
  const std::vector<Token> tokens = TRY(tokenize(source));
  Hold hold;
  if (tokens.size() == 4 && tokens[1].text == "of") {
    hold.needed = frames(tokens[0]);
    hold.window = frames(tokens[2]);
    if (hold.needed < 1 || hold.window < hold.needed)
      return source.fail(
          0, fmt::format("expected N of M frames, 1 <= N <= M <= {}, found \"{}\"", kHoldFramesMax, source.text));
    return hold;
  }
  if (tokens.size() != 3 || tokens[0].kind != TokenKind::kNumber)
    return source.fail(
        0,
        fmt::format("expected frames such as \"2 of 3\" or a duration such as \"300 ms\", found \"{}\"", source.text));
  hold.duration = TRY(parse_duration(source));
  if (hold.duration.count() == 0) return source.fail(0, "a hold of no time is \"1 of 1\"");
  return hold;
}

std::string to_string(const Hold& hold) {
  if (hold.duration.count() > 0) return fmt::format("{} ms", static_cast<double>(hold.duration.count()) * 1e-6);
  return fmt::format("{} of {}", hold.needed, hold.window);
}

bool HoldState::update(const Hold& hold, bool condition, std::chrono::nanoseconds time) {
  history_ = history_ << 1 | (condition ? 1U : 0U);
  if (condition && !holding_) since_ = time;
  holding_ = condition;
  if (hold.duration.count() > 0) return condition && time - since_ >= hold.duration;
  const std::uint64_t mask = hold.window == kHoldFramesMax ? ~std::uint64_t{0} : (std::uint64_t{1} << hold.window) - 1;
  return std::popcount(history_ & mask) >= hold.needed;
}

}  // namespace hedge::rules

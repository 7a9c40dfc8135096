#include "rules/parser.h"

#include <chrono>
#include <cmath>

#include "rules/lexer.h"

namespace hedge::rules {
namespace {

using base::Result;

struct BinaryRow {
  TokenKind token;
  Operator op;
};
constexpr BinaryRow kComparisons[] = {
    {TokenKind::kLess, Operator::kLess},       {TokenKind::kLessEqual, Operator::kLessEqual},
    {TokenKind::kGreater, Operator::kGreater}, {TokenKind::kGreaterEqual, Operator::kGreaterEqual},
    {TokenKind::kEqual, Operator::kEqual},     {TokenKind::kNotEqual, Operator::kNotEqual},
};
constexpr BinaryRow kSums[] = {{TokenKind::kPlus, Operator::kAdd}, {TokenKind::kMinus, Operator::kSubtract}};
constexpr BinaryRow kProducts[] = {{TokenKind::kTimes, Operator::kMultiply}, {TokenKind::kDivide, Operator::kDivide}};

class Parser {
 public:
  Parser(const SourceText& source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}

  Result<Syntax> parse() {
    if (now().kind == TokenKind::kEnd) return source_.fail(0, "the expression is empty: expected a condition");
    syntax_.root = TRY(either());
    if (now().kind != TokenKind::kEnd) return expected("'and', 'or', an operator or the end");
    return std::move(syntax_);
  }

 private:
  const Token& now() const { return tokens_[at_]; }
  const Token& after(std::size_t count) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  bool is_word(std::string_view word) const { return now().kind == TokenKind::kName && now().text == word; }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    ++at_;
    return true;
  }
  bool take(TokenKind kind) {
    if (now().kind != kind) return false;
    ++at_;
    return true;
  }
  std::unexpected<base::Error> expected(std::string_view what) const {
    return source_.fail(now().begin, fmt::format("expected {}, found {}", what, describe(now())));
  }

  Result<int> add(Node node) {
    if (syntax_.nodes.size() == kNodesMax)
      return source_.fail(node.begin, fmt::format("the expression has more than {} parts", kNodesMax));
    syntax_.nodes.push_back(std::move(node));
    return static_cast<int>(syntax_.nodes.size()) - 1;
  }
  Result<int> apply(Operator op, std::size_t begin, std::vector<int> children) {
    return add({.kind = NodeKind::kApply, .op = op, .children = std::move(children), .begin = begin});
  }

  Result<int> either() {
    int left = TRY(both());
    while (is_word("or")) {
      const std::size_t begin = now().begin;
      ++at_;
      const int right = TRY(both());
      left = TRY(apply(Operator::kOr, begin, {left, right}));
    }
    return left;
  }
  Result<int> both() {
    int left = TRY(negation());
    while (is_word("and")) {
      const std::size_t begin = now().begin;
      ++at_;
      const int right = TRY(negation());
      left = TRY(apply(Operator::kAnd, begin, {left, right}));
    }
    return left;
  }
  Result<int> negation() {
    if (!is_word("not")) return comparison();
    const Deeper deeper(depth_);
    if (depth_ > kDepthMax) return too_deep();
    const std::size_t begin = now().begin;
    ++at_;
    const int operand = TRY(negation());
    return apply(Operator::kNot, begin, {operand});
  }
  Result<int> comparison() {
    const int left = TRY(binary(kSums, [this] { return binary(kProducts, [this] { return sign(); }); }));
    for (const BinaryRow& row : kComparisons) {
      const std::size_t begin = now().begin;
      if (!take(row.token)) continue;
      const int right = TRY(binary(kSums, [this] { return binary(kProducts, [this] { return sign(); }); }));
      for (const BinaryRow& chained : kComparisons)
        if (now().kind == chained.token)
          return source_.fail(now().begin, "comparisons do not chain: write a < b and b < c");
      return apply(row.op, begin, {left, right});
    }
    return left;
  }
  template <std::size_t n, class Operand>
  Result<int> binary(const BinaryRow (&rows)[n], Operand operand) {
    int left = TRY(operand());
    for (bool more = true; more;) {
      more = false;
      for (const BinaryRow& row : rows) {
        const std::size_t begin = now().begin;
        if (!take(row.token)) continue;
        const int right = TRY(operand());
        left = TRY(apply(row.op, begin, {left, right}));
        more = true;
        break;
      }
    }
    return left;
  }
  Result<int> sign() {
    const std::size_t begin = now().begin;
    if (!take(TokenKind::kMinus)) return primary();
    const Deeper deeper(depth_);
    if (depth_ > kDepthMax) return too_deep();
    const int operand = TRY(sign());
    return apply(Operator::kNegate, begin, {operand});
  }

  Result<int> primary() {
    const Token token = now();
    switch (token.kind) {
      case TokenKind::kNumber: return number();
      case TokenKind::kString:
        ++at_;
        return add({.kind = NodeKind::kString, .text = std::string(token.text), .begin = token.begin});
      case TokenKind::kOpen: {
        const Deeper deeper(depth_);
        if (depth_ > kDepthMax) return too_deep();
        ++at_;
        const int inner = TRY(either());
        if (!take(TokenKind::kClose)) return expected("')'");
        return inner;
      }
      case TokenKind::kName: return word();
      default: return expected("a number, a name, 'not', '-' or '('");
    }
  }

  Result<int> number() {
    const Token token = now();
    ++at_;
    Node node{.kind = NodeKind::kNumber, .text = std::string(token.text), .value = token.number, .begin = token.begin};
    if (now().kind != TokenKind::kPercent && (now().kind != TokenKind::kName || is_keyword(now().text)))
      return add(std::move(node));
    const auto unit = find_unit(now().text);
    if (!unit) return expected(fmt::format("a unit ({}) or an operator after {}", unit_words(), token.text));
    ++at_;
    node.value *= unit->factor;
    node.unit = unit->unit;
    // m/s: only where a unit of time follows, so that 3 m / 2 divides.
    if (now().kind == TokenKind::kDivide && after(1).kind == TokenKind::kName && after(2).kind != TokenKind::kOpen)
      if (const auto per = find_unit(after(1).text); per && per->unit == kSecond) {
        at_ += 2;
        node.value /= per->factor;
        node.unit = quotient(node.unit, per->unit);
      }
    if (!std::isfinite(node.value)) return source_.fail(token.begin, "this number is too large");
    return add(std::move(node));
  }

  Result<int> word() {
    const Token token = now();
    if (token.text == "true" || token.text == "false") {
      ++at_;
      return add({.kind = NodeKind::kBool, .value = token.text == "true" ? 1.0 : 0.0, .begin = token.begin});
    }
    if (token.text == "in" || token.text == "crossed") {
      ++at_;
      if (now().kind != TokenKind::kName || is_keyword(now().text))
        return expected(token.text == "in" ? "a zone after 'in'" : "a line after 'crossed'");
      const Token name = now();
      ++at_;
      return add({.kind = token.text == "in" ? NodeKind::kIn : NodeKind::kCrossed,
                  .text = std::string(name.text),
                  .begin = name.begin});
    }
    if (is_keyword(token.text)) return expected("a number, a name, 'not', '-' or '('");
    ++at_;
    if (now().kind == TokenKind::kOpen) return call(token);
    return add({.kind = NodeKind::kName, .text = std::string(token.text), .begin = token.begin});
  }

  Result<int> call(const Token& name) {
    const Deeper deeper(depth_);
    if (depth_ > kDepthMax) return too_deep();
    Node node{.kind = NodeKind::kCall, .text = std::string(name.text), .begin = name.begin};
    ++at_;
    do {
      node.children.push_back(TRY(either()));
    } while (take(TokenKind::kComma));
    if (take_word("where")) {
      node.children.push_back(TRY(either()));
      node.has_where = true;
    }
    if (!take(TokenKind::kClose)) return expected("',' or ')'");
    return add(std::move(node));
  }

  /// Counts how deep the descent is, so that no input can use up the stack.
  class Deeper {
   public:
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    int& depth_;
  };
  std::unexpected<base::Error> too_deep() const {
    return source_.fail(now().begin, fmt::format("more than {} parentheses or signs within each other", kDepthMax));
  }

  const SourceText& source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Syntax syntax_;
};

}  // namespace

base::Result<Syntax> parse_expression(const SourceText& source) {
  return Parser(source, TRY(tokenize(source))).parse();
}

base::Result<std::chrono::nanoseconds> parse_duration(const SourceText& source) {
  const std::vector<Token> tokens = TRY(tokenize(source));
  const auto unit =
      tokens.size() == 3 && tokens[0].kind == TokenKind::kNumber ? find_unit(tokens[1].text) : std::nullopt;
  if (!unit || unit->unit != kSecond)
    return source.fail(0,
                       fmt::format("expected a duration such as \"1.5 s\" or \"200 ms\", found \"{}\"", source.text));
  const double seconds = tokens[0].number * unit->factor;
  if (!(seconds <= 86400)) return source.fail(0, "a duration may be a day at most");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::nearbyint(seconds * 1e9)));
}

}  // namespace hedge::rules

// An expression as a tree: first as written (parser.h), then with names, types and units found (resolve.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/unit.h"

namespace hedge::rules {

enum class NodeKind : std::uint8_t {
  kNumber,   ///< `value` in its base unit
  kBool,     ///< true, false
  kName,     ///< a variable or a class; resolved: kTerm or kClass
  kString,   ///< a class in quotes; resolved: kClass
  kIn,       ///< in ZONE: `text` is the zone; resolved: kTerm
  kCrossed,  ///< crossed LINE: `text` is the line; resolved: kTerm
  kCall,     ///< text(children); resolved: kTerm, kApply or kAggregate
  kApply,    ///< an operator on its children
  // Only after resolve():
  kTerm,       ///< a quantity of the frame or of a track: `term`
  kClass,      ///< a class as a value: `value` is its number
  kAggregate,  ///< over all tracks: children are the body and, where there is one, the condition
};

enum class Operator : std::uint8_t {
  kNone,
  kNegate,
  kNot,
  kAbs,
  kKnown,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kAnd,
  kOr,
  kLeast,
  kMost,  ///< of two
};

enum class Aggregate : std::uint8_t { kAny, kAll, kCount, kMin, kMax };

struct Type {
  enum class Kind : std::uint8_t { kBool, kNumber, kClass };
  Kind kind = Kind::kNumber;
  Unit unit;  ///< of a number
  bool operator==(const Type&) const = default;
};

struct Node {
  NodeKind kind = NodeKind::kNumber;
  Operator op = Operator::kNone;
  Aggregate aggregate = Aggregate::kAny;
  bool has_where = false;  ///< the last child is the condition after `where`
  std::string text;        ///< the name as written
  double value = 0;
  Unit unit;                  ///< of a kNumber
  std::vector<int> children;  ///< indices into Syntax::nodes
  std::size_t begin = 0;      ///< byte in the source, for errors
  Type type;                  ///< from resolve()
  int term = -1;              ///< kTerm: index into Terms
};

/// Indices, not pointers: cheap to copy, nothing to free one by one.
struct Syntax {
  std::vector<Node> nodes;
  int root = -1;
};

inline constexpr std::size_t kNodesMax = 512;
inline constexpr int kDepthMax = 48;  ///< of parentheses, calls and signs within each other

/// "and", "<", "+"; a function's name for kAbs, kKnown, kLeast, kMost.
const char* to_string(Operator op);
const char* to_string(Aggregate aggregate);
/// "a condition", "a class", or the unit in words.
std::string describe(const Type& type);

/// The expression with every parenthesis and unit, as it was understood; reading that gives the same tree.
std::string to_text(const Syntax& syntax);
std::string to_text(const Syntax& syntax, int node);

}  // namespace hedge::rules

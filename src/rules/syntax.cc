#include "rules/syntax.h"

#include <fmt/format.h>

namespace hedge::rules {

const char* to_string(Operator op) {
  switch (op) {
    case Operator::kNone: return "";
    case Operator::kNegate:
    case Operator::kSubtract: return "-";
    case Operator::kNot: return "not";
    case Operator::kAbs: return "abs";
    case Operator::kKnown: return "known";
    case Operator::kAdd: return "+";
    case Operator::kMultiply: return "*";
    case Operator::kDivide: return "/";
    case Operator::kLess: return "<";
    case Operator::kLessEqual: return "<=";
    case Operator::kGreater: return ">";
    case Operator::kGreaterEqual: return ">=";
    case Operator::kEqual: return "==";
    case Operator::kNotEqual: return "!=";
    case Operator::kAnd: return "and";
    case Operator::kOr: return "or";
    case Operator::kLeast: return "min";
    case Operator::kMost: return "max";
  }
  return "?";
}

const char* to_string(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kAny: return "any";
    case Aggregate::kAll: return "all";
    case Aggregate::kCount: return "count";
    case Aggregate::kMin: return "min";
    case Aggregate::kMax: return "max";
  }
  return "?";
}

std::string describe(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kBool: return "a condition";
    case Type::Kind::kClass: return "a class";
    case Type::Kind::kNumber: return describe(type.unit);
  }
  return "?";
}

namespace {

std::string number_text(const Node& node) {
  const std::string unit = to_string(node.unit);
  return unit.empty() ? fmt::format("{}", node.value) : fmt::format("{} {}", node.value, unit);
}

std::string call_text(const Syntax& syntax, const Node& node, const std::string& name) {
  std::string text = name + "(";
  for (std::size_t k = 0; k < node.children.size(); ++k) {
    if (k > 0) text += node.has_where && k + 1 == node.children.size() ? " where " : ", ";
    text += to_text(syntax, node.children[k]);
  }
  return text + ")";
}

std::string apply_text(const Syntax& syntax, const Node& node) {
  switch (node.op) {
    case Operator::kNegate: return fmt::format("(-{})", to_text(syntax, node.children[0]));
    case Operator::kNot: return fmt::format("(not {})", to_text(syntax, node.children[0]));
    case Operator::kAbs:
    case Operator::kKnown:
    case Operator::kLeast:
    case Operator::kMost: return call_text(syntax, node, to_string(node.op));
    default:
      return fmt::format("({} {} {})", to_text(syntax, node.children[0]), to_string(node.op),
                         to_text(syntax, node.children[1]));
  }
}

}  // namespace

std::string to_text(const Syntax& syntax, int index) {
  const Node& node = syntax.nodes[static_cast<std::size_t>(index)];
  switch (node.kind) {
    case NodeKind::kNumber: return number_text(node);
    case NodeKind::kBool: return node.value != 0 ? "true" : "false";
    case NodeKind::kString:
    case NodeKind::kClass: return fmt::format("'{}'", node.text);
    case NodeKind::kIn: return "in " + node.text;
    case NodeKind::kCrossed: return "crossed " + node.text;
    case NodeKind::kName:
    case NodeKind::kTerm: return node.text;
    case NodeKind::kCall: return call_text(syntax, node, node.text);
    case NodeKind::kAggregate: return call_text(syntax, node, to_string(node.aggregate));
    case NodeKind::kApply: return apply_text(syntax, node);
  }
  return "?";
}

std::string to_text(const Syntax& syntax) { return to_text(syntax, syntax.root); }

}  // namespace hedge::rules

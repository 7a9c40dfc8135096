#include "rules/resolve.h"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "rules/lexer.h"

namespace hedge::rules {
namespace {

using base::Status;
using Kind = Type::Kind;

constexpr Type kCondition{.kind = Kind::kBool};
constexpr Type kAClass{.kind = Kind::kClass};
constexpr Type number(Unit unit) { return {.kind = Kind::kNumber, .unit = unit}; }

enum class Of { kTrack, kFrame };
enum class Needs { kNothing, kGround, kZone, kLine };

struct TermRow {
  std::string_view name;
  Quantity quantity;
  Of of;
  Needs needs;
  Type type;
};
constexpr TermRow kRows[] = {
    {"class", Quantity::kClass, Of::kTrack, Needs::kNothing, kAClass},
    {"score", Quantity::kScore, Of::kTrack, Needs::kNothing, number(kPlain)},
    {"age", Quantity::kAge, Of::kTrack, Needs::kNothing, number(kSecond)},
    {"unseen", Quantity::kUnseen, Of::kTrack, Needs::kNothing, number(kSecond)},
    {"visible", Quantity::kVisible, Of::kTrack, Needs::kNothing, kCondition},
    {"x", Quantity::kX, Of::kTrack, Needs::kNothing, number(kPixel)},
    {"y", Quantity::kY, Of::kTrack, Needs::kNothing, number(kPixel)},
    {"width", Quantity::kWidth, Of::kTrack, Needs::kNothing, number(kPixel)},
    {"height", Quantity::kHeight, Of::kTrack, Needs::kNothing, number(kPixel)},
    {"speed_px", Quantity::kSpeedPx, Of::kTrack, Needs::kNothing, number(kPixelPerSecond)},
    {"ttc", Quantity::kTtc, Of::kTrack, Needs::kNothing, number(kSecond)},
    {"ttc_sigma", Quantity::kTtcSigma, Of::kTrack, Needs::kNothing, number(kSecond)},
    {"ttc_ground", Quantity::kTtcGround, Of::kTrack, Needs::kGround, number(kSecond)},
    {"speed", Quantity::kSpeed, Of::kTrack, Needs::kGround, number(kMetrePerSecond)},
    {"closing", Quantity::kClosing, Of::kTrack, Needs::kGround, number(kMetrePerSecond)},
    {"distance", Quantity::kDistance, Of::kTrack, Needs::kGround, number(kMetre)},
    {"dwell", Quantity::kDwell, Of::kTrack, Needs::kZone, number(kSecond)},
    {"tracks", Quantity::kTracks, Of::kFrame, Needs::kNothing, number(kPlain)},
    {"tracks_ignored", Quantity::kTracksIgnored, Of::kFrame, Needs::kNothing, number(kPlain)},
    {"frame_width", Quantity::kFrameWidth, Of::kFrame, Needs::kNothing, number(kPixel)},
    {"frame_height", Quantity::kFrameHeight, Of::kFrame, Needs::kNothing, number(kPixel)},
    {"occupancy", Quantity::kOccupancy, Of::kFrame, Needs::kZone, number(kPlain)},
    {"unusual", Quantity::kUnusual, Of::kFrame, Needs::kZone, number(kPlain)},
    {"crossings", Quantity::kCrossings, Of::kFrame, Needs::kLine, number(kPlain)},
    {"forward", Quantity::kForward, Of::kFrame, Needs::kLine, number(kPlain)},
    {"backward", Quantity::kBackward, Of::kFrame, Needs::kLine, number(kPlain)},
};
constexpr std::string_view kAggregates[] = {"any", "all", "count", "min", "max"};
constexpr std::string_view kFunctions[] = {"abs", "known"};

const TermRow* find_row(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &TermRow::name);
  return row == std::end(kRows) ? nullptr : row;
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

template <class Named>
int index_of(const std::vector<Named>& all, std::string_view name) {
  for (std::size_t k = 0; k < all.size(); ++k)
    if (all[k].name == name) return static_cast<int>(k);
  return -1;
}

class Resolver {
 public:
  Resolver(Syntax& syntax, const SourceText& source, const Scene& scene, const Vocabulary& vocabulary, Terms& terms)
      : syntax_(syntax), source_(source), scene_(scene), vocabulary_(vocabulary), terms_(terms) {}

  Status resolve(int index, bool in_aggregate) {
    switch (node(index).kind) {
      case NodeKind::kNumber: node(index).type = number(node(index).unit); return {};
      case NodeKind::kBool: node(index).type = kCondition; return {};
      case NodeKind::kName: return name(node(index), in_aggregate);
      case NodeKind::kString: return class_name(node(index));
      case NodeKind::kIn: return zone_or_line(node(index), in_aggregate, Quantity::kIn);
      case NodeKind::kCrossed: return zone_or_line(node(index), in_aggregate, Quantity::kCrossed);
      case NodeKind::kCall: return call(index, in_aggregate);
      case NodeKind::kApply: return apply(index, in_aggregate);
      default: return {};
    }
  }

  /// A class where a condition is wanted means: it is of this class. Returns the node that is a condition now.
  base::Result<int> condition(int index, bool in_aggregate, std::string_view where) {
    Node& found = node(index);
    if (found.type == kCondition) return index;
    if (found.kind == NodeKind::kClass) {
      if (!in_aggregate) return outside(found, found.text);
      // The class itself moves to the end of the tree: children may stand anywhere after this.
      const Node literal = found;
      Node of_track{.kind = NodeKind::kTerm, .text = "class", .begin = found.begin, .type = kAClass};
      of_track.term = terms_.intern({.quantity = Quantity::kClass, .text = "class", .type = kAClass, .of_track = true});
      const int left = push(std::move(of_track)), right = push(literal);
      Node equal{.kind = NodeKind::kApply,
                 .op = Operator::kEqual,
                 .children = {left, right},
                 .begin = literal.begin,
                 .type = kCondition};
      node(index) = std::move(equal);
      return index;
    }
    return source_.fail(
        found.begin, fmt::format("{} must be a condition, such as ttc < 1.5 s, not {}", where, describe(found.type)));
  }

 private:
  Node& node(int index) { return syntax_.nodes[static_cast<std::size_t>(index)]; }
  int push(Node added) {
    syntax_.nodes.push_back(std::move(added));
    return static_cast<int>(syntax_.nodes.size()) - 1;
  }

  std::unexpected<base::Error> outside(const Node& at, std::string_view name) const {
    return source_.fail(at.begin, fmt::format("'{}' is of one track: put it inside any(...), all(...), count(...), "
                                              "min(...) or max(...)",
                                              name));
  }

  Status term(Node& node, Term term, bool in_aggregate) {
    if (term.of_track && !in_aggregate) return outside(node, term.text);
    node.kind = NodeKind::kTerm;
    node.type = term.type;
    node.text = term.text;
    node.children.clear();
    node.term = terms_.intern(std::move(term));
    return {};
  }

  Status name(Node& node, bool in_aggregate) {
    if (const TermRow* row = find_row(node.text)) {
      if (row->needs == Needs::kZone || row->needs == Needs::kLine)
        return source_.fail(node.begin, fmt::format("'{0}' needs a {1}: write {0}({1})", node.text,
                                                    row->needs == Needs::kZone ? "ZONE" : "LINE"));
      if (row->needs == Needs::kGround && !scene_.camera.calibrated())
        return source_.fail(node.begin, fmt::format("'{}' is in metres: calibrate [camera], by height_m, pitch_deg and "
                                                    "fov_vertical_deg or by image_points and ground_points",
                                                    node.text));
      return term(node,
                  {.quantity = row->quantity, .text = node.text, .type = row->type, .of_track = row->of == Of::kTrack},
                  in_aggregate);
    }
    const auto unmeasured = std::ranges::find(vocabulary_.unmeasured, node.text, &Vocabulary::Unmeasured::name);
    if (unmeasured != vocabulary_.unmeasured.end())
      return source_.fail(node.begin, fmt::format("'{}' needs {}", node.text, unmeasured->needs));
    const auto number_at = std::ranges::find(vocabulary_.numbers, node.text);
    if (number_at != vocabulary_.numbers.end())
      return term(node,
                  {.quantity = Quantity::kNumber,
                   .index = static_cast<int>(number_at - vocabulary_.numbers.begin()),
                   .text = node.text,
                   .type = number(kPlain)},
                  in_aggregate);
    if (std::ranges::find(vocabulary_.classes, node.text) != vocabulary_.classes.end()) return class_name(node);
    return unknown(node);
  }

  std::unexpected<base::Error> unknown(const Node& node) const {
    if (index_of(scene_.zones, node.text) >= 0)
      return source_.fail(node.begin,
                          fmt::format("'{0}' is a zone: write 'in {0}', dwell({0}) or occupancy({0})", node.text));
    if (index_of(scene_.lines, node.text) >= 0)
      return source_.fail(node.begin, fmt::format("'{0}' is a line: write 'crossed {0}' or crossings({0})", node.text));
    if (find_unit(node.text))
      return source_.fail(node.begin, fmt::format("'{0}' is a unit: write a number before it", node.text));
    std::vector<std::string> of_track, of_frame = vocabulary_.numbers;
    for (const TermRow& row : kRows) {
      const char* argument = row.needs == Needs::kZone ? "(ZONE)" : row.needs == Needs::kLine ? "(LINE)" : "";
      (row.of == Of::kTrack ? of_track : of_frame).push_back(std::string(row.name) + argument);
    }
    return source_.fail(node.begin,
                        fmt::format("unknown name '{}'; of a track: {}, in ZONE, crossed LINE; of the frame: "
                                    "{}; classes: {}",
                                    node.text, listed(of_track), listed(of_frame), listed(vocabulary_.classes)));
  }

  Status class_name(Node& node) {
    const auto found = std::ranges::find(vocabulary_.classes, node.text);
    if (found == vocabulary_.classes.end())
      return source_.fail(node.begin,
                          fmt::format("unknown class '{}'; known are: {}", node.text, listed(vocabulary_.classes)));
    node.kind = NodeKind::kClass;
    node.value = static_cast<double>(found - vocabulary_.classes.begin());
    node.type = kAClass;
    return {};
  }

  base::Result<int> find_zone(const Node& node) const {
    const int index = index_of(scene_.zones, node.text);
    if (index < 0)
      return source_.fail(node.begin,
                          fmt::format("unknown zone '{}'; known are: {}", node.text, listed(names_of(scene_.zones))));
    return index;
  }
  base::Result<int> find_line(const Node& node) const {
    const int index = index_of(scene_.lines, node.text);
    if (index < 0)
      return source_.fail(node.begin,
                          fmt::format("unknown line '{}'; known are: {}", node.text, listed(names_of(scene_.lines))));
    return index;
  }

  /// `in ZONE` and `crossed LINE`.
  Status zone_or_line(Node& node, bool in_aggregate, Quantity quantity) {
    const bool zone = quantity == Quantity::kIn;
    const int index = zone ? TRY(find_zone(node)) : TRY(find_line(node));
    return term(node,
                {.quantity = quantity,
                 .index = index,
                 .text = (zone ? "in " : "crossed ") + node.text,
                 .type = kCondition,
                 .of_track = true},
                in_aggregate);
  }

  Status call(int index, bool in_aggregate) {
    const std::string name = node(index).text;
    if (const TermRow* row = find_row(name);
        row != nullptr && (row->needs == Needs::kZone || row->needs == Needs::kLine))
      return term_call(node(index), *row, in_aggregate);
    const bool least_or_most = name == "min" || name == "max";
    const std::size_t arguments = node(index).children.size() - (node(index).has_where ? 1 : 0);
    if (std::ranges::find(kAggregates, name) != std::end(kAggregates) && !(least_or_most && arguments > 1))
      return aggregate(index, in_aggregate);
    if (node(index).has_where)
      return source_.fail(node(index).begin,
                          fmt::format("'where' belongs to any, all, count, min or max over tracks, not to {}", name));
    if (least_or_most) {
      if (arguments != 2)
        return source_.fail(node(index).begin, fmt::format("{} takes one value of each track, or two values", name));
      node(index).op = name == "min" ? Operator::kLeast : Operator::kMost;
    } else if (std::ranges::find(kFunctions, name) != std::end(kFunctions)) {
      if (arguments != 1) return source_.fail(node(index).begin, fmt::format("{} takes one value", name));
      node(index).op = name == "abs" ? Operator::kAbs : Operator::kKnown;
    } else {
      std::vector<std::string> known(std::begin(kAggregates), std::end(kAggregates));
      known.insert(known.end(), std::begin(kFunctions), std::end(kFunctions));
      for (const TermRow& row : kRows)
        if (row.needs == Needs::kZone || row.needs == Needs::kLine) known.emplace_back(row.name);
      return source_.fail(node(index).begin, fmt::format("unknown function '{}'; known are: {}", name, listed(known)));
    }
    node(index).kind = NodeKind::kApply;
    return apply(index, in_aggregate);
  }

  /// dwell(ZONE), crossings(LINE, 60 s), ...
  Status term_call(Node& node, const TermRow& row, bool in_aggregate) {
    const bool zone = row.needs == Needs::kZone, may_have_window = row.quantity == Quantity::kCrossings;
    const std::string wanted =
        fmt::format("{}({}{})", row.name, zone ? "ZONE" : "LINE", may_have_window ? "[, TIME]" : "");
    const std::size_t count = node.children.size();
    const Node& place = this->node(node.children[0]);
    if (node.has_where || place.kind != NodeKind::kName || count > (may_have_window ? 2U : 1U))
      return source_.fail(node.begin, fmt::format("write {}", wanted));
    Term term{.quantity = row.quantity, .type = row.type, .of_track = row.of == Of::kTrack};
    term.index = zone ? TRY(find_zone(place)) : TRY(find_line(place));
    if (row.quantity == Quantity::kUnusual && scene_.zones[static_cast<std::size_t>(term.index)].baseline.count() == 0)
      return source_.fail(
          place.begin,
          fmt::format("zone '{}' has no baseline to be unusual against: give it baseline = \"10 min\"", place.text));
    std::string window;
    if (count == 2) {
      const Node& span = this->node(node.children[1]);
      if (span.kind != NodeKind::kNumber || span.unit != kSecond || !(span.value > 0 && span.value <= 86400))
        return source_.fail(span.begin, "expected a time up to a day, such as 60 s");
      term.window = std::chrono::nanoseconds(static_cast<std::int64_t>(std::nearbyint(span.value * 1e9)));
      window = fmt::format(", {} s", span.value);
    }
    term.text = fmt::format("{}({}{})", row.name, place.text, window);
    return this->term(node, std::move(term), in_aggregate);
  }

  Status aggregate(int index, bool in_aggregate) {
    const std::string name = node(index).text;
    if (in_aggregate)
      return source_.fail(node(index).begin,
                          fmt::format("{}(...) stands inside another one: each goes over all tracks", name));
    const std::vector<int> children = node(index).children;
    const bool has_where = node(index).has_where;
    if (children.size() != (has_where ? 2U : 1U))
      return source_.fail(node(index).begin, fmt::format("{} takes one {} of each track", name,
                                                         name == "min" || name == "max" ? "value" : "condition"));
    for (const int child : children) TRY(resolve(child, true));
    const auto kind = static_cast<Aggregate>(std::ranges::find(kAggregates, name) - std::begin(kAggregates));
    const bool of_numbers = kind == Aggregate::kMin || kind == Aggregate::kMax;
    if (has_where) TRY(condition(children[1], true, "what follows 'where'"));
    if (!of_numbers)
      TRY(condition(children[0], true, fmt::format("what {} looks at", name)));
    else if (node(children[0]).type.kind != Kind::kNumber)
      return source_.fail(node(children[0]).begin, fmt::format("{} needs a number of each track, not {}", name,
                                                               describe(node(children[0]).type)));
    Node& made = node(index);
    made.kind = NodeKind::kAggregate;
    made.aggregate = kind;
    made.type = of_numbers ? node(children[0]).type : kind == Aggregate::kCount ? number(kPlain) : kCondition;
    return {};
  }

  /// Zero is zero in every unit.
  static bool is_zero(const Node& node) {
    return node.kind == NodeKind::kNumber && node.value == 0 && node.unit.plain();
  }

  /// Both sides of +, -, <, min: numbers of one unit.
  Status same_units(int left, int right, std::size_t begin, const char* op) {
    Node &a = node(left), &b = node(right);
    if (is_zero(a) && b.type.kind == Kind::kNumber) a.unit = b.type.unit, a.type = b.type;
    if (is_zero(b) && a.type.kind == Kind::kNumber) b.unit = a.type.unit, b.type = a.type;
    if (a.type == b.type) return {};
    const bool unit_forgotten =
        (b.kind == NodeKind::kNumber && b.unit.plain()) || (a.kind == NodeKind::kNumber && a.unit.plain());
    return source_.fail(begin, fmt::format("'{}' stands between {} and {}{}", op, describe(a.type), describe(b.type),
                                           unit_forgotten ? "; write a unit after the number" : ""));
  }

  base::Result<Unit> numeric(int index, const char* op) {
    if (node(index).type.kind != Kind::kNumber)
      return source_.fail(node(index).begin,
                          fmt::format("'{}' needs a number here, not {}", op, describe(node(index).type)));
    return node(index).type.unit;
  }

  Status apply(int index, bool in_aggregate) {
    const std::vector<int> children = node(index).children;
    for (const int child : children) TRY(resolve(child, in_aggregate));
    const Operator op = node(index).op;
    const char* sign = to_string(op);
    const auto set = [&](Type type) {
      node(index).type = type;
      return Status{};
    };
    switch (op) {
      case Operator::kNone: break;
      case Operator::kNot:
      case Operator::kAnd:
      case Operator::kOr:
        for (const int child : children) TRY(condition(child, in_aggregate, fmt::format("what '{}' joins", sign)));
        return set(kCondition);
      case Operator::kNegate:
      case Operator::kAbs: return set(number(TRY(numeric(children[0], sign))));
      case Operator::kKnown: TRY(numeric(children[0], sign)); return set(kCondition);
      case Operator::kMultiply:
        return set(
            number(TRY(small(product(TRY(numeric(children[0], sign)), TRY(numeric(children[1], sign))), index))));
      case Operator::kDivide:
        return set(
            number(TRY(small(quotient(TRY(numeric(children[0], sign)), TRY(numeric(children[1], sign))), index))));
      case Operator::kEqual:
      case Operator::kNotEqual:
        if (node(children[0]).type == kAClass && node(children[1]).type == kAClass) return set(kCondition);
        [[fallthrough]];
      case Operator::kLess:
      case Operator::kLessEqual:
      case Operator::kGreater:
      case Operator::kGreaterEqual:
        for (const int child : children) TRY(numeric(child, sign));
        TRY(same_units(children[0], children[1], node(index).begin, sign));
        return set(kCondition);
      case Operator::kAdd:
      case Operator::kSubtract:
      case Operator::kLeast:
      case Operator::kMost:
        for (const int child : children) TRY(numeric(child, sign));
        TRY(same_units(children[0], children[1], node(index).begin, sign));
        return set(node(children[0]).type);
    }
    return {};
  }

  /// Powers that no quantity has are a slip, and would overflow in the end.
  base::Result<Unit> small(Unit unit, int index) {
    constexpr int kPowerMax = 8;
    for (const int power : {unit.second, unit.metre, unit.pixel})
      if (power > kPowerMax || power < -kPowerMax)
        return source_.fail(node(index).begin, fmt::format("the unit {} makes no sense", to_string(unit)));
    return unit;
  }

  Syntax& syntax_;
  const SourceText& source_;
  const Scene& scene_;
  const Vocabulary& vocabulary_;
  Terms& terms_;
};

}  // namespace

base::Status resolve_condition(Syntax& syntax, const SourceText& source, const Scene& scene,
                               const Vocabulary& vocabulary, Terms& terms) {
  Resolver resolver(syntax, source, scene, vocabulary, terms);
  TRY(resolver.resolve(syntax.root, false));
  TRY(resolver.condition(syntax.root, false, "a rule"));
  return {};
}

std::string why_no_name(const std::string& name, bool in_expressions) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.empty() || !letter(name[0]) || name.size() > 64 ||
      !std::ranges::all_of(name, [&](char c) { return letter(c) || digit(c); }))
    return "a name is a letter, then up to 63 letters, digits and _";
  if (!in_expressions) return "";
  if (is_keyword(name) || find_row(name) != nullptr || std::ranges::find(kAggregates, name) != std::end(kAggregates) ||
      std::ranges::find(kFunctions, name) != std::end(kFunctions))
    return "this is a word of the rule language";
  return "";
}

}  // namespace hedge::rules

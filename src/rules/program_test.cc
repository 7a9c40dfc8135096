// The flat program against the tree that it comes from, interpreted as naively as the grammar's text says.
#include "rules/program.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "rules/parser.h"
#include "rules/resolve.h"
#include "rules/street.h"

namespace hedge::rules {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The smaller of two; the first of equals (0 and -0 are), and what is known rather than what is not.
double least(double a, double b) {
  if (a != a) return b;
  if (b != b) return a;
  return a <= b ? a : b;
}

class Naive {
 public:
  Naive(const Syntax& syntax, const Terms& terms, const Table& table) : syntax_(syntax), terms_(terms), table_(table) {}
  double value(int index, std::size_t track = 0) const {
    const Node& node = syntax_.nodes[static_cast<std::size_t>(index)];
    const auto child = [&](std::size_t k) { return value(node.children[k], track); };
    switch (node.kind) {
      case NodeKind::kNumber:
      case NodeKind::kBool:
      case NodeKind::kClass: return node.value;
      case NodeKind::kTerm: {
        const Term& term = terms_[node.term];
        const auto column = static_cast<std::size_t>(term.column);
        return term.of_track ? table_.tracks[track * table_.track_columns + column] : table_.frame[column];
      }
      case NodeKind::kAggregate: return aggregate(node);
      case NodeKind::kApply: break;
      default: ADD_FAILURE() << "not resolved"; return kNan;
    }
    switch (node.op) {
      case Operator::kNegate: return -child(0);
      case Operator::kNot: return child(0) == 1 ? 0 : 1;
      case Operator::kAbs: return std::copysign(child(0), 1);
      case Operator::kKnown: return child(0) == child(0) ? 1 : 0;
      case Operator::kAdd: return child(0) + child(1);
      case Operator::kSubtract: return child(0) - child(1);
      case Operator::kMultiply: return child(0) * child(1);
      case Operator::kDivide: return child(0) / child(1);
      case Operator::kLess: return child(0) < child(1);
      case Operator::kLessEqual: return child(0) <= child(1);
      case Operator::kGreater: return child(0) > child(1);
      case Operator::kGreaterEqual: return child(0) >= child(1);
      case Operator::kEqual: return child(0) == child(1);
      case Operator::kNotEqual: return !std::isnan(child(0)) && !std::isnan(child(1)) && child(0) != child(1);
      case Operator::kAnd: return child(0) == 1 && child(1) == 1;
      case Operator::kOr: return child(0) == 1 || child(1) == 1;
      case Operator::kLeast: return least(child(0), child(1));
      case Operator::kMost: return -least(-child(0), -child(1));
      case Operator::kNone: break;
    }
    ADD_FAILURE() << "no such operator";
    return kNan;
  }

 private:
  double aggregate(const Node& node) const {
    std::vector<double> values;
    for (std::size_t track = 0; track < table_.track_count; ++track)
      if (!node.has_where || value(node.children[1], track) == 1) values.push_back(value(node.children[0], track));
    const auto trues = static_cast<double>(std::ranges::count(values, 1.0));
    double extreme = kNan;
    switch (node.aggregate) {
      case Aggregate::kAny: return trues > 0;
      case Aggregate::kAll: return trues == static_cast<double>(values.size());
      case Aggregate::kCount: return trues;
      case Aggregate::kMin:
        for (const double v : values) extreme = least(extreme, v);
        return extreme;
      case Aggregate::kMax:
        for (const double v : values) extreme = -least(-extreme, -v);
        return extreme;
    }
    return kNan;
  }
  const Syntax& syntax_;
  const Terms& terms_;
  const Table& table_;
};

/// Text of random expressions that are right in names, types and units.
class Writer {
 public:
  explicit Writer(std::mt19937& random) : random_(random) {}
  std::string condition(int depth, bool of_track) {
    const int kind = pick(depth > 0 ? 9 : 3);
    const auto inner = [&] { return condition(depth - 1, of_track); };
    if (kind == 0)
      return of_track ? one_of({"visible", "in corridor", "in dock", "crossed gate", "person", "'traffic light'",
                                "class == car", "class != person"})
                      : one_of({"true", "false"});
    if (kind <= 2 || kind == 8) {
      const std::string unit = one_of({"", "s", "px", "m"});
      return number(depth - 1, unit, of_track) + one_of({" < ", " <= ", " > ", " >= ", " == ", " != "}) +
             number(depth - 1, unit, of_track);
    }
    if (kind == 3) return "(" + inner() + " and " + inner() + ")";
    if (kind == 4) return "(" + inner() + " or " + inner() + ")";
    if (kind == 5) return "not (" + inner() + ")";
    if (kind == 6) return "known(" + number(depth - 1, one_of({"", "s"}), of_track) + ")";
    if (of_track) return inner();
    return one_of({"any(", "all("}) + condition(depth - 1, true) + where(depth) + ")";
  }
  std::string number(int depth, const std::string& unit, bool of_track) {
    const auto inner = [&](const std::string& wanted) { return number(depth - 1, wanted, of_track); };
    switch (pick(depth > 0 ? 9 : 2)) {
      case 0: return literal(unit);
      case 1: return of_track || unit.empty() ? term(unit, of_track) : literal(unit);
      case 2: return "(" + inner(unit) + " + " + inner(unit) + ")";
      case 3: return inner(unit) + " - " + literal(unit);
      case 4: return literal("") + " * " + inner(unit);
      case 5: return "(" + inner(unit) + ") / (" + inner("") + ")";
      case 6: return one_of({"min(", "max("}) + inner(unit) + ", " + inner(unit) + ")";
      case 7: return one_of({"abs(", "-("}) + inner(unit) + ")";
      default:
        if (of_track) return inner(unit);
        if (unit.empty() && pick(2) == 0) return "count(" + condition(depth - 1, true) + where(depth) + ")";
        return one_of({"min(", "max("}) + number(depth - 1, unit, true) + where(depth) + ")";
    }
  }

 private:
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
  std::string one_of(const std::vector<std::string>& words) {
    return words[static_cast<std::size_t>(pick(static_cast<int>(words.size())))];
  }
  std::string literal(const std::string& unit) {
    if (unit == "s") return one_of({"1 s", "0 s", "250 ms", "1.5 s", "2 min"});
    if (unit == "m") return one_of({"1 m", "30 cm", "0.5 km"});
    return one_of({"0", "1", "2.5", "1e2", ".5"}) + (unit.empty() ? "" : " " + unit);
  }
  std::string term(const std::string& unit, bool of_track) {
    if (!of_track)
      return one_of(
          {"fps", "dropped", "tracks", "occupancy(dock)", "unusual(dock)", "crossings(gate)", "crossings(gate, 30 s)"});
    if (unit == "s") return one_of({"ttc", "age", "dwell(corridor)", "dwell(dock)", "ttc_ground"});
    if (unit == "px") return one_of({"x", "y", "width", "height"});
    if (unit == "m") return "distance";
    return one_of({"score", "fps", "ttc / 1 s", "speed / 1 m/s"});
  }
  std::string where(int depth) { return pick(3) == 0 ? " where " + condition(depth - 1, true) : ""; }
  std::mt19937& random_;
};

struct Compiled {
  Syntax syntax;
  Terms terms;
  Program program;
};
base::Result<Compiled> compile(const std::string& text, const Scene& scene) {
  Compiled made;
  const SourceText source{.text = text, .file = "x", .places = {}};
  made.syntax = TRY(parse_expression(source));
  TRY(resolve_condition(made.syntax, source, scene, street_words(), made.terms));
  made.program = TRY(compile_program(made.syntax, source, made.terms));
  return made;
}

/// Values that meet each other, and unknown and infinite ones.
double random_value(std::mt19937& random, const Type& type) {
  const auto pick = [&](int count) { return std::uniform_int_distribution<int>(0, count - 1)(random); };
  if (type.kind == Type::Kind::kBool) return pick(2);
  if (type.kind == Type::Kind::kClass) return pick(3);
  constexpr double kValues[] = {0, 1, 0.25, 1.5, 2.5, -1, 100, kNan, std::numeric_limits<double>::infinity(), 120, 3};
  return kValues[pick(static_cast<int>(std::size(kValues)))];
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

TEST(Program, GivesWhatTheTreeMeans) {
  const Rules street = street_with("");
  std::mt19937 random(11);
  Writer writer(random);
  int trues = 0, loops = 0, compared = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = writer.condition(1 + round % 5, false);
    const auto made = compile(text, street.scene());
    if (!made && made.error().message.find("more than") != std::string::npos) continue;
    ASSERT_TRUE(made) << text << "\n" << made.error().message;
    const auto again = compile(to_text(made->syntax), street.scene());
    ASSERT_TRUE(again) << to_text(made->syntax) << "\n" << again.error().message;
    ASSERT_EQ(to_text(made->syntax), to_text(again->syntax)) << text;
    loops += made->program.aggregates.empty() ? 0 : 1;
    for (int frame = 0; frame < 4; ++frame) {
      Table table{.frame = {},
                  .tracks = {},
                  .track_columns = static_cast<std::size_t>(made->terms.track_columns()),
                  .track_count = static_cast<std::size_t>(frame)};
      std::vector<double> frame_row(static_cast<std::size_t>(made->terms.frame_columns())),
          rows(table.track_columns * table.track_count);
      for (const Term& term : made->terms.all()) {
        const auto column = static_cast<std::size_t>(term.column);
        if (!term.of_track) frame_row[column] = random_value(random, term.type);
        for (std::size_t k = 0; term.of_track && k < table.track_count; ++k)
          rows[k * table.track_columns + column] = random_value(random, term.type);
      }
      table.frame = frame_row;
      table.tracks = rows;
      std::vector<double> aggregates(made->program.aggregates.size());
      std::vector<std::uint8_t> involved(table.track_count);
      const double flat = run_program(made->program, table, {.aggregates = aggregates, .involved = involved});
      const double naive = Naive(made->syntax, made->terms, table).value(made->syntax.root);
      ASSERT_TRUE(same(flat, naive)) << text << "\n" << flat << " " << naive;
      trues += flat != 0 ? 1 : 0;
      ++compared;
    }
  }
  // The expressions must not be all trivial.
  EXPECT_GT(trues, compared / 10);
  EXPECT_LT(trues, compared * 9 / 10);
  EXPECT_GT(loops, 3000);
}

TEST(Program, UnknownMakesComparisonsFalse) {
  const Rules street = street_with("");
  const auto value = [&](const std::string& text, double fps) {
    const auto made = compile(text, street.scene());
    EXPECT_TRUE(made) << text;
    const std::vector<double> frame = {fps};
    return run_program(made->program, {.frame = frame, .tracks = {}}, {});
  };
  for (const char* text :
       {"fps < 1", "fps > 1", "fps <= 1", "fps >= 1", "fps == 1", "fps != 1", "fps == fps", "known(fps)"})
    EXPECT_EQ(value(text, kNan), 0) << text;
  EXPECT_EQ(value("not fps < 1", kNan), 1);
  EXPECT_EQ(value("min(fps, 3) == 3", kNan), 1) << "min passes over what is not known";
  EXPECT_EQ(value("not known(fps / 0 * 0)", 0), 1);
}

TEST(Program, StackStaysWithinItsBound) {
  const Rules street = street_with("");
  std::string text = "fps";
  for (int k = 0; k < kDepthMax - 1; ++k) text = "1 - (" + text + ")";
  const auto made = compile("fps < " + text, street.scene());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_LE(made->program.stack_max, kStackMax);
  EXPECT_GT(made->program.stack_max, static_cast<std::size_t>(kDepthMax));
}

}  // namespace
}  // namespace hedge::rules

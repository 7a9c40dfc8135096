// An expression as a flat list of instructions on a stack of doubles: what runs on every frame. Conditions are 0 and 1.
// The tree that it comes from (syntax.h) defines what it must give; rules/program_test.cc compares the two.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rules/source_text.h"
#include "rules/terms.h"

namespace hedge::rules {

inline constexpr std::size_t kStackMax = 256;

enum class Code : std::uint8_t {
  kConstant,  ///< push `value`
  kTrack,     ///< push the column `index` of the track that the loop is at
  kFrame,     ///< push the column `index` of the frame
  kApply,     ///< `op` on the topmost one or two
  kForEach,   ///< run up to `end` for every track, which leaves its body and its condition; push the aggregate
};

struct Instruction {
  Code code = Code::kConstant;
  Operator op = Operator::kNone;
  Aggregate aggregate = Aggregate::kAny;
  std::uint32_t index = 0;  ///< a column; of kForEach: which of the program's aggregates
  std::uint32_t end = 0;    ///< kForEach: the instruction after its body
  double value = 0;
};

struct Program {
  std::vector<Instruction> code;
  std::size_t stack_max = 0;
  std::vector<std::string> aggregates;  ///< their text, by Instruction::index
  std::vector<Type> aggregate_types;
  std::vector<int> terms;  ///< that it reads, each once, in the order of the text
};

/// Columns of all terms at one frame: rows of tracks, and the frame's own row. NaN: not known.
struct Table {
  std::span<const double> frame;
  std::span<const double> tracks;  ///< rows of `track_columns`
  std::size_t track_columns = 0;
  std::size_t track_count = 0;
};

/// What a run leaves besides its answer. The caller gives the room: nothing is allocated.
struct Findings {
  std::span<double> aggregates;      ///< value of each
  std::span<std::uint8_t> involved;  ///< by track: 1 where an aggregate picked it; the caller clears it
};

/// From a resolved tree.
base::Result<Program> compile_program(const Syntax& syntax, const SourceText& source, const Terms& terms);

/// An operator on known and unknown (NaN) values; `b` only where it takes two. Comparisons with an unknown are false
/// (!= too), least and most pass over it, everything else stays unknown.
double apply_operator(Operator op, double a, double b);

/// Joins the tracks' answers in the order of the table. min and max pass over unknown values and give NaN where none is
/// known; any is false and all is true over no track.
class Gatherer {
 public:
  explicit Gatherer(Aggregate aggregate);
  void add(std::size_t track, double body, bool condition);
  double value() const { return value_; }
  /// The track with the extreme value, of min and max; -1 where there is none.
  std::int64_t extreme() const { return extreme_; }

 private:
  Aggregate aggregate_;
  double value_;
  std::int64_t extreme_ = -1;
};

/// The value of the expression. A track is involved where it fulfils the body of any, all or count, or gives a min or
/// max its value.
double run_program(const Program& program, const Table& table, const Findings& findings);

/// One instruction a line, for people.
std::string to_text(const Program& program, const Terms& terms);

}  // namespace hedge::rules

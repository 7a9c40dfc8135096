#include <array>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "rules/program.h"

namespace hedge::rules {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool takes_one(Operator op) {
  return op == Operator::kNegate || op == Operator::kNot || op == Operator::kAbs || op == Operator::kKnown;
}

double initial(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kAny:
    case Aggregate::kCount: return 0;
    case Aggregate::kAll: return 1;
    case Aggregate::kMin:
    case Aggregate::kMax: return kNan;
  }
  return kNan;
}

class Machine {
 public:
  Machine(const Program& program, const Table& table, const Findings& findings)
      : program_(program), table_(table), findings_(findings) {}

  double run() {
    run(0, program_.code.size(), 0);
    return stack_[0];
  }

 private:
  /// Leaves its results on top of the stack. Loops do not nest: resolve() refuses an aggregate inside another.
  void run(std::size_t at, std::size_t end, std::size_t track) {
    while (at < end) {
      const Instruction& instruction = program_.code[at++];
      switch (instruction.code) {
        case Code::kConstant: push(instruction.value); break;
        case Code::kTrack: push(table_.tracks[track * table_.track_columns + instruction.index]); break;
        case Code::kFrame: push(table_.frame[instruction.index]); break;
        case Code::kApply: {
          const double b = takes_one(instruction.op) ? 0 : pop();
          const double a = pop();
          push(apply_operator(instruction.op, a, b));
          break;
        }
        case Code::kForEach:
          push(for_each(instruction, at));
          at = instruction.end;
          break;
      }
    }
  }

  double for_each(const Instruction& loop, std::size_t body) {
    Gatherer gatherer(loop.aggregate);
    const bool extreme = loop.aggregate == Aggregate::kMin || loop.aggregate == Aggregate::kMax;
    for (std::size_t track = 0; track < table_.track_count; ++track) {
      run(body, loop.end, track);
      const bool condition = pop() != 0;
      const double value = pop();
      gatherer.add(track, value, condition);
      if (!extreme && condition && value != 0) findings_.involved[track] = 1;
    }
    if (gatherer.extreme() >= 0) findings_.involved[static_cast<std::size_t>(gatherer.extreme())] = 1;
    findings_.aggregates[loop.index] = gatherer.value();
    return gatherer.value();
  }

  void push(double value) { stack_[top_++] = value; }
  double pop() { return stack_[--top_]; }

  const Program& program_;
  const Table& table_;
  const Findings& findings_;
  std::array<double, kStackMax> stack_;
  std::size_t top_ = 0;
};

}  // namespace

double apply_operator(Operator op, double a, double b) {
  switch (op) {
    case Operator::kNone: break;
    case Operator::kNegate: return -a;
    case Operator::kNot: return a == 0 ? 1 : 0;
    case Operator::kAbs: return std::fabs(a);
    case Operator::kKnown: return std::isnan(a) ? 0 : 1;
    case Operator::kAdd: return a + b;
    case Operator::kSubtract: return a - b;
    case Operator::kMultiply: return a * b;
    case Operator::kDivide: return a / b;
    case Operator::kLess: return a < b ? 1 : 0;
    case Operator::kLessEqual: return a <= b ? 1 : 0;
    case Operator::kGreater: return a > b ? 1 : 0;
    case Operator::kGreaterEqual: return a >= b ? 1 : 0;
    case Operator::kEqual: return a == b ? 1 : 0;
    case Operator::kNotEqual: return a < b || a > b ? 1 : 0;
    case Operator::kAnd: return a != 0 && b != 0 ? 1 : 0;
    case Operator::kOr: return a != 0 || b != 0 ? 1 : 0;
    case Operator::kLeast: return std::isnan(a) ? b : b < a ? b : a;
    case Operator::kMost: return std::isnan(a) ? b : b > a ? b : a;
  }
  return kNan;
}

Gatherer::Gatherer(Aggregate aggregate) : aggregate_(aggregate), value_(initial(aggregate)) {}

void Gatherer::add(std::size_t track, double body, bool condition) {
  if (!condition) return;
  switch (aggregate_) {
    case Aggregate::kAny: value_ = value_ != 0 || body != 0 ? 1 : 0; return;
    case Aggregate::kAll: value_ = value_ != 0 && body != 0 ? 1 : 0; return;
    case Aggregate::kCount: value_ += body != 0 ? 1 : 0; return;
    case Aggregate::kMin:
    case Aggregate::kMax:
      if (std::isnan(body)) return;
      // The first of equals stays, so that the order of tracks decides, not chance.
      if (extreme_ >= 0 && !(aggregate_ == Aggregate::kMin ? body < value_ : body > value_)) return;
      value_ = body;
      extreme_ = static_cast<std::int64_t>(track);
      return;
  }
}

double run_program(const Program& program, const Table& table, const Findings& findings) {
  HEDGE_CHECK(program.stack_max <= kStackMax && findings.aggregates.size() >= program.aggregates.size() &&
              findings.involved.size() >= table.track_count);
  return Machine(program, table, findings).run();
}

}  // namespace hedge::rules

// Kernels by the clock: where several can run a step, each is timed on this CPU and the fastest is written into the
// program. All give the same bits in integers, so only the time changes; in floats they agree within the tolerance.
#pragma once

#include <span>
#include <vector>

#include "program/family.h"

namespace hedge::compile {

struct TuneReport {
  int timed = 0;                       ///< steps that several kernels can run
  int changed = 0;                     ///< of these, steps that got another kernel than the first of the table
  double before_us = 0, after_us = 0;  ///< the timed steps together, one thread
};

class Tuner {
 public:
  /// The fastest of `able` for this step, on one thread with random operands: the first unless another one is at least
  /// 3 % faster, which is what a timer can tell. Equal steps are timed once. Kernels that this CPU lacks are left out.
  const program::Candidate* fastest(const program::StepView& step, std::span<const program::Candidate* const> able);
  const TuneReport& report() const { return report_; }

 private:
  struct Known {
    std::string_view op;
    op::Attributes attributes;
    std::vector<tensor::TensorType> inputs;
    const program::Candidate* first;
    const program::Candidate* fastest;
    double before_us, after_us;
  };
  void count(const Known& known);

  std::vector<Known> known_;
  TuneReport report_;
};

}  // namespace hedge::compile

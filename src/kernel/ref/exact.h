// The plain twin of every kernel family: its definition in a few loops, in double, one output element a call. Each fast
// kernel is tested against it. (In an engine the last resort is the operator's own reference, op/, which is not
// sliced.)
#pragma once

namespace hedge::kernel::ref {

/// A result and the sum of the magnitudes that it was added up from: what rounding errors are measured by.
struct Exact {
  double value = 0;
  double magnitude = 0;

  void add(double term) {
    value += term;
    magnitude += term < 0 ? -term : term;
  }
};

}  // namespace hedge::kernel::ref

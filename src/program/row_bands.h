// Convolutions one after the other, run together a band of rows at a time, so that what lies between them is a few rows
// in the cache and never a whole tensor ("fused-layer" execution: Alwani, Chen, Ferdman and Milder 2016). A band of a
// convolution is itself a convolution, of fewer rows and with the padding of its place, so that every kernel runs it as
// it is; rows that the next band needs again are kept. This is the arithmetic of rows, without memory.
#pragma once

#include <span>
#include <vector>

#include "op/hedge/nhwc.h"
#include "program/family.h"
#include "program/program.h"

namespace hedge::program {

/// Rows [begin, end).
struct Rows {
  std::int64_t begin = 0, end = 0;
  std::int64_t count() const { return end - begin; }
  bool operator==(const Rows&) const = default;
};

/// Calls of all chains of a program, of one slice: each is bound by itself when the engine is made.
inline constexpr std::int64_t kBandCallsMax = 1 << 16;

/// The operand of a convolution that has the output's rows, its residual; all others behind the first are weights.
std::size_t residual_of(const StepView& step);

/// The vertical geometry of a step.
struct RowWindow {
  std::int64_t in_h, out_h, reach /* rows that an output row sees */, stride, pad_top;
};

/// Of a convolution of one image. An error says why the step cannot be run by bands: another operator, a batch, an
/// output row that sees nothing but padding.
Result<RowWindow> row_window(const StepView& step);

/// One step's part of a band.
struct BandCall {
  int step = 0;  ///< of the chain
  Rows out, in;  ///< rows of its output to make, rows of its input that they see
  std::int64_t pad_top = 0, pad_bottom = 0;
  /// Places in the buffers, in rows; the first input and the last output are whole tensors, their places the rows.
  std::int64_t in_at = 0, out_at = 0;
  /// Rows of the output's buffer that are needed again: from `kept_from` they move to its front before the call.
  std::int64_t kept_from = 0, kept = 0;
};

struct BandPlan {
  std::vector<std::int64_t> heights;  ///< rows of the buffer behind each step but the last
  std::vector<BandCall> calls;        ///< in order
};

/// Makes rows `rows` of the last output of the chain, at most `band_rows` at a time.
BandPlan plan_bands(std::span<const RowWindow> chain, Rows rows, std::int64_t band_rows);

/// The step of one call, as candidates want to see it: the same operands with fewer rows.
class BandOperands {
 public:
  BandOperands(const StepView& whole, const BandCall& call);
  StepView view() const { return {whole_.domain, whole_.op, whole_.opset, attributes_, inputs_, constants_, outputs_}; }

 private:
  StepView whole_;
  op::Attributes attributes_;
  std::vector<TensorType> inputs_, outputs_;
  std::vector<const Tensor*> constants_;
};

/// kInvalid where the program's bands are not chains that may run so: what lies between two steps of a chain is read by
/// the second alone, and nothing that a chain reads lies where it writes. Expects steps that verify() has checked.
Status verify_bands(const Program& program);

}  // namespace hedge::program

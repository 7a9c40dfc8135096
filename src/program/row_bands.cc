#include "program/row_bands.h"

#include <algorithm>

#include "program/footprint.h"
#include "program/step_operands.h"

namespace hedge::program {
namespace {

Rows seen_by(const RowWindow& window, Rows out) {
  const std::int64_t begin = out.begin * window.stride - window.pad_top;
  return {begin, (out.end - 1) * window.stride - window.pad_top + window.reach};
}

bool is_band(const Program& program, std::int32_t index) {
  return index != kAbsent && program.tensors[static_cast<std::size_t>(index)].place == Place::kBand;
}

/// One chain; returns how many calls it makes. `linked`: by tensor, the step that writes it; set here.
Result<std::int64_t> verify_chain(const Program& program, const RowBands& bands, const ConstantValues& constants,
                                  std::vector<std::int32_t>& linked) {
  std::int64_t out_h = 0;
  for (std::int32_t k = 0; k < bands.steps; ++k) {
    const std::int32_t at = bands.first_step + k;
    const Step& step = program.steps[static_cast<std::size_t>(at)];
    const StepOperands operands(program, step, constants);
    const RowWindow window = TRY(row_window(operands.view()));
    out_h = window.out_h;
    for (std::size_t j = 1; j < step.inputs.size(); ++j) {
      if (step.inputs[j] == kAbsent) continue;
      const ProgramTensor& operand = program.tensors[static_cast<std::size_t>(step.inputs[j])];
      const bool residual = j == residual_of(operands.view());
      if (residual ? !(operand.type.shape == operands.view().outputs[0].shape) : operand.place != Place::kWeights)
        return fail(ErrorKind::kInvalid, "step {} has an operand {} that is neither weights nor a residual", at, j);
    }
    if (!operands.view().is_dense())
      return fail(ErrorKind::kInvalid, "step {} has an operand whose rows lie apart", at);
    if (k > 0 && step.inputs[0] != program.steps[static_cast<std::size_t>(at - 1)].outputs[0])
      return fail(ErrorKind::kInvalid, "step {} does not read what the one before made", at);
    if (is_band(program, step.outputs[0]) != (k + 1 < bands.steps))
      return fail(ErrorKind::kInvalid, "step {} has its output in the wrong place", at);
    if (k + 1 < bands.steps) linked[static_cast<std::size_t>(step.outputs[0])] = at;
  }
  const Step& last = program.steps[static_cast<std::size_t>(bands.first_step + bands.steps - 1)];
  const ProgramTensor& output = program.tensors[static_cast<std::size_t>(last.outputs[0])];
  for (std::int32_t k = 0; k < bands.steps; ++k)
    for (const std::int32_t input : program.steps[static_cast<std::size_t>(bands.first_step + k)].inputs)
      if (input != kAbsent && overlap(program.tensors[static_cast<std::size_t>(input)], output))
        return fail(ErrorKind::kInvalid, "step {} reads where the chain writes", bands.first_step + k);
  return (out_h + bands.rows - 1) / bands.rows * bands.steps;
}

}  // namespace

std::size_t residual_of(const StepView& step) { return step.op == "QConv" ? 5 : 3; }

Result<RowWindow> row_window(const StepView& step) {
  if (step.domain != op::kHedgeDomain || (step.op != "Conv" && step.op != "QConv"))
    return fail(ErrorKind::kUnsupported, "{} is no convolution", step.op);
  const tensor::Shape &x = step.inputs[0].shape, &w = step.inputs[kPackedInput].shape;
  if (x.rank() != 4 || w.rank() != 4 || x[0] != 1 || step.outputs.size() != 1)
    return fail(ErrorKind::kUnsupported, "{} is no image", x.to_string());
  const op::NhwcWindow window = TRY(op::nhwc_window(step.attributes, x, w[0], w[1]));
  const RowWindow rows{.in_h = window.in_h,
                       .out_h = window.out_h,
                       .reach = (window.kernel_h - 1) * window.dilation_h + 1,
                       .stride = window.stride_h,
                       .pad_top = window.pad_top};
  if (rows.in_h < 1 || rows.out_h < 1 || rows.pad_top >= rows.reach ||
      seen_by(rows, {rows.out_h - 1, rows.out_h}).begin >= rows.in_h)
    return fail(ErrorKind::kUnsupported, "an output row sees nothing but padding");
  return rows;
}

BandPlan plan_bands(std::span<const RowWindow> chain, Rows rows, std::int64_t band_rows) {
  const std::size_t count = chain.size();
  BandPlan plan{.heights = std::vector<std::int64_t>(count - 1), .calls = {}};
  std::vector<std::int64_t> done(count, 0);    // rows made so far end here
  std::vector<std::int64_t> origin(count, 0);  // the row at the front of each step's buffer
  std::vector<BandCall> band(count);
  for (Rows last{rows.begin, 0}; last.begin < rows.end; last.begin = last.end) {
    last.end = std::min(rows.end, last.begin + band_rows);
    std::size_t first = count;  // of the steps that have anything to make
    for (Rows needed = last; first > 0; --first) {
      const std::size_t k = first - 1;
      const Rows out{std::max(needed.begin, done[k]), needed.end};
      if (out.count() <= 0) break;
      const Rows seen = seen_by(chain[k], out);
      const Rows in{std::max<std::int64_t>(seen.begin, 0), std::min(seen.end, chain[k].in_h)};
      band[k] = {.step = static_cast<int>(k),
                 .out = out,
                 .in = in,
                 .pad_top = in.begin - seen.begin,
                 .pad_bottom = seen.end - in.end,
                 .in_at = in.begin,
                 .out_at = out.begin};
      needed = in;
    }
    for (std::size_t k = first; k < count; ++k) {
      BandCall& call = band[k];
      if (k > 0) call.in_at = call.in.begin - origin[k - 1];
      if (k + 1 < count) {
        const std::int64_t front = band[k + 1].in.begin;
        call.kept = std::max<std::int64_t>(done[k] - front, 0);
        call.kept_from = call.kept > 0 ? front - origin[k] : 0;
        origin[k] = front;
        call.out_at = call.out.begin - front;
        plan.heights[k] = std::max(plan.heights[k], call.out.end - front);
      }
      done[k] = call.out.end;
      plan.calls.push_back(call);
    }
  }
  return plan;
}

BandOperands::BandOperands(const StepView& whole, const BandCall& call)
    : whole_(whole),
      attributes_(whole.attributes),
      inputs_(whole.inputs.begin(), whole.inputs.end()),
      outputs_(whole.outputs.begin(), whole.outputs.end()),
      constants_(whole.constants.begin(), whole.constants.end()) {
  const auto pads = whole.attributes.integers("pads");
  const std::int64_t left = pads.size() == 4 ? pads[1] : 0, right = pads.size() == 4 ? pads[3] : 0;
  attributes_.set("pads", std::vector<std::int64_t>{call.pad_top, left, call.pad_bottom, right});
  attributes_.set("output_shape", std::vector<std::int64_t>{call.out.count(), outputs_[0].shape[2]});
  inputs_[0].shape[1] = call.in.count();
  outputs_[0].shape[1] = call.out.count();
  if (const std::size_t residual = residual_of(whole); whole.has_input(residual))
    inputs_[residual].shape[1] = call.out.count();
}

Status verify_bands(const Program& program) {
  const ConstantValues constants(program);
  std::vector<std::int32_t> linked(program.tensors.size(), kAbsent);
  std::int32_t begin = 0;
  std::int64_t calls = 0;
  for (const RowBands& bands : program.bands) {
    if (bands.first_step < begin || bands.steps < 2 || bands.rows < 1 ||
        bands.steps > static_cast<std::int64_t>(program.steps.size()) - bands.first_step)
      return fail(ErrorKind::kInvalid, "bands of {} rows over {} steps from {} on", bands.rows, bands.steps,
                  bands.first_step);
    const auto made = verify_chain(program, bands, constants, linked);
    if (!made) return base::in_context(made.error(), fmt::format("bands from step {} on", bands.first_step));
    calls += *made;
    if (calls > kBandCallsMax)
      return fail(ErrorKind::kResourceLimit, "the program's bands are more than {} calls of kernels", kBandCallsMax);
    begin = bands.first_step + bands.steps;
  }
  for (std::size_t k = 0; k < program.steps.size(); ++k) {
    const Step& step = program.steps[k];
    for (std::size_t j = 0; j < step.inputs.size(); ++j)
      if (is_band(program, step.inputs[j]) &&
          (j != 0 || k == 0 || linked[static_cast<std::size_t>(step.inputs[j])] != static_cast<std::int32_t>(k) - 1))
        return fail(ErrorKind::kInvalid, "step {} reads a band that is not made for it", k);
    for (const std::int32_t output : step.outputs)
      if (is_band(program, output) && linked[static_cast<std::size_t>(output)] != static_cast<std::int32_t>(k))
        return fail(ErrorKind::kInvalid, "step {} writes a band outside of a chain", k);
  }
  return {};
}

}  // namespace hedge::program

#include "engine/band_chain.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/aligned_buffer.h"

namespace hedge::engine {

using base::Result;
using base::Status;
using program::BandCall;
using program::kAbsent;

std::size_t BandChain::row_bytes(std::int32_t index) const {
  const tensor::TensorType& type = tensor(index).type;
  return static_cast<std::size_t>(type.shape[2] * type.shape[3]) * tensor::size_of(type.dtype);
}

std::vector<program::StepOperands> BandChain::operands(const program::ConstantValues& constants) const {
  std::vector<program::StepOperands> all;
  for (int k = 0; k < bands_.steps; ++k) all.emplace_back(*program_, step(k), constants);
  return all;
}

Result<BandChain> BandChain::create(const program::Program& program, const program::RowBands& bands,
                                    const program::ConstantValues& constants, int slices) {
  BandChain chain(program, bands);
  const std::vector<program::StepOperands> operands = chain.operands(constants);
  std::vector<program::RowWindow> windows;
  for (const program::StepOperands& whole : operands) windows.push_back(TRY(program::row_window(whole.view())));
  std::vector<std::int64_t> heights(static_cast<std::size_t>(bands.steps) - 1);
  for (int slice = 0; slice < slices; ++slice) {
    const kernel::Range rows = kernel::share(windows.back().out_h, {slice, slices});
    SliceWork& work = chain.slices_.emplace_back();
    work.plan = program::plan_bands(windows, {rows.begin, rows.end}, bands.rows);
    for (std::size_t k = 0; k < heights.size(); ++k) heights[k] = std::max(heights[k], work.plan.heights[k]);
    for (const BandCall& call : work.plan.calls) {
      const program::Step& step = chain.step(call.step);
      const program::BandOperands band(operands[static_cast<std::size_t>(call.step)].view(), call);
      const program::Candidate* candidate = program::find_candidate(step.domain, step.op, step.kernel);
      chain.kernel_bytes_ = std::max(chain.kernel_bytes_, base::align_up(candidate->scratch_bytes(band.view())));
    }
  }
  chain.scratch_bytes_ = chain.kernel_bytes_;
  for (std::size_t k = 0; k < heights.size(); ++k) {
    chain.buffer_offsets_.push_back(chain.scratch_bytes_);
    const std::size_t row = chain.row_bytes(chain.step(static_cast<int>(k)).outputs[0]);
    chain.scratch_bytes_ += base::align_up(static_cast<std::size_t>(heights[k]) * row);
  }
  return chain;
}

Result<BandChain::Call> BandChain::bind_call(const BandCall& call, const program::StepView& whole,
                                             const Address& address, std::byte* scratch) const {
  const program::Step& step = this->step(call.step);
  const program::BandOperands band(whole, call);
  const std::size_t residual = program::residual_of(whole);
  const program::Candidate* candidate = program::find_candidate(step.domain, step.op, step.kernel);
  const auto buffer = [&](int k) { return scratch + buffer_offsets_[static_cast<std::size_t>(k)]; };
  std::vector<const std::byte*> in;
  for (std::size_t k = 0; k < step.inputs.size(); ++k) {
    const std::int32_t input = step.inputs[k];
    std::byte* at = k == 0 && call.step > 0 ? buffer(call.step - 1) : address(input);
    if (k == 0) at += static_cast<std::size_t>(call.in_at) * row_bytes(input);
    if (k == residual && input != kAbsent) at += static_cast<std::size_t>(call.out.begin) * row_bytes(input);
    in.push_back(at);
  }
  const std::int32_t output = step.outputs[0];
  const std::size_t row = row_bytes(output);
  std::byte* base = call.step + 1 < bands_.steps ? buffer(call.step) : address(output);
  std::byte* out[] = {base + static_cast<std::size_t>(call.out_at) * row};
  Call made{.bound = TRY(candidate->bind(band.view(), {in, out})),
            .scratch_bytes = candidate->scratch_bytes(band.view()),
            .step = call.step,
            .keep_to = base,
            .keep_from = base + static_cast<std::size_t>(call.kept_from) * row,
            .keep_bytes = static_cast<std::size_t>(call.kept) * row};
  return made;
}

Status BandChain::bind(const program::ConstantValues& constants, const Address& address, std::byte* scratch,
                       std::size_t pitch) {
  const std::vector<program::StepOperands> whole = operands(constants);
  for (SliceWork& work : slices_) {
    work.scratch = scratch;
    for (const BandCall& call : work.plan.calls)
      work.calls.push_back(TRY(bind_call(call, whole[static_cast<std::size_t>(call.step)].view(), address, scratch)));
    scratch += pitch;
  }
  return {};
}

Status BandChain::run(int slice, std::int64_t* times) const {
  using Clock = std::chrono::steady_clock;
  const SliceWork& work = slices_[static_cast<std::size_t>(slice)];
  for (const Call& call : work.calls) {
    const auto begin = times != nullptr ? Clock::now() : Clock::time_point();
    if (call.keep_bytes > 0) std::memmove(call.keep_to, call.keep_from, call.keep_bytes);
    TRY(call.bound->run({0, 1}, {work.scratch, call.scratch_bytes}));
    if (times != nullptr)
      times[call.step] += std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
  }
  return {};
}

}  // namespace hedge::engine

// One step with its operands, run by any candidate: what the tests of the families compare.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/aligned_buffer.h"
#include "program/family.h"

namespace hedge::program {

struct StepCase {
  std::string_view domain, op;
  std::vector<Tensor> inputs;  ///< of no type: absent
  op::Attributes attributes;
  std::vector<std::size_t> constants = {};  ///< inputs whose values are known
  double tolerance = 1e-5;
};

/// A case as candidates see it.
class CaseView {
 public:
  explicit CaseView(const StepCase& test) : test_(test) {
    for (std::size_t k = 0; k < test.inputs.size(); ++k) {
      types_.push_back(test.inputs[k].type());
      const bool known = std::ranges::find(test.constants, k) != test.constants.end();
      constants_.push_back(known ? &test.inputs[k] : nullptr);
    }
    const auto inferred = op::infer(*op::find(test.domain, test.op), {test.attributes, kOpset, types_, constants_, 1});
    EXPECT_TRUE(inferred.has_value()) << test.op << ": " << inferred.error().message;
    if (inferred) outputs_ = *inferred;
  }
  CaseView(const CaseView&) = delete;
  const StepCase& test() const { return test_; }
  StepView view() const { return {test_.domain, test_.op, kOpset, test_.attributes, types_, constants_, outputs_}; }

 private:
  static constexpr int kOpset = 17;
  const StepCase& test_;
  std::vector<TensorType> types_, outputs_;
  std::vector<const Tensor*> constants_;
};

/// Runs one candidate in `threads` slices, one after the other.
inline Tensor run_candidate(const Candidate& candidate, const CaseView& step, int threads) {
  const StepView view = step.view();
  base::AlignedBuffer packed(candidate.packed_bytes(view));
  std::vector<const std::byte*> in;
  for (const Tensor& input : step.test().inputs)
    in.push_back(input.dtype() != tensor::DType::kUndefined ? input.bytes().data() : nullptr);
  if (!candidate.packing().empty()) {
    candidate.pack(view, step.test().inputs[kPackedInput], packed.span());
    in[kPackedInput] = packed.data();
  }
  Tensor output(view.outputs[0]);
  std::byte* out[] = {output.bytes().data()};
  const auto bound = candidate.bind(view, {in, out});
  EXPECT_TRUE(bound.has_value()) << bound.error().message;
  base::AlignedBuffer scratch(candidate.scratch_bytes(view));
  for (int index = 0; bound && index < threads; ++index)
    EXPECT_TRUE((*bound)->run({index, threads}, scratch.span()).has_value());
  return output;
}

/// Calls check(candidate) for each of the operator's candidates that runs here and takes the step, its reference aside.
template <class Check>
void for_each_kernel(const CaseView& step, const Check& check) {
  for (const Candidate* candidate : candidates(step.test().domain, step.test().op))
    if (candidate->name() != kReferenceName && kernel::detect_isa().contains(candidate->needs()) &&
        candidate->declines(step.view()).empty())
      check(*candidate);
}

/// Whoever packs for another machine unpacks first: every packing, of kernels that do not run here too, gives back all
/// weights, whatever its padding holds.
inline void expect_packing_loses_nothing(const CaseView& step) {
  const StepView view = step.view();
  for (const Candidate* candidate : candidates(step.test().domain, step.test().op)) {
    if (candidate->packing().empty() || !candidate->declines(view).empty()) continue;
    const Tensor& weights = step.test().inputs[kPackedInput];
    base::AlignedBuffer packed(candidate->packed_bytes(view));
    candidate->pack(view, weights, packed.span());
    Tensor again(weights.type());
    std::ranges::fill(again.bytes(), std::byte{0x55});
    candidate->unpack(view, packed.span(), again);
    EXPECT_TRUE(std::ranges::equal(again.bytes(), weights.bytes())) << candidate->name();
  }
}

inline Tensor run_reference(const CaseView& step) {
  return run_candidate(*find_candidate(step.test().domain, step.test().op, kReferenceName), step, 1);
}

}  // namespace hedge::program

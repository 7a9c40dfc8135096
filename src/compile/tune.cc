#include "compile/tune.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <random>

#include "base/aligned_buffer.h"

namespace hedge::compile {
namespace {

using base::AlignedBuffer;
using program::Candidate;
using program::StepView;
using tensor::Tensor;
using tensor::TensorType;

constexpr int kRounds = 7;  ///< the least time of these counts: what disturbs only adds
constexpr std::chrono::microseconds kBurst{150};
constexpr double kMargin = 0.03;

/// Values of ordinary size: subnormals and infinities would be timed instead of the kernel.
void fill(const TensorType& type, std::span<std::byte> to) {
  std::minstd_rand random(1);
  if (type.dtype == tensor::DType::kF32)
    for (std::size_t k = 0; k + 4 <= to.size(); k += 4) {
      const float value = static_cast<float>(random() % 2000) * 1e-3f - 1;
      std::memcpy(to.data() + k, &value, 4);
    }
  else
    for (std::byte& byte : to) byte = static_cast<std::byte>(random() % 127);
}

/// A step bound to memory of its own.
class Trial {
 public:
  static std::optional<Trial> create(const Candidate& candidate, const StepView& step) {
    Trial trial;
    for (std::size_t k = 0; k < step.inputs.size(); ++k) trial.add_input(candidate, step, k);
    for (std::size_t k = 0; k < step.outputs.size(); ++k) {
      trial.memory_.emplace_back(step.output_span(k));
      trial.outputs_.push_back(trial.memory_.back().data());
    }
    trial.scratch_ = AlignedBuffer(candidate.scratch_bytes(step));
    auto bound = candidate.bind(step, {trial.inputs_, trial.outputs_});
    if (!bound) return std::nullopt;
    trial.bound_ = std::move(*bound);
    return trial;
  }

  /// Microseconds of a run: the mean of a burst.
  double burst() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    int runs = 0;
    do {
      (void)bound_->run({0, 1}, scratch_.span());
      ++runs;
    } while (Clock::now() - begin < kBurst);
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / runs;
  }

 private:
  void add_input(const Candidate& candidate, const StepView& step, std::size_t k) {
    if (!step.has_input(k)) return inputs_.push_back(nullptr);
    const Tensor* constant = step.constants[k];
    const bool packed = constant != nullptr && k == program::kPackedInput && !candidate.packing().empty();
    AlignedBuffer buffer(packed ? candidate.packed_bytes(step) : step.input_span(k));
    if (packed)
      candidate.pack(step, *constant, buffer.span());
    else if (constant != nullptr)
      std::ranges::copy(constant->bytes(), buffer.data());
    else
      fill(step.inputs[k], buffer.span());
    memory_.push_back(std::move(buffer));
    inputs_.push_back(memory_.back().data());
  }

  std::vector<AlignedBuffer> memory_;
  std::vector<const std::byte*> inputs_;
  std::vector<std::byte*> outputs_;
  AlignedBuffer scratch_;
  std::unique_ptr<program::BoundStep> bound_;
};

}  // namespace

void Tuner::count(const Known& known) {
  ++report_.timed;
  report_.changed += known.fastest != known.first ? 1 : 0;
  report_.before_us += known.before_us;
  report_.after_us += known.after_us;
}

const Candidate* Tuner::fastest(const StepView& step, std::span<const Candidate* const> able) {
  const Candidate* const first = able.front();
  for (const Known& known : known_)
    if (known.op == step.op && known.first == first && known.attributes == step.attributes &&
        std::ranges::equal(known.inputs, step.inputs) && std::ranges::find(able, known.fastest) != able.end()) {
      count(known);
      return known.fastest;
    }
  struct Contender {
    const Candidate* candidate;
    Trial trial;
    double best_us;
  };
  std::vector<Contender> contenders;
  const kernel::IsaSet here = kernel::detect_isa();
  for (const Candidate* candidate : able) {
    if (!here.contains(candidate->needs()) || candidate->name() == program::kReferenceName) continue;
    if (auto trial = Trial::create(*candidate, step))
      contenders.push_back({candidate, std::move(*trial), std::numeric_limits<double>::max()});
  }
  if (contenders.size() < 2 || contenders.front().candidate != first) return first;
  for (int round = 0; round < kRounds; ++round)
    for (Contender& contender : contenders) contender.best_us = std::min(contender.best_us, contender.trial.burst());
  const Contender& quickest = *std::ranges::min_element(contenders, {}, &Contender::best_us);
  const bool wins = quickest.best_us < contenders.front().best_us * (1 - kMargin);
  const Contender& chosen = wins ? quickest : contenders.front();
  known_.push_back({step.op,
                    step.attributes,
                    {step.inputs.begin(), step.inputs.end()},
                    first,
                    chosen.candidate,
                    contenders.front().best_us,
                    chosen.best_us});
  count(known_.back());
  return chosen.candidate;
}

}  // namespace hedge::compile

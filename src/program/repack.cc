#include "program/repack.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <new>
#include <tuple>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"
#include "program/footprint.h"
#include "program/step_operands.h"

namespace hedge::program {
namespace {

/// Of all weights together. A packing may be a few times as large as another, and tensors of a hostile file may share
/// their bytes.
constexpr std::uint64_t kWeightsBytesMax = std::uint64_t{4} << 30;

class Repacking {
 public:
  Repacking(const Program& old, kernel::IsaSet here) : old_(old), here_(here), constants_(old), new_(old) {
    new_.steps.clear();
    new_.required_isa = {};
    for (const DenseOrigin& origin : *old.portable) origins_.emplace(origin.tensor, origin.crc);
  }

  Result<Repacked> run() {
    Repacked report{.from = old_.required_isa, .to = here_, .steps = static_cast<int>(old_.steps.size())};
    std::size_t bands = 0;
    for (std::size_t k = 0; k < old_.steps.size(); ++k) {
      const Step& step = old_.steps[k];
      // Copies that come before a step move it; a chain's steps have none, since nothing lies on what it writes.
      if (bands < new_.bands.size() && old_.bands[bands].first_step == static_cast<std::int32_t>(k))
        new_.bands[bands++].first_step = static_cast<std::int32_t>(new_.steps.size());
      const Candidate* candidate = find_candidate(step.domain, step.op, step.kernel);
      if (here_.contains(candidate->needs())) {
        new_.steps.push_back(step);
      } else {
        candidate = TRY(rebind(step));
        ++report.rebound;
        report.on_reference += candidate->name() == kReferenceName ? 1 : 0;
      }
      new_.required_isa.bits |= candidate->needs().bits;
    }
    if (!forms_.empty()) TRY(move_weights());
    for (const NewForm& form : forms_) report.weights_bytes += tensor(form.to).size_bytes;
    return report;
  }
  Program take() { return std::move(new_); }

 private:
  /// A weight that changes its form, and the step that says from what to what.
  struct NewForm {
    std::int32_t from, to;  ///< tensors of the old program, of the new one
    const Step* step;       ///< of the old program
    const Candidate* candidate;
  };

  ProgramTensor& tensor(std::int32_t index) { return new_.tensors[static_cast<std::size_t>(index)]; }
  std::int32_t add(ProgramTensor added) {
    new_.tensors.push_back(std::move(added));
    return static_cast<std::int32_t>(new_.tensors.size()) - 1;
  }

  Result<const Candidate*> rebind(const Step& old) {
    const StepOperands operands(old_, old, constants_);
    const StepView view = operands.view();
    const Candidate* candidate = choose(old, view);
    if (candidate == nullptr)
      return fail(ErrorKind::kUnsupported, "step '{}' ({}) has no kernel for {}: compile the model here", old.label,
                  old.op, kernel::to_string(here_));
    Step step = old;
    step.kernel = std::string(candidate->name());
    keep_operands_apart(step, view, *candidate);
    if (view.has_input(kPackedInput)) {
      std::int32_t& weights = step.inputs[kPackedInput];
      if (tensor(weights).packing != candidate->packing()) weights = in_form(weights, old, view, *candidate);
    }
    new_.steps.push_back(std::move(step));
    return candidate;
  }

  const Candidate* choose(const Step& step, const StepView& view) {
    for (const Candidate* candidate : by_preference(view)) {
      if (!here_.contains(candidate->needs()) || !candidate->declines(view).empty()) continue;
      const bool packs = !candidate->packing().empty();
      if (!packs || tensor(step.inputs[kPackedInput]).place == Place::kWeights) return candidate;
    }
    return nullptr;
  }

  /// Where the plan lets the output lie on an operand that this kernel may not overwrite, it reads a copy instead, in
  /// memory behind the plan's; a copy lives no longer than the step.
  void keep_operands_apart(Step& step, const StepView& view, const Candidate& candidate) {
    if (step.outputs.empty() || step.outputs[0] == kAbsent) return;
    std::uint64_t at = base::align_up(old_.arena_bytes);
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      const std::int32_t input = step.inputs[k];
      if (input == kAbsent || !overlap(tensor(input), tensor(step.outputs[0])) || candidate.may_overwrite(view, k))
        continue;
      ProgramTensor copy = tensor(input);
      copy.name += " (copy)";
      copy.offset = at;
      copy.pitch = 0;
      copy.size_bytes = copy.type.size_bytes();
      at += base::align_up(copy.size_bytes);
      new_.arena_bytes = std::max(new_.arena_bytes, at);
      step.inputs[k] = add(std::move(copy));
      new_.steps.push_back({.label = step.label + " (copy)",
                            .domain = "",
                            .op = "Identity",
                            .opset = step.opset,
                            .kernel = std::string(kReferenceName),
                            .attributes = {},
                            .inputs = {input},
                            .outputs = {step.inputs[k]}});
    }
  }

  /// The same weights as the candidate wants them; one tensor, however many steps share them.
  std::int32_t in_form(std::int32_t from, const Step& step, const StepView& view, const Candidate& candidate) {
    ProgramTensor changed = tensor(from);
    changed.packing = std::string(candidate.packing());
    changed.size_bytes = changed.packing.empty() ? changed.type.size_bytes() : candidate.packed_bytes(view);
    const auto key = std::tuple(from, candidate.packing(), changed.size_bytes);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    const std::int32_t to = add(std::move(changed));
    known_.emplace(key, to);
    forms_.push_back({from, to, &step, &candidate});
    return to;
  }

  /// New memory with all weights that are still read, those that changed packed anew.
  Status move_weights() {
    TRY(lay_out());
    const auto buffer = std::make_shared<base::AlignedBuffer>(new_.weights_bytes);
    for (std::size_t k = 0; k < old_.tensors.size(); ++k)  // the new program's first tensors are these
      if (const ProgramTensor &from = old_.tensors[k], &to = new_.tensors[k];
          to.place == Place::kWeights && to.size_bytes > 0)
        std::memcpy(buffer->data() + to.offset, old_.weights.get() + from.offset, to.size_bytes);
    std::vector<DenseOrigin> origins = *old_.portable;
    for (const NewForm& form : forms_) {
      const std::uint32_t crc = TRY(pack(form, buffer->data() + tensor(form.to).offset));
      origins.push_back({form.to, crc});
    }
    std::erase_if(origins, [&](const DenseOrigin& origin) { return tensor(origin.tensor).packing.empty(); });
    new_.portable = std::move(origins);
    new_.weights = std::shared_ptr<const std::byte>(buffer, buffer->data());
    return {};
  }

  /// Places the weights one after the other. One that nobody reads any more is left empty.
  Status lay_out() {
    std::vector<bool> is_read(new_.tensors.size());
    for (const Step& step : new_.steps)
      for (const std::int32_t input : step.inputs)
        if (input != kAbsent) is_read[static_cast<std::size_t>(input)] = true;
    new_.weights_bytes = 0;
    for (std::size_t k = 0; k < new_.tensors.size(); ++k) {
      ProgramTensor& tensor = new_.tensors[k];
      if (tensor.place != Place::kWeights) continue;
      if (!is_read[k]) tensor = {.name = tensor.name, .type = {tensor.type.dtype, {0}}, .place = Place::kWeights};
      if (tensor.size_bytes > kWeightsBytesMax - new_.weights_bytes)
        return fail(ErrorKind::kResourceLimit, "its weights for {} are more than {} bytes", kernel::to_string(here_),
                    kWeightsBytesMax);
      tensor.offset = new_.weights_bytes;
      new_.weights_bytes += base::align_up(tensor.size_bytes);
    }
    return {};
  }

  /// Returns the checksum of the dense form.
  Result<std::uint32_t> pack(const NewForm& form, std::byte* to) {
    const StepOperands operands(old_, *form.step, constants_);
    const StepView view = operands.view();
    const ProgramTensor& from = old_.tensors[static_cast<std::size_t>(form.from)];
    const std::span<const std::byte> stored(old_.weights.get() + from.offset, from.size_bytes);
    Tensor dense(from.type);
    if (from.packing.empty())
      std::ranges::copy(stored, dense.bytes().begin());
    else
      find_candidate(form.step->domain, form.step->op, form.step->kernel)->unpack(view, stored, dense);
    const std::uint32_t crc = base::crc32c(dense.bytes());
    const auto origin = origins_.find(form.from);
    if (!from.packing.empty() && (origin == origins_.end() || origin->second != crc))
      return fail(ErrorKind::kInvalid, "the weights of step '{}' do not match their checksum: compile the model again",
                  form.step->label);
    if (form.candidate->packing().empty())
      std::ranges::copy(dense.bytes(), to);
    else
      form.candidate->pack(view, dense, {to, tensor(form.to).size_bytes});
    return crc;
  }

  const Program& old_;
  kernel::IsaSet here_;
  ConstantValues constants_;
  Program new_;
  std::vector<NewForm> forms_;
  std::map<std::int32_t, std::uint32_t> origins_;  ///< checksum of the dense form, by tensor of the old program
  std::map<std::tuple<std::int32_t, std::string_view, std::uint64_t>, std::int32_t> known_;
};

}  // namespace

std::string to_string(const Repacked& repacked) {
  return fmt::format("re-packed for {}: {} of {} steps, {} on ref, {:.1f} KiB of weights, {:.1f} ms",
                     repacked.to == kernel::IsaSet{} ? "ref" : kernel::to_string(repacked.to), repacked.rebound,
                     repacked.steps, repacked.on_reference, static_cast<double>(repacked.weights_bytes) / 1024,
                     static_cast<double>(repacked.microseconds) / 1000);
}

Result<Repacked> repack(Program& program, kernel::IsaSet here) {
  const auto begin = std::chrono::steady_clock::now();
  if (!program.portable)
    return fail(ErrorKind::kUnsupported,
                "the engine needs {}, this machine has {}: compile the model here, or with --portable",
                kernel::to_string(program.required_isa), kernel::to_string(here));
  try {
    Repacking repacking(program, here);
    Repacked report = TRY(repacking.run());
    program = repacking.take();
    report.microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
    return report;
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::kResourceLimit, "not enough memory to pack the weights for {}", kernel::to_string(here));
  }
}

}  // namespace hedge::program

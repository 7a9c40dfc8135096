#include "program/verify.h"

#include <algorithm>

#include "base/aligned_buffer.h"
#include "program/footprint.h"
#include "program/liveness.h"
#include "program/row_bands.h"

namespace hedge::program {
namespace {

/// No arena is larger: engines are for edge machines. (VGG-16 at 224x224 takes 26 MiB.)
constexpr std::uint64_t kArenaBytesMax = std::uint64_t{2} << 30;

/// Rows that lie apart: bytes of the arena alone, since only kernels of bytes take them.
Status verify_pitch(const ProgramTensor& tensor) {
  const TensorType& type = tensor.type;
  if (tensor.place != Place::kArena || type.dtype != tensor::DType::kU8 || type.elements() == 0 ||
      type.shape.rank() < 2)
    return fail(ErrorKind::kInvalid, "{} with a pitch", type.to_string());
  const Footprint place = footprint(tensor);
  if (place.rows < 2 || place.pitch <= place.row || place.pitch > kArenaBytesMax / place.rows ||
      tensor.size_bytes != place.end() - place.begin)
    return fail(ErrorKind::kInvalid, "{} bytes for {} with a pitch of {}", tensor.size_bytes, type.to_string(),
                tensor.pitch);
  return {};
}

Status verify_tensor(const Program& program, const ProgramTensor& tensor) {
  const std::uint64_t room = tensor.place == Place::kArena     ? program.arena_bytes
                             : tensor.place == Place::kWeights ? program.weights_bytes
                                                               : kArenaBytesMax;  // of which only rows exist
  if (tensor.type.dtype == tensor::DType::kUndefined || tensor::size_of(tensor.type.dtype) == 0)
    return fail(ErrorKind::kInvalid, "it has no type");
  // A part of a tensor begins at any of its elements.
  const std::uint64_t alignment =
      tensor.place == Place::kArena ? tensor::size_of(tensor.type.dtype) : std::uint64_t{base::kAlignment};
  if (tensor.offset % alignment != 0) return fail(ErrorKind::kInvalid, "offset {} is not aligned", tensor.offset);
  if (tensor.offset > room || tensor.size_bytes > room - tensor.offset)
    return fail(ErrorKind::kInvalid, "{} bytes from {} on lie outside its section of {}", tensor.size_bytes,
                tensor.offset, room);
  if (tensor.pitch != 0) TRY(verify_pitch(tensor));
  if (tensor.packing.empty() && tensor.pitch == 0 && tensor.size_bytes != tensor.type.size_bytes())
    return fail(ErrorKind::kInvalid, "{} bytes for {}", tensor.size_bytes, tensor.type.to_string());
  if (tensor.place == Place::kWeights && tensor.type.dtype == tensor::DType::kBool)
    for (std::uint64_t k = 0; k < tensor.size_bytes; ++k)  // any other byte read as a bool is undefined behaviour
      if (program.weights.get()[tensor.offset + k] > std::byte{1})
        return fail(ErrorKind::kInvalid, "a bool that is neither 0 nor 1");
  if (!tensor.packing.empty() && (tensor.place != Place::kWeights || tensor.size_bytes < tensor.type.size_bytes()))
    return fail(ErrorKind::kInvalid, "{} bytes packed as '{}'", tensor.size_bytes, tensor.packing);
  return {};
}

Status verify_indices(const Program& program, const std::vector<std::int32_t>& indices, bool absent_allowed,
                      bool writable, bool whole = true) {
  for (const std::int32_t index : indices) {
    if (index == kAbsent && absent_allowed) continue;
    if (index < 0 || static_cast<std::size_t>(index) >= program.tensors.size())
      return fail(ErrorKind::kInvalid, "tensor {} of {}", index, program.tensors.size());
    const Place place = program.tensors[static_cast<std::size_t>(index)].place;
    if (writable && place == Place::kWeights) return fail(ErrorKind::kInvalid, "tensor {} lies in the weights", index);
    if (whole && (place == Place::kBand || program.tensors[static_cast<std::size_t>(index)].pitch != 0))
      return fail(ErrorKind::kInvalid, "tensor {} is never whole", index);
  }
  return {};
}

/// An output may lie on an input only where the kernel says so, and then exactly.
Status verify_overlaps(const Program& program, const Step& step, const StepView& view, const Candidate& candidate) {
  for (std::size_t o = 0; o < step.outputs.size(); ++o) {
    if (step.outputs[o] == kAbsent) continue;
    const ProgramTensor& output = program.tensors[static_cast<std::size_t>(step.outputs[o])];
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (step.inputs[i] == kAbsent) continue;
      const ProgramTensor& input = program.tensors[static_cast<std::size_t>(step.inputs[i])];
      if (!overlap(output, input)) continue;
      const bool exact = output.offset == input.offset && output.size_bytes == input.size_bytes &&
                         output.pitch == input.pitch && (output.pitch == 0 || output.type == input.type);
      if (o != 0 || !exact || !candidate.may_overwrite(view, i))
        return fail(ErrorKind::kInvalid, "output {} lies on input {}", o, i);
    }
    for (std::size_t k = 0; k < o; ++k)
      if (step.outputs[k] != kAbsent && overlap(output, program.tensors[static_cast<std::size_t>(step.outputs[k])]))
        return fail(ErrorKind::kInvalid, "outputs {} and {} overlap", k, o);
  }
  return {};
}

Status verify_step(const Program& program, const Step& step, const ConstantValues& constants) {
  TRY(verify_indices(program, step.inputs, true, false, false));
  TRY(verify_indices(program, step.outputs, true, true, false));
  const op::Operator* operation = op::find(step.domain, step.op);
  const Candidate* candidate = find_candidate(step.domain, step.op, step.kernel);
  if (operation == nullptr || candidate == nullptr)
    return fail(ErrorKind::kUnsupported, "this build of hedge has no kernel '{}' for {}: compile the model again",
                step.kernel, step.op);
  if (!program.required_isa.contains(candidate->needs()))
    return fail(ErrorKind::kInvalid, "kernel {} needs {}, which the program does not require", step.kernel,
                kernel::to_string(candidate->needs()));
  // What is not optional is written without asking whether anybody wants it.
  const bool kernel_writes_first = step.kernel != kReferenceName;
  const auto needed = static_cast<std::size_t>(std::max(operation->outputs_min, kernel_writes_first ? 1 : 0));
  for (std::size_t k = 0; k < needed; ++k)
    if (k >= step.outputs.size() || step.outputs[k] == kAbsent)
      return fail(ErrorKind::kInvalid, "output {} is absent", k);
  const StepOperands operands(program, step, constants);
  const StepView view = operands.view();
  const auto inferred = TRY(op::infer(
      *operation, {step.attributes, step.opset, view.inputs, view.constants, static_cast<int>(step.outputs.size())}));
  for (std::size_t k = 0; k < step.outputs.size(); ++k)
    if (step.outputs[k] != kAbsent && !(inferred[k] == view.outputs[k]))
      return fail(ErrorKind::kInvalid, "output {} is {}, its rule says {}", k, view.outputs[k].to_string(),
                  inferred[k].to_string());
  if (const std::string reason = candidate->declines(view); !reason.empty())
    return fail(ErrorKind::kInvalid, "kernel {} cannot run it: {}", step.kernel, reason);
  for (std::size_t k = 0; k < step.inputs.size(); ++k) {
    if (step.inputs[k] == kAbsent) continue;
    const ProgramTensor& input = program.tensors[static_cast<std::size_t>(step.inputs[k])];
    const std::string_view wanted = k == kPackedInput ? candidate->packing() : std::string_view();
    if (input.packing != wanted)
      return fail(ErrorKind::kInvalid, "operand {} is packed as '{}', not '{}'", k, input.packing, wanted);
    if (!wanted.empty() && input.size_bytes != candidate->packed_bytes(view))
      return fail(ErrorKind::kInvalid, "packed weights of {} bytes, not {}", input.size_bytes,
                  candidate->packed_bytes(view));
  }
  return verify_overlaps(program, step, view, *candidate);
}

}  // namespace

Status verify(const Program& program) {
  if (program.arena_bytes > kArenaBytesMax)
    return fail(ErrorKind::kResourceLimit, "an arena of {} bytes; {} are possible", program.arena_bytes,
                kArenaBytesMax);
  for (std::size_t k = 0; k < program.tensors.size(); ++k)
    if (auto status = verify_tensor(program, program.tensors[k]); !status)
      return base::in_context(status.error(), fmt::format("tensor {} '{}'", k, program.tensors[k].name));
  TRY(verify_indices(program, program.inputs, false, true));
  TRY(verify_indices(program, program.outputs, false, true));
  for (const DenseOrigin& origin : program.portable.value_or(std::vector<DenseOrigin>()))
    TRY(verify_indices(program, {origin.tensor}, false, false));
  const ConstantValues constants(program);
  for (std::size_t k = 0; k < program.steps.size(); ++k)
    if (auto status = verify_step(program, program.steps[k], constants); !status)
      return base::in_context(status.error(),
                              fmt::format("step {} '{}' ({})", k, program.steps[k].label, program.steps[k].op));
  TRY(verify_bands(program));
  return verify_liveness(program);
}

}  // namespace hedge::program

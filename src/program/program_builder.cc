#include "program/program_builder.h"

#include <cstring>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"

namespace hedge::program {
namespace {

const Candidate* choose(const StepView& view, const StepOptions& options) {
  if (!options.kernel.empty()) return find_candidate(view.domain, view.op, options.kernel);
  for (const Candidate* candidate : by_preference(view))
    if (options.isa.contains(candidate->needs()) && candidate->declines(view).empty()) return candidate;
  return nullptr;
}

}  // namespace

std::int32_t ProgramBuilder::add_arena(std::string_view name, TensorType type) {
  program_.tensors.push_back({.name = std::string(name),
                              .type = type,
                              .place = Place::kArena,
                              .offset = program_.arena_bytes,
                              .size_bytes = type.size_bytes()});
  program_.arena_bytes += base::align_up(type.size_bytes());
  constants_.emplace_back();
  return static_cast<std::int32_t>(program_.tensors.size()) - 1;
}

std::int32_t ProgramBuilder::add_weights(std::string_view name, TensorType type, std::string_view packing,
                                         std::span<const std::byte> bytes) {
  weights_.resize(base::align_up(weights_.size()));
  program_.tensors.push_back({.name = std::string(name),
                              .type = type,
                              .packing = std::string(packing),
                              .place = Place::kWeights,
                              .offset = weights_.size(),
                              .size_bytes = bytes.size()});
  weights_.insert(weights_.end(), bytes.begin(), bytes.end());
  constants_.emplace_back();
  return static_cast<std::int32_t>(program_.tensors.size()) - 1;
}

const Tensor* ProgramBuilder::constant(std::int32_t index) const {
  if (index == kAbsent) return nullptr;
  const Tensor& value = constants_[static_cast<std::size_t>(index)];
  return value.dtype() != tensor::DType::kUndefined ? &value : nullptr;
}

std::int32_t ProgramBuilder::input(std::string_view name, TensorType type) {
  program_.inputs.push_back(add_arena(name, type));
  return program_.inputs.back();
}

std::int32_t ProgramBuilder::weights(std::string_view name, Tensor value) {
  const std::int32_t index = add_weights(name, value.type(), "", value.bytes());
  constants_.back() = std::move(value);
  return index;
}

std::int32_t ProgramBuilder::step(std::string_view op, std::vector<std::int32_t> inputs, op::Attributes attributes,
                                  const StepOptions& options) {
  const op::Operator* operation = op::find(options.domain, op);
  HEDGE_CHECK(operation != nullptr);
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  for (const std::int32_t index : inputs) {
    types.push_back(index == kAbsent ? TensorType{} : program_.tensors[static_cast<std::size_t>(index)].type);
    constants.push_back(constant(index));
  }
  const auto outputs = op::infer(*operation, {attributes, options.opset, types, constants, options.output_count});
  HEDGE_CHECK(outputs.has_value());
  const StepView view{options.domain, op, options.opset, attributes, types, constants, *outputs};
  const Candidate* candidate = choose(view, options);
  HEDGE_CHECK(candidate != nullptr && candidate->declines(view).empty());
  program_.required_isa.bits |= candidate->needs().bits;
  if (!candidate->packing().empty()) {
    const Tensor* value = constants[kPackedInput];
    HEDGE_CHECK(value != nullptr);
    base::AlignedBuffer packed(candidate->packed_bytes(view));
    candidate->pack(view, *value, packed.span());
    const std::uint32_t crc = base::crc32c(value->bytes());  // before the values move to make room
    inputs[kPackedInput] = add_weights("packed", value->type(), candidate->packing(), packed.span());
    program_.portable->push_back({inputs[kPackedInput], crc});
  }
  Step step{.label = fmt::format("{}_{}", op, program_.steps.size()),
            .domain = std::string(options.domain),
            .op = std::string(op),
            .opset = options.opset,
            .kernel = std::string(candidate->name()),
            .attributes = std::move(attributes),
            .inputs = std::move(inputs),
            .outputs = {}};
  for (int k = 0; k < options.output_count; ++k)
    step.outputs.push_back(add_arena(fmt::format("{}:{}", step.label, k), (*outputs)[static_cast<std::size_t>(k)]));
  const std::int32_t first = step.outputs.front();
  program_.steps.push_back(std::move(step));
  return first;
}

Program ProgramBuilder::finish() {
  auto buffer = std::make_shared<base::AlignedBuffer>(weights_.size());
  if (!weights_.empty()) std::memcpy(buffer->data(), weights_.data(), weights_.size());
  program_.weights_bytes = weights_.size();
  program_.weights = std::shared_ptr<const std::byte>(buffer, buffer->data());
  return std::move(program_);
}

}  // namespace hedge::program

#include "engine/record.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/crc32c.h"
#include "op/dispatch.h"
#include "program/exactness.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using format::GoldenCase;
using format::GoldenInput;
using format::GoldenOutput;
using program::Exactness;
using tensor::ConstTensorView;
using tensor::DType;

/// Of one output, value by value (16 KiB of f32); larger ones are sampled.
constexpr std::int64_t kSampleCount = 4096;

/// The smallest stride that leaves at most kSampleCount values and has no factor in common with the output's shape, so
/// that the sample visits every channel, row and column.
std::uint64_t choose_stride(std::int64_t elements) {
  if (elements <= kSampleCount) return 1;
  std::int64_t stride = (elements + kSampleCount - 1) / kSampleCount;
  while (std::gcd(stride, elements) != 1) ++stride;
  return static_cast<std::uint64_t>(stride);
}

/// What builds may differ by, measured between the AVX-512, AVX2 and reference kernels on the networks of the tests:
/// floats by up to 4e-5; where a rounding amplifies that, the root mean square by up to 0.18 of the values' own. Half
/// types have 11 and 8 bits.
float default_tolerance(Exactness exactness, DType dtype) {
  if (exactness == Exactness::kStepped) return 0.25f;
  return dtype == DType::kF16 ? 2e-3f : dtype == DType::kBF16 ? 2e-2f : 1e-4f;
}

GoldenOutput record_output(const ConstTensorView& output, Exactness exactness, const RecordOptions& options) {
  GoldenOutput result{.type = output.type, .crc = base::crc32c({output.data, output.type.size_bytes()})};
  if (exactness != Exactness::kExact) {
    result.rule = exactness == Exactness::kStepped ? format::GoldenRule::kRms : format::GoldenRule::kTolerance;
    result.tolerance = options.tolerance.value_or(default_tolerance(exactness, output.dtype()));
  }
  const std::int64_t elements = output.type.elements();
  result.stride = choose_stride(elements);
  result.sample = tensor::Tensor(output.dtype(), tensor::Shape{GoldenOutput::sample_count(elements, result.stride)});
  (void)op::visit_dtype<op::AllTypes>(output.dtype(), [&]<class T>() {
    const std::span<const T> values = output.as<T>();
    std::size_t at = 0;
    for (T& sampled : result.sample.as<T>()) {
      sampled = values[at];
      at += static_cast<std::size_t>(result.stride);
    }
    for (const T value : values) {
      const auto magnitude = std::abs(static_cast<float>(static_cast<op::Compute<T>>(value)));
      if (std::isfinite(magnitude)) result.magnitude = std::max(result.magnitude, magnitude);
    }
  });
  return result;
}

Status run_on(Engine& engine, const std::vector<GoldenInput>& inputs) {
  for (std::size_t k = 0; k < inputs.size(); ++k) format::fill(inputs[k], engine.input(static_cast<int>(k)));
  return engine.run();
}

}  // namespace

Result<GoldenCase> record(Engine& engine, std::vector<GoldenInput> inputs, const RecordOptions& options) {
  if (inputs.size() != engine.inputs().size())
    return fail(ErrorKind::kUsage, "{} inputs given, the model has {}", inputs.size(), engine.inputs().size());
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (!(inputs[k].type == engine.inputs()[k].type))
      return fail(ErrorKind::kUsage, "input '{}' is {}, the model wants {}", engine.inputs()[k].name,
                  inputs[k].type.to_string(), engine.inputs()[k].type.to_string());
  GoldenCase result{.label = options.label, .recorded_isa = TRY(kernel::usable_isa()), .inputs = std::move(inputs)};
  TRY(run_on(engine, result.inputs));
  const std::vector<Exactness> exactness = program::output_exactness(engine.program());
  for (std::size_t k = 0; k < engine.outputs().size(); ++k)
    result.outputs.push_back(record_output(engine.output(static_cast<int>(k)), exactness[k], options));
  TRY(run_on(engine, result.inputs));
  for (std::size_t k = 0; k < engine.outputs().size(); ++k) {
    const ConstTensorView again = engine.output(static_cast<int>(k));
    if (base::crc32c({again.data, again.type.size_bytes()}) != result.outputs[k].crc)
      return fail(ErrorKind::kUnsupported, "output '{}' differs from run to run: such a model has no golden vectors",
                  engine.outputs()[k].name);
  }
  return result;
}

}  // namespace hedge::engine

#include "format/golden.h"

#include <algorithm>
#include <cmath>

#include "base/crc32c.h"
#include "format/attribute_bytes.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using tensor::Tensor;
using tensor::TensorType;

enum class InputKind : std::uint8_t { kStored = 0, kNoise = 1 };

/// The smallest that each can be, for ByteReader::count.
constexpr std::size_t kCaseBytesMin = 16, kInputBytesMin = 3, kOutputBytesMin = 23;

void put_floats(ByteWriter& out, const std::vector<float>& values) {
  out.put(static_cast<std::uint32_t>(values.size()));
  for (const float value : values) out.put(value);
}

Result<std::vector<float>> get_floats(ByteReader& in) {
  std::vector<float> values(TRY(in.count(sizeof(float))));
  for (float& value : values) value = TRY(in.get<float>());
  return values;
}

void put_input(ByteWriter& out, const GoldenInput& input) {
  put_type(out, input.type);
  out.put(input.noise ? InputKind::kNoise : InputKind::kStored);
  if (!input.noise) return out.put(input.stored.bytes());
  out.put(input.crc);
  out.put(input.noise->seed);
  out.put(input.noise->levels);
  out.put(input.noise->axis);
  put_floats(out, input.noise->shift);
  put_floats(out, input.noise->scale);
}

/// A tensor's bytes, copied; a bool that is neither 0 nor 1 may not even be read.
Result<Tensor> get_tensor(ByteReader& in, const TensorType& type) {
  const auto bytes = TRY(in.take(type.size_bytes()));
  if (type.dtype == tensor::DType::kBool && std::ranges::any_of(bytes, [](std::byte b) { return b > std::byte{1}; }))
    return fail(ErrorKind::kInvalid, "a bool that is neither 0 nor 1");
  return Tensor::copy_of({type, bytes.data()});
}

Result<GoldenInput> get_input(ByteReader& in) {
  GoldenInput input{.type = TRY(get_type(in))};
  switch (TRY(in.get<InputKind>())) {
    case InputKind::kStored: input.stored = TRY(get_tensor(in, input.type)); return input;
    case InputKind::kNoise: {
      input.crc = TRY(in.get<std::uint32_t>());
      GoldenNoise& noise = input.noise.emplace();
      noise.seed = TRY(in.get<std::uint64_t>());
      noise.levels = TRY(in.get<std::uint32_t>());
      noise.axis = TRY(in.get<std::uint8_t>());
      noise.shift = TRY(get_floats(in));
      noise.scale = TRY(get_floats(in));
      TRY(check_noise(noise, input.type));
      return input;
    }
  }
  return fail(ErrorKind::kInvalid, "an input of unknown kind");
}

void put_output(ByteWriter& out, const GoldenOutput& output) {
  put_type(out, output.type);
  out.put(output.rule);
  out.put(output.tolerance);
  out.put(output.magnitude);
  out.put(output.crc);
  out.put(output.stride);
  out.put(output.sample.bytes());
}

Result<GoldenOutput> get_output(ByteReader& in) {
  GoldenOutput output{.type = TRY(get_type(in))};
  output.rule = TRY(in.get<GoldenRule>());
  output.tolerance = TRY(in.get<float>());
  output.magnitude = TRY(in.get<float>());
  output.crc = TRY(in.get<std::uint32_t>());
  output.stride = TRY(in.get<std::uint64_t>());
  if (output.rule > GoldenRule::kRms) return fail(ErrorKind::kInvalid, "a rule of unknown kind");
  if (!std::isfinite(output.tolerance) || output.tolerance < 0 || !std::isfinite(output.magnitude) ||
      output.magnitude < 0)
    return fail(ErrorKind::kInvalid, "a tolerance of {} of {}", output.tolerance, output.magnitude);
  const std::int64_t elements = output.type.elements();
  if (output.stride < 1 || output.stride > static_cast<std::uint64_t>(std::max<std::int64_t>(elements, 1)))
    return fail(ErrorKind::kInvalid, "every {}th of {} values", output.stride, elements);
  const std::int64_t count = GoldenOutput::sample_count(elements, output.stride);
  output.sample = TRY(get_tensor(in, {output.type.dtype, tensor::Shape{count}}));
  return output;
}

Status check_label(const std::string& label) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (label.size() > kGoldenLabelBytesMax || std::ranges::any_of(label, is_control))
    return fail(ErrorKind::kInvalid, "a label that is not one line of at most {} bytes", kGoldenLabelBytesMax);
  return {};
}

Status check_port_count(std::size_t count) {
  if (count <= kGoldenPortsMax) return {};
  return fail(ErrorKind::kResourceLimit, "{} inputs or outputs; {} are possible", count, kGoldenPortsMax);
}

Result<GoldenCase> get_case(ByteReader& in) {
  GoldenCase result{.label = TRY(in.text()), .recorded_isa = {TRY(in.get<std::uint32_t>())}};
  TRY(check_label(result.label));
  const auto input_count = TRY(in.count(kInputBytesMin));
  TRY(check_port_count(input_count));
  for (std::uint32_t k = 0; k < input_count; ++k) {
    auto input = get_input(in);
    if (!input) return base::in_context(input.error(), fmt::format("input {}", k));
    result.inputs.push_back(std::move(*input));
  }
  const auto output_count = TRY(in.count(kOutputBytesMin));
  TRY(check_port_count(output_count));
  for (std::uint32_t k = 0; k < output_count; ++k) {
    auto output = get_output(in);
    if (!output) return base::in_context(output.error(), fmt::format("output {}", k));
    result.outputs.push_back(std::move(*output));
  }
  return result;
}

template <class Ports>
Status check_ports(const Ports& recorded, const std::vector<std::int32_t>& ports, const program::Program& program,
                   std::string_view what) {
  if (recorded.size() != ports.size())
    return fail(ErrorKind::kInvalid, "{} {}s, the program has {}", recorded.size(), what, ports.size());
  for (std::size_t k = 0; k < ports.size(); ++k) {
    if (ports[k] < 0 || static_cast<std::size_t>(ports[k]) >= program.tensors.size())
      return fail(ErrorKind::kInvalid, "{} {} of the program does not exist", what, k);
    const TensorType& type = program.tensors[static_cast<std::size_t>(ports[k])].type;
    if (!(recorded[k].type == type))
      return fail(ErrorKind::kInvalid, "{} {} is {}, the program's is {}", what, k, recorded[k].type.to_string(),
                  type.to_string());
  }
  return {};
}

Status check_case_count(std::size_t count) {
  if (count <= kGoldenCasesMax) return {};
  return fail(ErrorKind::kResourceLimit, "{} golden cases; {} are possible", count, kGoldenCasesMax);
}

}  // namespace

GoldenInput golden_input(Tensor stored) {
  GoldenInput input{.type = stored.type()};
  input.stored = std::move(stored);
  return input;
}

GoldenInput golden_input(const TensorType& type, const GoldenNoise& noise) {
  HEDGE_CHECK(check_noise(noise, type).has_value());
  Tensor values(type);
  fill_noise(noise, values.view());
  return {.type = type, .noise = noise, .crc = base::crc32c(values.bytes())};
}

void fill(const GoldenInput& input, const tensor::TensorView& view) {
  HEDGE_CHECK(view.type == input.type);
  if (input.noise) return fill_noise(*input.noise, view);
  std::ranges::copy(input.stored.bytes(), view.data);
}

std::vector<std::byte> encode_golden(const GoldenCases& cases) {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(cases.size()));
  for (const GoldenCase& golden : cases) {
    out.put(golden.label);
    out.put(golden.recorded_isa.bits);
    out.put(static_cast<std::uint32_t>(golden.inputs.size()));
    for (const GoldenInput& input : golden.inputs) put_input(out, input);
    out.put(static_cast<std::uint32_t>(golden.outputs.size()));
    for (const GoldenOutput& output : golden.outputs) put_output(out, output);
  }
  return std::move(out.bytes());
}

Result<GoldenCases> decode_golden(std::span<const std::byte> bytes) {
  if (bytes.size() > kGoldenBytesMax)
    return fail(ErrorKind::kResourceLimit, "golden vectors of {} bytes; {} are possible", bytes.size(),
                kGoldenBytesMax);
  ByteReader in(bytes);
  const auto count = TRY(in.count(kCaseBytesMin));
  TRY(check_case_count(count));
  GoldenCases cases;
  for (std::uint32_t k = 0; k < count; ++k) {
    auto golden = get_case(in);
    if (!golden) return base::in_context(golden.error(), fmt::format("golden case {}", k));
    cases.push_back(std::move(*golden));
  }
  return cases;
}

Status check_golden(const GoldenCases& cases, const program::Program& program) {
  TRY(check_case_count(cases.size()));
  for (std::size_t k = 0; k < cases.size(); ++k) {
    const GoldenCase& golden = cases[k];
    Status status = check_label(golden.label);
    if (status) status = check_port_count(std::max(golden.inputs.size(), golden.outputs.size()));
    if (status) status = check_ports(golden.inputs, program.inputs, program, "input");
    if (status) status = check_ports(golden.outputs, program.outputs, program, "output");
    if (!status) return base::in_context(status.error(), fmt::format("golden case {}", k));
  }
  return {};
}

}  // namespace hedge::format

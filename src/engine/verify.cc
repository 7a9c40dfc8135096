#include "engine/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/crc32c.h"
#include "format/engine_file.h"
#include "op/dispatch.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using format::GoldenCase;
using format::GoldenCases;
using format::GoldenOutput;
using format::GoldenRule;
using tensor::ConstTensorView;

/// |a - b|; 0 for two NaNs or equal infinities, infinity where only one of them is a number.
double difference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double distance = std::abs(a - b);
  return std::isfinite(distance) ? distance : std::numeric_limits<double>::infinity();
}

/// Zero over zero is zero: an output of zeros has no other scale than the smallest number.
double over(double error, double scale) {
  return error / std::max(scale, static_cast<double>(std::numeric_limits<float>::min()));
}

template <class T>
void compare_values(std::span<const T> actual, const GoldenOutput& golden, OutputVerdict& verdict) {
  const auto number = [](const T& value) { return static_cast<double>(static_cast<op::Compute<T>>(value)); };
  std::size_t at = 0;
  double worst = 0, error_squares = 0, value_squares = 0;
  for (const T& expected : golden.sample.as<T>()) {
    const T& value = actual[at];
    at += static_cast<std::size_t>(golden.stride);
    if (const double known = number(expected); std::isfinite(known)) value_squares += known * known;
    if (std::memcmp(&value, &expected, sizeof(T)) == 0) continue;
    const double error = difference(number(value), number(expected));
    ++verdict.differing;
    worst = std::max(worst, error);
    error_squares += error * error;
  }
  verdict.relative_error = over(worst, golden.magnitude);
  verdict.rms_error = over(std::sqrt(error_squares), std::sqrt(value_squares));
}

OutputVerdict compare(const ConstTensorView& actual, const GoldenOutput& golden, const std::string& name) {
  OutputVerdict verdict{.name = name,
                        .rule = golden.rule,
                        .tolerance = golden.tolerance,
                        .elements = golden.type.elements(),
                        .compared = golden.sample.type().elements()};
  (void)op::visit_dtype<op::AllTypes>(actual.dtype(),
                                      [&]<class T>() { compare_values(actual.as<T>(), golden, verdict); });
  verdict.bit_equal = verdict.differing == 0 && base::crc32c({actual.data, actual.type.size_bytes()}) == golden.crc;
  verdict.holds = golden.rule == GoldenRule::kExact ? verdict.bit_equal : verdict.error() <= golden.tolerance;
  return verdict;
}

Result<CaseVerdict> verify_case(Engine& engine, const GoldenCase& golden) {
  CaseVerdict verdict{.label = golden.label, .recorded_isa = golden.recorded_isa};
  for (std::size_t k = 0; k < golden.inputs.size(); ++k) {
    const tensor::TensorView input = engine.input(static_cast<int>(k));
    format::fill(golden.inputs[k], input);
    if (golden.inputs[k].noise && base::crc32c({input.data, input.type.size_bytes()}) != golden.inputs[k].crc)
      return fail(ErrorKind::kInvalid, "input '{}' has another checksum than when it was recorded",
                  engine.inputs()[k].name);
  }
  TRY(engine.run());
  for (std::size_t k = 0; k < golden.outputs.size(); ++k)
    verdict.outputs.push_back(compare(engine.output(static_cast<int>(k)), golden.outputs[k], engine.outputs()[k].name));
  return verdict;
}

}  // namespace

bool CaseVerdict::holds() const { return std::ranges::all_of(outputs, &OutputVerdict::holds); }
bool VerifyReport::holds() const {
  return !cases.empty() && std::ranges::all_of(cases, [](const CaseVerdict& verdict) { return verdict.holds(); });
}

Result<VerifyReport> verify(Engine& engine, const GoldenCases& cases) {
  if (cases.empty())
    return fail(ErrorKind::kUnsupported,
                "no golden vectors inside, so nothing can be proven: compile the model again with --golden 2");
  TRY(format::check_golden(cases, engine.program()));
  VerifyReport report;
  for (const GoldenCase& golden : cases) {
    auto verdict = verify_case(engine, golden);
    if (!verdict) return base::in_context(verdict.error(), fmt::format("golden case '{}'", golden.label));
    report.cases.push_back(std::move(*verdict));
  }
  return report;
}

Result<VerifyReport> verify_file(const std::filesystem::path& path, const EngineOptions& options) {
  format::EngineFile file = TRY(format::open_engine_file(path));
  auto engine = Engine::create(std::move(file.program), options);
  if (!engine) return base::in_context(engine.error(), path.string());
  auto report = verify(*engine, file.golden);
  if (!report) return base::in_context(report.error(), path.string());
  return report;
}

}  // namespace hedge::engine

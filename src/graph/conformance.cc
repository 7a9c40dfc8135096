#include "graph/conformance.h"

#include <algorithm>
#include <cmath>

#include <onnx/onnx_pb.h>

#include "base/file.h"
#include "graph/tensor_proto.h"
#include "op/dispatch.h"

namespace hedge::graph {
namespace {

namespace fs = std::filesystem;

/// One unit in the last place of bfloat16: ONNX wrote its test data by cutting bits off (until 1.13), we round.
constexpr double kBFloat16Rtol = 1.0 / 128;

Result<std::vector<Tensor>> read_tensors(const fs::path& set, const char* kind) {
  std::vector<Tensor> tensors;
  for (int k = 0;; ++k) {
    const fs::path file = set / fmt::format("{}_{}.pb", kind, k);
    if (!fs::exists(file)) return tensors;
    auto tensor = read_tensor_pb(file);  // sequences and optionals are no tensors
    if (!tensor) return fail(ErrorKind::kUnsupported, "test data: {}", tensor.error().message);
    tensors.push_back(std::move(tensor->tensor));
  }
}

/// Data written by ONNX up to 1.12 holds bfloat16 as u16: seen again as what the model says it is.
void restore_bfloat16(std::span<const std::byte> model, std::vector<Tensor>& inputs, std::vector<Tensor>& outputs) {
  onnx::ModelProto proto;
  if (!proto.ParseFromArray(model.data(), static_cast<int>(model.size()))) return;
  const auto restore = [](const auto& ports, std::vector<Tensor>& tensors) {
    for (int k = 0; k < ports.size() && k < static_cast<int>(tensors.size()); ++k) {
      Tensor& old = tensors[static_cast<std::size_t>(k)];
      if (ports.Get(k).type().tensor_type().elem_type() != onnx::TensorProto::BFLOAT16 || old.dtype() != DType::kU16)
        continue;
      Tensor restored(DType::kBF16, old.shape());
      std::ranges::copy(old.bytes(), restored.bytes().begin());
      old = std::move(restored);
    }
  };
  restore(proto.graph().input(), inputs);
  restore(proto.graph().output(), outputs);
}

/// The model with the test's shapes. Inputs are frozen one after the other until the shapes are static; which are left
/// is told by `kept`.
Result<Graph> import_static(std::span<const std::byte> model, const std::vector<Tensor>& inputs,
                            std::vector<Tensor>& kept) {
  const Graph loose = TRY(import_onnx(model, {.allow_dynamic = true}));
  std::vector<std::string> names;
  for (const ValueId input : loose.inputs) names.push_back(loose.value(input).name);
  if (names.size() != inputs.size())
    return fail(ErrorKind::kUnsupported, "{} inputs for {} of the model", inputs.size(), names.size());
  ImportOptions options;
  for (std::size_t k = 0; k < names.size(); ++k) options.shapes[names[k]] = inputs[k].shape();
  auto graph = import_onnx(model, options);
  if (!graph && graph.error().kind == ErrorKind::kUsage)
    return fail(ErrorKind::kUnsupported, "the test's data contradict its model: {}", graph.error().message);
  // Small integer operands decide shapes: from the last input on, since the data comes first by convention.
  for (std::size_t k = names.size(); !graph && graph.error().kind == ErrorKind::kUnsupported && k-- > 1;) {
    options.freezes.emplace(names[k], inputs[k]);
    graph = import_onnx(model, options);
  }
  if (!graph && names.size() == 1 && graph.error().kind == ErrorKind::kUnsupported) {
    options.freezes.emplace(names[0], inputs[0]);
    graph = import_onnx(model, options);
  }
  for (std::size_t k = 0; k < names.size(); ++k)
    if (!options.freezes.contains(names[k])) kept.push_back(inputs[k]);
  return graph;
}

Result<std::string> run_set(std::span<const std::byte> model, const fs::path& set, const Executor& execute,
                            const ConformanceOptions& options) {
  std::vector<Tensor> inputs = TRY(read_tensors(set, "input"));
  std::vector<Tensor> expected = TRY(read_tensors(set, "output"));
  restore_bfloat16(model, inputs, expected);
  std::vector<Tensor> kept;
  if (!options.static_types) kept = inputs;
  const Graph graph =
      options.static_types ? TRY(import_static(model, inputs, kept)) : TRY(import_onnx(model, {.allow_dynamic = true}));
  const std::vector<Tensor> actual = TRY(execute(graph, kept));
  if (actual.size() != expected.size()) return fmt::format("{} outputs, not {}", actual.size(), expected.size());
  for (std::size_t k = 0; k < actual.size(); ++k)
    if (std::string reason = difference(actual[k], expected[k], options.rtol, options.atol); !reason.empty())
      return fmt::format("output {}: {}", k, reason);
  return std::string();
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "pass";
    case Verdict::kUnsupported: return "unsupported";
    case Verdict::kWrong: return "wrong";
  }
  return "?";
}

std::string difference(const Tensor& actual, const Tensor& expected, double rtol, double atol) {
  if (!(actual.type() == expected.type()))
    return fmt::format("{} instead of {}", actual.type().to_string(), expected.type().to_string());
  if (actual.dtype() == DType::kBF16) rtol = std::max(rtol, kBFloat16Rtol);
  std::string reason;
  (void)op::visit_dtype<op::AllTypes>(actual.dtype(), [&]<class T>() {
    const auto a = actual.as<T>(), b = expected.as<T>();
    for (std::size_t i = 0; i < a.size() && reason.empty(); ++i) {
      const auto x = static_cast<double>(static_cast<op::Compute<T>>(a[i])),
                 y = static_cast<double>(static_cast<op::Compute<T>>(b[i]));
      const bool same = x == y || (std::isnan(x) && std::isnan(y));
      const bool close = tensor::is_float(actual.dtype()) && std::abs(x - y) <= atol + rtol * std::abs(y);
      if (!same && !close) reason = fmt::format("element {} is {:g}, not {:g}", i, x, y);
    }
  });
  return reason;
}

ConformanceResult run_conformance_test(const fs::path& directory, const Executor& execute,
                                       const ConformanceOptions& options) {
  const auto verdict_of = [](const base::Error& error) {
    const bool ours = error.kind == ErrorKind::kUnsupported || error.kind == ErrorKind::kResourceLimit;
    return ConformanceResult{ours ? Verdict::kUnsupported : Verdict::kWrong, error.message};
  };
  const auto model = base::read_file(directory / "model.onnx", std::uint64_t{1} << 30);
  if (!model) return verdict_of(model.error());
  int sets = 0;
  for (int k = 0; fs::exists(directory / fmt::format("test_data_set_{}", k)); ++k, ++sets) {
    const auto reason = run_set(*model, directory / fmt::format("test_data_set_{}", k), execute, options);
    if (!reason) return verdict_of(reason.error());
    if (!reason->empty()) return {Verdict::kWrong, *reason};
  }
  if (sets == 0) return {Verdict::kUnsupported, "no test_data_set_0"};
  return {};
}

}  // namespace hedge::graph

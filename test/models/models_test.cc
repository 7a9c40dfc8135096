// Real trained models against the answers of ONNX Runtime (shared/assets/golden): the interpreter and the engine.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "graph/interpreter.h"
#include "graph/onnx_import.h"
#include "graph/tensor_proto.h"
#include "program/exactness.h"
#include "support/engine_runner.h"
#include "support/shared.h"

namespace hedge {
namespace {

namespace fs = std::filesystem;
using tensor::Tensor;

std::vector<Tensor> read_golden(const fs::path& directory, const std::string& kind) {
  std::vector<Tensor> tensors;
  for (int k = 0;; ++k) {
    const fs::path file = directory / "test_data_set_0" / (kind + "_" + std::to_string(k) + ".pb");
    if (!fs::exists(file)) return tensors;
    auto tensor = graph::read_tensor_pb(file);
    EXPECT_TRUE(tensor.has_value()) << tensor.error().message;
    tensors.push_back(std::move(tensor->tensor));
  }
}

/// Largest difference over the largest expected magnitude.
double relative_error(const Tensor& actual, const Tensor& expected) {
  double worst = 0, largest = 1e-12;
  const auto a = actual.as<float>(), b = expected.as<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return worst / largest;
}

double cosine(const Tensor& actual, const Tensor& expected) {
  double dot = 0, aa = 0, bb = 0;
  const auto a = actual.as<float>(), b = expected.as<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return dot / std::sqrt(aa * bb);
}

struct Case {
  graph::Graph graph;
  std::vector<Tensor> inputs, expected;
};

Case load(const fs::path& model, const fs::path& golden) {
  Case result{.inputs = read_golden(golden, "input"), .expected = read_golden(golden, "output")};
  graph::ImportOptions options;
  if (model.stem().string().starts_with("silero")) {
    options.freezes.emplace("sr", Tensor::scalar<std::int64_t>(16000));
    options.shapes["input"] = tensor::Shape{1, 576};
    options.shapes["state"] = tensor::Shape{2, 1, 128};
    while (result.inputs.size() > 2) result.inputs.pop_back();
  }
  auto graph = graph::import_onnx_file(model, options);
  EXPECT_TRUE(graph.has_value()) << graph.error().message;
  if (graph) result.graph = std::move(*graph);
  return result;
}

std::vector<std::string> model_names(const char* folder) {
  std::vector<std::string> names;
  const fs::path directory = test::shared_directory() / folder;
  if (!fs::exists(directory)) return {"absent"};
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".onnx") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

class FloatModels : public testing::TestWithParam<std::string> {};

TEST_P(FloatModels, EngineAndInterpreterAgreeWithGolden) {
  HEDGE_NEEDS_SHARED("assets/models");
  const Case loaded = load(test::shared_directory() / "assets/models" / (GetParam() + ".onnx"),
                           test::shared_directory() / "assets/golden" / GetParam());
  ASSERT_FALSE(loaded.expected.empty());
  const auto reference = graph::interpret(loaded.graph, loaded.inputs);
  ASSERT_TRUE(reference.has_value()) << reference.error().message;
  for (const int threads : {1, 2}) {
    const auto engine = test::run_on_engine(loaded.graph, loaded.inputs, {.isa = kernel::detect_isa()}, threads);
    ASSERT_TRUE(engine.has_value()) << engine.error().message;
    for (std::size_t k = 0; k < loaded.expected.size(); ++k) {
      ASSERT_TRUE((*engine)[k].type() == loaded.expected[k].type());
      EXPECT_LT(relative_error((*reference)[k], loaded.expected[k]), 1e-3) << "interpreter, output " << k;
      EXPECT_LT(relative_error((*engine)[k], loaded.expected[k]), 1e-3) << "engine, output " << k;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Shared, FloatModels, testing::ValuesIn(model_names("assets/models")), test_name);

class QuantizedModels : public testing::TestWithParam<std::string> {};

TEST_P(QuantizedModels, InterpreterAgreesWithGolden) {
  HEDGE_NEEDS_SHARED("assets/models/qdq");
  const Case loaded = load(test::shared_directory() / "assets/models/qdq" / (GetParam() + ".onnx"),
                           test::shared_directory() / "assets/golden" / GetParam());
  ASSERT_FALSE(loaded.expected.empty());
  const auto reference = graph::interpret(loaded.graph, loaded.inputs);
  ASSERT_TRUE(reference.has_value()) << reference.error().message;
  for (std::size_t k = 0; k < loaded.expected.size(); ++k)
    EXPECT_GE(cosine((*reference)[k], loaded.expected[k]), 0.999) << "output " << k;
  const auto engine = test::run_on_engine(loaded.graph, loaded.inputs, {.isa = kernel::detect_isa()});
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  for (std::size_t k = 0; k < loaded.expected.size(); ++k)
    EXPECT_GE(cosine((*engine)[k], loaded.expected[k]), 0.98) << "engine, output " << k;
}
// Compiled here, loaded where there is AVX2 alone.
TEST_P(QuantizedModels, RepackedForAvx2TheyAnswerTheSameBits) {
  HEDGE_NEEDS_SHARED("assets/models/qdq");
  kernel::IsaSet avx2;
  avx2.add(kernel::Isa::kAvx2);
  if (!kernel::detect_isa().contains(avx2)) GTEST_SKIP() << "needs AVX2";
  const Case loaded = load(test::shared_directory() / "assets/models/qdq" / (GetParam() + ".onnx"),
                           test::shared_directory() / "assets/golden" / GetParam());
  auto compiled = compile::compile(loaded.graph, {.isa = kernel::detect_isa()});
  ASSERT_TRUE(compiled.has_value()) << compiled.error().message;
  const std::vector<program::Exactness> exactness = program::output_exactness(*compiled);
  const auto expected = test::run_program(*compiled, loaded.inputs);
  const auto repacked = program::repack(*compiled, avx2);
  ASSERT_TRUE(repacked.has_value()) << repacked.error().message;
  EXPECT_EQ(repacked->on_reference, 0) << program::to_string(*repacked);
  const auto actual = test::run_program(std::move(*compiled), loaded.inputs);
  ASSERT_TRUE(expected.has_value() && actual.has_value());
  for (std::size_t k = 0; k < expected->size(); ++k)
    if (exactness[k] == program::Exactness::kExact)
      EXPECT_TRUE(std::ranges::equal((*actual)[k].bytes(), (*expected)[k].bytes())) << "output " << k;
}
INSTANTIATE_TEST_SUITE_P(Shared, QuantizedModels, testing::ValuesIn(model_names("assets/models/qdq")), test_name);

}  // namespace
}  // namespace hedge

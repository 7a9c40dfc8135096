// Real models on real data: the figures of docs/accuracy.md.
#include <gtest/gtest.h>

#include "compile/compile.h"
#include "evaluate/agreement.h"
#include "evaluate/evaluate.h"
#include "graph/onnx_import.h"
#include "support/shared.h"

namespace hedge::test {
namespace {

namespace fs = std::filesystem;

struct Baseline {
  const char* model;
  const char* dataset;  ///< under shared/assets
  const char* metric;
  double value;
  std::int64_t limit = 0;
  std::optional<evaluate::Presence> present = {};
};

void PrintTo(const Baseline& baseline, std::ostream* out) { *out << baseline.model; }

base::Result<engine::Engine> open_engine(const fs::path& model) {
  auto graph = TRY(graph::import_onnx_file(model, {}));
  const compile::CompileOptions options{.isa = TRY(kernel::usable_isa())};
  return engine::Engine::create(TRY(compile::compile(std::move(graph), options)));
}

class Baselines : public testing::TestWithParam<Baseline> {};

TEST_P(Baselines, AreReached) {
  const auto& [name, data, metric, value, limit, present] = GetParam();
  const fs::path model = fs::path("assets/models") / (std::string(name) + ".onnx");
  HEDGE_NEEDS_SHARED(model);
  HEDGE_NEEDS_SHARED(fs::path("assets") / data);
  const auto card = pipeline::load_card("test/cards/" + std::string(name) + ".toml");
  ASSERT_TRUE(card.has_value()) << card.error().message;
  const auto dataset =
      evaluate::open_dataset(shared_directory() / "assets" / data, *card, {.present = present, .limit = limit});
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  auto engine = open_engine(shared_directory() / model);
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  const auto result = evaluate::evaluate(*engine, *card, **dataset);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_TRUE(result->metric(metric).has_value());
  // A sample may fall otherwise by another machine's sums or another version's JPEG decoder.
  EXPECT_NEAR(*result->metric(metric), value, 0.009);
  const auto same = evaluate::agreement(*result, *result);
  ASSERT_TRUE(same.has_value()) << same.error().message;
  EXPECT_NEAR(same->headline.percent, 100, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Real, Baselines,
                         testing::Values(Baseline{"resnet20_cifar10", "images/cifar10/test_2000.bin", "top1", 0.8025},
                                         Baseline{"mlperf_ic_resnet8_fp32", "images/cifar10/test_2000.bin", "top1",
                                                  0.7625},
                                         Baseline{"mlperf_kws_dscnn_fp32", "audio/kws", "top1", 0.88},
                                         Baseline{"mobilenet_v2_224", "images/imagenet_calibration", "top1", 0.86, 50},
                                         Baseline{"mlperf_vww_mnv1_025_fp32", "images/coco128", "top1", 0.8516, 0,
                                                  evaluate::Presence{.class_id = 0, .share_min = 0.005}},
                                         Baseline{"yolox_nano_416", "images/coco128", "ap50", 0.5146},
                                         Baseline{"person_yolox_nano", "images/coco128", "ap50", 0.4329},
                                         Baseline{"nanodet_m_320", "images/coco128", "ap50", 0.4091}),
                         [](const auto& info) { return std::string(info.param.model); });

}  // namespace
}  // namespace hedge::test

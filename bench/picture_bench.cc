// From a frame to the model's input, by instruction set: what the demo does, and other sizes, cards and targets.
#include <cstdlib>
#include <memory>
#include <random>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/check.h"
#include "pipeline/preprocess.h"

namespace hedge::bench {
namespace {

using pipeline::InputCard;
using pipeline::Preprocessor;
using pipeline::ResizeMode;
using tensor::DType;

enum class To { kEngineBytes, kFloats };

struct Case {
  const char* name;
  int source_w, source_h, width, height;
  ResizeMode resize;
  bool antialias;
  bool normalises;
  To to;
  int frames = 1;  ///< in turn: many of them are in no cache, as a frame that has just been decoded
};
constexpr Case kCases[] = {
    {"demo", 768, 576, 384, 288, ResizeMode::kStretch, false, false, To::kEngineBytes},
    {"demo_from_afar", 768, 576, 384, 288, ResizeMode::kStretch, false, false, To::kEngineBytes, 60},
    {"yolox_720p_from_afar", 1280, 720, 416, 416, ResizeMode::kLetterbox, false, false, To::kEngineBytes, 30},
    {"yolox_1080p_from_afar", 1920, 1080, 416, 416, ResizeMode::kLetterbox, false, false, To::kEngineBytes, 15},
    {"vww_antialias_from_afar", 640, 480, 96, 96, ResizeMode::kStretch, true, true, To::kEngineBytes, 80},
    {"demo_floats", 768, 576, 384, 288, ResizeMode::kStretch, false, false, To::kFloats},
    {"yolox_720p", 1280, 720, 416, 416, ResizeMode::kLetterbox, false, false, To::kEngineBytes},
    {"yolox_1080p", 1920, 1080, 416, 416, ResizeMode::kLetterbox, false, false, To::kEngineBytes},
    {"mobilenet_vga", 640, 480, 224, 224, ResizeMode::kCropCenter, false, true, To::kEngineBytes},
    {"mobilenet_vga_floats", 640, 480, 224, 224, ResizeMode::kCropCenter, false, true, To::kFloats},
    {"same_size", 640, 480, 640, 480, ResizeMode::kStretch, false, false, To::kEngineBytes},
    {"larger", 160, 120, 320, 320, ResizeMode::kLetterboxCenter, false, true, To::kEngineBytes},
    {"vww_antialias", 640, 480, 96, 96, ResizeMode::kStretch, true, true, To::kEngineBytes},
};

media::Frame random_frame(int width, int height) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(3 * width * height));
  std::minstd_rand random(1);
  for (std::uint8_t& byte : *bytes) byte = static_cast<std::uint8_t>(random());
  return {.pixels = bytes->data(), .width = width, .height = height, .stride = 3 * width, .owner = bytes};
}

void run_case(benchmark::State& state, const Case& c, const std::string& isa) {
  setenv("HEDGE_ISA", isa.c_str(), 1);
  const InputCard card{
      .width = c.width,
      .height = c.height,
      .resize = c.resize,
      .antialias = c.antialias,
      .mean = c.normalises ? std::vector<float>{103.53f, 116.28f, 123.675f} : std::vector<float>(3),
      .scale = c.normalises ? std::vector<float>{0.0174f, 0.0175f, 0.0171f} : std::vector<float>(3, 1)};
  const tensor::TensorType input{DType::kF32, {1, 3, c.height, c.width}};
  const tensor::Tensor bytes(DType::kU8, {1, c.height, c.width, 3});
  tensor::Tensor floats(input);
  const engine::ByteInput engine_bytes{const_cast<tensor::Tensor&>(bytes).view(), c.normalises ? 0.0187f : 0.999268f,
                                       c.normalises ? 114 : 0};
  auto preprocessor =
      Preprocessor::create(card, input, c.to == To::kEngineBytes ? std::optional(engine_bytes) : std::nullopt);
  HEDGE_CHECK(preprocessor.has_value());
  const tensor::TensorView target = c.to == To::kEngineBytes ? engine_bytes.view : floats.view();
  std::vector<media::Frame> frames;
  for (int k = 0; k < c.frames; ++k) frames.push_back(random_frame(c.source_w, c.source_h));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(preprocessor->run(frames[next], target));
    next = next + 1 < frames.size() ? next + 1 : 0;
  }
}

}  // namespace
}  // namespace hedge::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const auto& c : hedge::bench::kCases)
    for (const char* isa : {"avx512vbmi", "avx512", "avx2", "ref"}) {
      // A machine that lacks the instructions runs the row with those that it has.
      benchmark::RegisterBenchmark(fmt::format("picture/{}/{}", c.name, isa).c_str(), [&c,
                                                                                       isa](benchmark::State& state) {
        hedge::bench::run_case(state, c, isa);
      })->Unit(benchmark::kMicrosecond);
    }
  benchmark::RunSpecifiedBenchmarks();
}

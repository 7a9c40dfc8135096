// An input written as the bytes that the engine would make of it: the same answers, whatever the floats are.
#include <algorithm>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/integer_sample_program.h"
#include "op/quant/quantize.h"

namespace hedge::engine {
namespace {

using tensor::Tensor;

Engine make(const SampleOptions& options) {
  auto engine = Engine::create(integer_sample_program(options), {.threads = 2});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return std::move(*engine);
}

std::vector<Tensor> outputs_of(const Engine& engine) {
  std::vector<Tensor> outputs;
  for (int k = 0; k < static_cast<int>(engine.outputs().size()); ++k)
    outputs.push_back(Tensor::copy_of(engine.output(k)));
  return outputs;
}

TEST(ByteInput, GivesTheAnswersOfTheFloats) {
  for (const std::string_view kernel : {"", "ref"}) {
    Engine by_floats = make({.kernel = kernel}), by_bytes = make({.kernel = kernel});
    const auto bytes = by_bytes.byte_input(0);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(bytes->view.type, (tensor::TensorType{tensor::DType::kU8, by_bytes.inputs()[0].type.shape}));
    by_bytes.take_bytes(0);
    for (unsigned seed = 1; seed < 4; ++seed) {  // bytes are written anew for every run
      const Tensor image = random_tensor(by_floats.input(0).shape(), seed);
      std::ranges::copy(image.bytes(), by_floats.input(0).data);
      std::ranges::transform(image.as<float>(), bytes->view.as<std::uint8_t>().begin(),
                             [&](float x) { return op::quantize<std::uint8_t>(x, bytes->scale, bytes->zero); });
      std::ranges::fill(by_bytes.input(0).as<float>(), static_cast<float>(seed));  // of no effect
      ASSERT_TRUE(by_floats.run().has_value());
      if (seed == 2) {
        std::vector<StepTime> times(by_bytes.program().steps.size());
        ASSERT_TRUE(by_bytes.run_timed(times).has_value());
      } else {
        ASSERT_TRUE(by_bytes.run().has_value());
      }
      const auto expected = outputs_of(by_floats), given = outputs_of(by_bytes);
      ASSERT_EQ(expected.size(), given.size());
      for (std::size_t k = 0; k < expected.size(); ++k)
        EXPECT_TRUE(std::ranges::equal(expected[k].bytes(), given[k].bytes())) << "output " << k << " of run " << seed;
    }
  }
}

TEST(ByteInput, IsReadOnlyOnceItIsTaken) {
  Engine engine = make({});
  const auto bytes = engine.byte_input(0);
  ASSERT_TRUE(bytes.has_value());
  std::ranges::fill(engine.input(0).as<float>(), 0.5f);
  ASSERT_TRUE(engine.run().has_value());
  const auto expected = outputs_of(engine);
  std::ranges::fill(bytes->view.as<std::uint8_t>(), std::uint8_t{0});
  ASSERT_TRUE(engine.run().has_value());
  EXPECT_TRUE(std::ranges::equal(expected[0].bytes(), outputs_of(engine)[0].bytes()));
}

TEST(ByteInput, AFloatModelHasNone) {
  auto engine = Engine::create(sample_program());
  ASSERT_TRUE(engine.has_value());
  EXPECT_FALSE(engine->byte_input(0).has_value());
}

}  // namespace
}  // namespace hedge::engine

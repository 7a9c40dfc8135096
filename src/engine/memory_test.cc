// The options of memory change where an engine computes, never what it answers.
#include "engine/memory.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/sample_program.h"

namespace hedge::engine {
namespace {

std::vector<std::byte> answer(Engine& engine) {
  const tensor::Tensor image = random_tensor({1, 3, 32, 32}, 9);
  std::ranges::copy(image.bytes(), engine.input(0).data);
  EXPECT_TRUE(engine.run().has_value());
  const tensor::ConstTensorView out = engine.output(0);
  return {out.data, out.data + out.type.size_bytes()};
}

TEST(EngineMemory, AnswersAreTheSameInEveryKindOfMemory) {
  auto plain = Engine::create(sample_program());
  ASSERT_TRUE(plain.has_value());
  const std::vector<std::byte> expected = answer(*plain);
  for (const bool huge : {false, true})
    for (const bool prefault : {false, true})
      for (const bool lock : {false, true}) {
        auto engine = Engine::create(
            sample_program(), {.threads = 2, .memory = {.huge_pages = huge, .prefault = prefault, .lock = lock}});
        ASSERT_TRUE(engine.has_value()) << engine.error().message;
        EXPECT_EQ(answer(*engine), expected);
        const MemoryReport report = engine->memory();
        EXPECT_EQ(report.weights_copied, huge);
        EXPECT_EQ(report.arena_bytes, engine->arena_bytes());
        EXPECT_GE(report.resident_bytes, report.arena_bytes);
        EXPECT_EQ(report.locked, lock && report.lock_refusal.empty());
      }
}

TEST(EngineMemory, ACopyOfTheWeightsOutlivesTheirFile) {
  program::Program program = sample_program();
  std::weak_ptr<const std::byte> original = program.weights;
  auto engine = Engine::create(std::move(program), {.memory = {.huge_pages = true}});
  ASSERT_TRUE(engine.has_value());
  EXPECT_TRUE(original.expired());  // the map is given back: the weights are not there twice
  auto plain = Engine::create(sample_program());
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(answer(*engine), answer(*plain));
}

}  // namespace
}  // namespace hedge::engine

// Two models on one camera: engines on one team, run from threads of their own, answer as if each were alone.
#include <gtest/gtest.h>
#include <time.h>

#include <thread>

#include "engine/engine.h"
#include "engine/sample_program.h"
#include "engine/team.h"

namespace hedge::engine {
namespace {

std::vector<std::byte> bytes_of(const tensor::ConstTensorView& view) {
  return {view.data, view.data + view.type.size_bytes()};
}

void write_image(Engine& engine, unsigned seed) {
  const tensor::Tensor image = random_tensor(engine.inputs()[0].type.shape, seed);
  std::ranges::copy(image.bytes(), engine.input(0).data);
}

program::Program program_of(int kind) {
  return sample_program({.size = kind % 2 == 0 ? 48 : 32, .channels = kind % 2 == 0 ? 33 : 16});
}

TEST(SharedTeam, EnginesAnswerAsIfAlone) {
  auto team = Team::create(2);
  ASSERT_TRUE(team.has_value());
  constexpr int kEngines = 3, kRuns = 200;
  std::vector<std::thread> callers;
  std::vector<int> wrong(kEngines);
  for (int kind = 0; kind < kEngines; ++kind)
    callers.emplace_back([&, kind] {
      auto alone = Engine::create(program_of(kind), {.threads = 2});
      auto shared = Engine::create(program_of(kind), {.team = *team});
      const auto seed = static_cast<unsigned>(kind);
      wrong[static_cast<std::size_t>(kind)] = -1;
      if (!alone || !shared) return;
      write_image(*alone, seed);
      if (!alone->run()) return;
      const auto expected = bytes_of(alone->output(1));
      int differing = 0;
      for (int run = 0; run < kRuns; ++run) {
        write_image(*shared, seed);
        differing += !shared->run() || bytes_of(shared->output(1)) != expected ? 1 : 0;
      }
      wrong[static_cast<std::size_t>(kind)] = differing;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, std::vector<int>(kEngines, 0));
}

TEST(SharedTeam, ItsSizeIsTheEnginesNumberOfThreads) {
  auto team = Team::create(3);
  ASSERT_TRUE(team.has_value());
  const auto engine = Engine::create(sample_program(), {.threads = 1, .team = *team});
  ASSERT_TRUE(engine.has_value());
  EXPECT_EQ(engine->threads(), 3);
}

TEST(SharedTeam, OutlivesTheEnginesThatUseIt) {
  auto team = Team::create(2);
  ASSERT_TRUE(team.has_value());
  for (int k = 0; k < 20; ++k) {
    auto engine = Engine::create(sample_program(), {.team = *team});
    ASSERT_TRUE(engine.has_value());
    ASSERT_TRUE(engine->run().has_value());
  }
}

double cpu_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

TEST(IdleEngine, UsesNoProcessorTime) {
  auto engine = Engine::create(sample_program({.size = 48}), {.threads = 3});
  ASSERT_TRUE(engine.has_value());
  ASSERT_TRUE(engine->run().has_value());
  const auto others_ms = [] { return cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_ms(CLOCK_THREAD_CPUTIME_ID); };
  const double others_before = others_ms(), mine_before = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
  while (cpu_ms(CLOCK_THREAD_CPUTIME_ID) - mine_before < 50) continue;  // spinners would use as much each
  EXPECT_LT(others_ms() - others_before, 10);
}

}  // namespace
}  // namespace hedge::engine

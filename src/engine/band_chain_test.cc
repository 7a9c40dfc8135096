// A chain by bands of rows gives the bytes that its steps give one after the other.
#include "engine/band_chain.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/banded_sample_program.h"
#include "format/engine_file.h"

namespace hedge::engine {
namespace {

using tensor::Tensor;

Tensor run(const program::Program& program, unsigned seed, int threads) {
  auto engine = Engine::create(program, {.threads = threads});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  if (!engine) return {};
  for (int k = 0; k < 2; ++k) {
    const tensor::TensorView input = engine->input(k);
    std::ranges::copy(random_integers<std::uint8_t>(input.type.shape, seed + static_cast<unsigned>(k)).bytes(),
                      input.data);
  }
  EXPECT_TRUE(engine->run().has_value());
  const Tensor first = Tensor::copy_of(engine->output(0));
  EXPECT_TRUE(engine->run().has_value());
  const Tensor again = Tensor::copy_of(engine->output(0));
  EXPECT_TRUE(std::ranges::equal(first.bytes(), again.bytes())) << "the first run left something behind";
  return first;
}

TEST(BandChain, IsItsStepsOneAfterTheOther) {
  for (unsigned seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    const program::Program whole = chain_program(seed, 2 + static_cast<int>(seed % 4), 3 + seed % 40);
    const Tensor expected = run(whole, seed, 1);
    for (const std::int32_t rows : {1, 2, 5, 1000})
      for (const int threads : {1, 2, 3}) {
        const Tensor actual = run(by_bands(whole, rows), seed, threads);
        EXPECT_TRUE(std::ranges::equal(actual.bytes(), expected.bytes()))
            << "seed " << seed << ", bands of " << rows << " rows, " << threads << " threads";
      }
  }
}

TEST(BandChain, EachStepIsTimed) {
  auto engine = Engine::create(by_bands(chain_program(5, 3, 40), 4), {.threads = 2}).value();
  std::vector<StepTime> times(3);
  ASSERT_TRUE(engine.run_timed(times).has_value());
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(times[static_cast<std::size_t>(k)].step, k);
    EXPECT_GT(times[static_cast<std::size_t>(k)].nanoseconds, 0);
  }
}

TEST(BandChain, IsKeptInTheEngineFile) {
  const program::Program program = by_bands(chain_program(9, 3, 30), 4);
  const std::vector<std::byte> bytes = format::encode_engine({.program = program});
  base::AlignedBuffer held(bytes.size());
  std::ranges::copy(bytes, held.data());
  const auto file = format::decode_engine(held.span(), nullptr);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_EQ(file->program.bands.size(), 1u);
  EXPECT_EQ(file->program.bands[0].steps, 3);
  EXPECT_EQ(file->program.bands[0].rows, 4);
  EXPECT_TRUE(std::ranges::equal(run(file->program, 9, 1).bytes(), run(program, 9, 1).bytes()));
}

TEST(BandChain, AProgramThatIsNoChainIsRefused) {
  const program::Program good = by_bands(chain_program(3, 4, 20), 2);
  const auto refused = [&](const std::function<void(program::Program&)>& change) {
    program::Program program = good;
    change(program);
    return !Engine::create(std::move(program)).has_value();
  };
  const auto output = [](program::Program& program, std::size_t step) -> program::ProgramTensor& {
    return program.tensors[static_cast<std::size_t>(program.steps[step].outputs[0])];
  };
  EXPECT_FALSE(refused([](program::Program&) {}));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands.clear(); }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands[0].rows = 0; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands[0].steps = 5; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands[0].steps = 3; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands[0].first_step = 1; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands[0].first_step = -1; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands[0].steps = INT32_MAX; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.bands.push_back(p.bands[0]); }));
  EXPECT_TRUE(refused([&](program::Program& p) { output(p, 3).place = program::Place::kBand; }));
  EXPECT_TRUE(refused([&](program::Program& p) { output(p, 1).place = program::Place::kArena; }));
  EXPECT_TRUE(refused([](program::Program& p) { p.outputs[0] = p.steps[1].outputs[0]; })) << "a band is never whole";
  EXPECT_TRUE(refused([](program::Program& p) {  // what is no residual has no rows
    p.steps[3].inputs[1] = p.steps[3].inputs[5];
  }));
  EXPECT_TRUE(refused([&](program::Program& p) {  // the next band would read what this one wrote
    output(p, 3).offset = p.tensors[static_cast<std::size_t>(p.inputs[0])].offset;
  }));
}

}  // namespace
}  // namespace hedge::engine

// Parts of wider tensors, read and written in place.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/viewed_sample_program.h"
#include "program/repack.h"
#include "program/verify.h"

namespace hedge::engine {
namespace {

std::vector<tensor::Tensor> answers(program::Program program, int threads) {
  auto engine = Engine::create(std::move(program), {.threads = threads});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  std::vector<tensor::Tensor> outputs;
  if (!engine) return outputs;
  for (std::size_t k = 0; k < engine->input(0).type.size_bytes(); ++k)
    engine->input(0).data[k] = static_cast<std::byte>(k * 7 % 251);
  for (int run = 0; run < 2; ++run) EXPECT_TRUE(engine->run().has_value());
  for (int k = 0; k < static_cast<int>(engine->outputs().size()); ++k)
    outputs.push_back(tensor::Tensor::copy_of(engine->output(k)));
  return outputs;
}

bool same(const std::vector<tensor::Tensor>& a, const std::vector<tensor::Tensor>& b) {
  return std::ranges::equal(
      a, b, [](const tensor::Tensor& x, const tensor::Tensor& y) { return std::ranges::equal(x.bytes(), y.bytes()); });
}

TEST(Views, GiveTheSameBitsAsCopiesOnEveryMachineAndTeam) {
  for (const std::int64_t channels : {64, 70, 130})
    for (const std::int64_t size : {1, 2, 9, 20}) {
      const program::Program copied = joined_program(channels, size);
      program::Program viewed = by_views(copied);
      if (size == 1) {  // a single row has no pitch
        EXPECT_FALSE(program::verify(viewed).has_value());
        continue;
      }
      ASSERT_LT(viewed.steps.size() + 4, copied.steps.size());
      const auto expected = answers(copied, 1);
      for (const int threads : {1, 3}) EXPECT_TRUE(same(answers(viewed, threads), expected)) << channels << " " << size;
      for (const auto& list : std::vector<std::vector<kernel::Isa>>{
               {kernel::Isa::kAvx2}, {kernel::Isa::kAvx2, kernel::Isa::kAvxVnni}, {}}) {
        kernel::IsaSet here;
        for (const kernel::Isa isa : list) here.add(isa);
        if (!kernel::detect_isa().contains(here)) continue;
        program::Program packed = viewed;
        const auto report = program::repack(packed, here);
        ASSERT_TRUE(report.has_value()) << report.error().message;
        EXPECT_TRUE(same(answers(packed, 2), expected)) << kernel::to_string(here);
      }
    }
}

}  // namespace
}  // namespace hedge::engine

#include "engine/slot.h"

#include <gtest/gtest.h>

#include <thread>

#include "engine/team.h"
#include "program/program_builder.h"

namespace hedge::engine {
namespace {

using tensor::DType;
using tensor::Tensor;

constexpr std::int64_t kValues = 8192;  // enough for a step to be shared

/// Adds `version` three times over: an answer of which one part came from another version has other numbers.
Engine make(float version, const std::shared_ptr<Team>& team = nullptr) {
  program::ProgramBuilder builder;
  auto value = builder.input("x", {DType::kF32, {kValues}});
  const auto added = builder.weights("version", Tensor::of<float>({1}, {version}));
  for (int k = 0; k < 3; ++k) value = builder.step("Add", {value, added});
  builder.output(value);
  auto engine = Engine::create(builder.finish(), {.threads = 2, .team = team});
  EXPECT_TRUE(engine.has_value());
  return std::move(*engine);
}

/// Runs with zeros; the version that all of the answer came from, or -1.
float run(Engine& engine) {
  std::ranges::fill(engine.input(0).as<float>(), 0.0f);
  if (!engine.run()) return -1;
  const auto values = engine.output(0).as<float>();
  for (const float value : values)
    if (value != values[0]) return -1;
  return values[0] / 3;
}

TEST(Slot, TheNextInferenceIsTheNewEngines) {
  Slot slot(make(1));
  EXPECT_EQ(run(*Slot::Lease(slot)), 1);
  ASSERT_TRUE(slot.publish(make(2)).has_value());
  EXPECT_EQ(run(*Slot::Lease(slot)), 2);
}

TEST(Slot, ALeaseKeepsItsEngineWhileAnotherIsPublished) {
  Slot slot(make(1));
  std::thread publisher;
  {
    const Slot::Lease lease(slot);
    publisher = std::thread([&] { ASSERT_TRUE(slot.publish(make(2)).has_value()); });
    for (int k = 0; k < 50; ++k) EXPECT_EQ(run(*lease), 1);
  }
  publisher.join();
  EXPECT_EQ(run(*Slot::Lease(slot)), 2);
}

/// Swaps as fast as engines can be made, while the reader runs.
void swap_storm(const std::shared_ptr<Team>& team) {
  Slot slot(make(0, team));
  constexpr int kSwaps = 200;
  std::atomic<int> published{0};
  std::thread publisher([&] {
    for (int version = 1; version <= kSwaps; ++version) {
      if (!slot.publish(make(static_cast<float>(version), team))) return;
      published.store(version);
    }
  });
  float last = 0;
  int inferences = 0, bad = 0, seen = 0;
  while (last < kSwaps && bad == 0) {
    const int before = published.load();
    const float version = run(*Slot::Lease(slot));
    // Wholly of one engine, never older than what was published before it began, never older than the last answer.
    bad += version != static_cast<float>(static_cast<int>(version)) || version < static_cast<float>(before) ||
                   version < last || version > kSwaps
               ? 1
               : 0;
    seen += version != last ? 1 : 0;
    last = version;
    ++inferences;
  }
  publisher.join();
  EXPECT_EQ(bad, 0) << "version " << last << " after " << inferences << " inferences";
  EXPECT_GT(seen, 1);
}

TEST(Slot, ASwapStormNeverMixesEngines) { swap_storm(nullptr); }

TEST(Slot, ASwapStormOnASharedTeamNeverMixesEngines) {
  auto team = Team::create(2);
  ASSERT_TRUE(team.has_value());
  swap_storm(*team);
}

TEST(Slot, AnEngineWithOtherPortsIsRefused) {
  Slot slot(make(1));
  program::ProgramBuilder builder;
  builder.output(builder.step("Relu", {builder.input("x", {DType::kF32, {2}})}));
  auto other = Engine::create(builder.finish());
  ASSERT_TRUE(other.has_value());
  const auto status = slot.publish(std::move(*other));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kUsage);
  EXPECT_EQ(run(*Slot::Lease(slot)), 1);
}

}  // namespace
}  // namespace hedge::engine

// The arithmetic of rows, by playing it: buffers hold numbers of rows, and every call must find those that it sees.
#include "program/row_bands.h"

#include <gtest/gtest.h>

#include <random>

namespace hedge::program {
namespace {

/// Plays the calls of `rows` of the last output. Returns how often each step makes each row.
std::vector<std::vector<int>> play(std::span<const RowWindow> chain, const BandPlan& plan) {
  std::vector<std::vector<std::int64_t>> buffers;
  for (const std::int64_t height : plan.heights) buffers.emplace_back(static_cast<std::size_t>(height), -1);
  std::vector<std::vector<int>> made;
  for (const RowWindow& window : chain) made.emplace_back(static_cast<std::size_t>(window.out_h));
  for (const BandCall& call : plan.calls) {
    const auto k = static_cast<std::size_t>(call.step);
    const RowWindow& window = chain[k];
    // What the convolution of these few rows reads is what the whole one reads.
    EXPECT_GE(call.pad_top, 0);
    EXPECT_GE(call.pad_bottom, 0);
    EXPECT_EQ(call.in.begin - call.pad_top, call.out.begin * window.stride - window.pad_top);
    EXPECT_EQ((call.in.count() + call.pad_top + call.pad_bottom - window.reach) / window.stride + 1, call.out.count());
    EXPECT_TRUE(call.pad_top == 0 || call.in.begin == 0);
    EXPECT_TRUE(call.pad_bottom == 0 || call.in.end == window.in_h);
    for (std::int64_t row = call.in.begin; row < call.in.end; ++row) {
      const auto at = static_cast<std::size_t>(row - call.in.begin + call.in_at);
      if (k > 0)
        EXPECT_EQ(buffers[k - 1].at(at), row);
      else
        EXPECT_EQ(at, static_cast<std::size_t>(row));
    }
    if (k + 1 < chain.size()) {
      auto& buffer = buffers[k];
      for (std::int64_t row = 0; row < call.kept; ++row)
        buffer.at(static_cast<std::size_t>(row)) = buffer.at(static_cast<std::size_t>(call.kept_from + row));
      for (std::int64_t row = call.out.begin; row < call.out.end; ++row)
        buffer.at(static_cast<std::size_t>(row - call.out.begin + call.out_at)) = row;
    } else {
      EXPECT_EQ(call.out_at, call.out.begin);
    }
    for (std::int64_t row = call.out.begin; row < call.out.end; ++row) ++made[k].at(static_cast<std::size_t>(row));
  }
  return made;
}

TEST(RowBands, EveryRowIsMadeOnceFromRowsThatAreThere) {
  std::minstd_rand random(3);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 2000 && !testing::Test::HasFailure(); ++round) {
    std::vector<RowWindow> chain;
    std::int64_t in = pick(1, 60);
    for (std::int64_t k = pick(2, 6); k > 0; --k) {
      RowWindow window{.in_h = in, .out_h = 0, .reach = pick(1, 7), .stride = pick(1, 4), .pad_top = 0};
      window.pad_top = pick(0, window.reach - 1);
      const std::int64_t room = in + window.pad_top + pick(0, window.reach - 1) - window.reach;
      if (room < 0) break;
      window.out_h = room / window.stride + 1;
      if ((window.out_h - 1) * window.stride - window.pad_top >= in) break;
      chain.push_back(window);
      in = window.out_h;
    }
    if (chain.size() < 2) continue;
    const std::int64_t out_h = chain.back().out_h, cut = pick(0, out_h), rows = pick(1, 12);
    for (const Rows part : {Rows{0, out_h}, Rows{0, cut}, Rows{cut, out_h}}) {
      const auto made = play(chain, plan_bands(chain, part, rows));
      for (std::int64_t row = 0; row < out_h; ++row)
        EXPECT_EQ(made.back()[static_cast<std::size_t>(row)], row >= part.begin && row < part.end ? 1 : 0);
      for (const auto& step : made)
        for (const int times : step) EXPECT_LE(times, 1) << "a row is made once and kept";
    }
  }
}

}  // namespace
}  // namespace hedge::program

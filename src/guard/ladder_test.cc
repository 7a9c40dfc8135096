#include "guard/ladder.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "guard/thermal.h"

namespace hedge::guard {
namespace {

using namespace std::chrono_literals;

const LadderRules kRules{.rungs = {Rung::kTrackerLight, Rung::kLowRate, Rung::kSmallEngine, Rung::kSafe}};

/// A machine: what a frame's pressure is on each rung, at each time.
using Machine = std::function<double(Rung, nanoseconds)>;

struct Trace {
  std::vector<Rung> moves;  // the rungs taken, in order
  std::vector<nanoseconds> at;
  Rung last = Rung::kFull;
};

Trace run(
    Ladder& ladder, nanoseconds until, const Machine& pressure,
    const std::function<double(nanoseconds)>& celsius = [](nanoseconds) { return NAN; }) {
  Trace trace;
  for (nanoseconds now{0}; now < until; now += 33ms) {
    const Rung rung = ladder.step({.now = now, .pressure = pressure(trace.last, now), .thermal_c = celsius(now)});
    if (rung == trace.last) continue;
    trace.moves.push_back(rung);
    trace.at.push_back(now);
    trace.last = rung;
  }
  return trace;
}

double of(Rung rung, double full, double tracker, double rate, double engine) {
  return rung == Rung::kFull ? full : rung == Rung::kTrackerLight ? tracker : rung == Rung::kLowRate ? rate : engine;
}

TEST(Ladder, stays_up_while_frames_are_in_time_and_a_late_one_does_nothing) {
  Ladder ladder(kRules);
  std::minstd_rand random(1);
  const auto trace = run(ladder, 10min, [&](Rung, nanoseconds) { return random() % 10 == 0 ? 3.0 : 0.7; });
  EXPECT_TRUE(trace.moves.empty());
}

TEST(Ladder, goes_down_one_rung_a_second_to_the_first_that_holds) {
  Ladder ladder(kRules);
  const auto trace = run(ladder, 60s, [](Rung rung, nanoseconds) { return of(rung, 2.0, 1.5, 0.7, 0.5); });
  EXPECT_EQ(trace.moves, (std::vector{Rung::kTrackerLight, Rung::kLowRate}));
  EXPECT_LE(trace.at.back(), 2200ms);
  EXPECT_TRUE(ladder.gives_up(Rung::kTrackerLight));
  EXPECT_TRUE(ladder.gives_up(Rung::kLowRate));
  EXPECT_FALSE(ladder.gives_up(Rung::kSmallEngine));
}

TEST(Ladder, ends_in_safe_where_nothing_helps_and_comes_back_all_the_way) {
  Ladder ladder(kRules);
  const auto trace = run(ladder, 100s, [](Rung, nanoseconds now) { return now < 20s ? 4.0 : 0.2; });
  EXPECT_EQ(trace.moves, (std::vector{Rung::kTrackerLight, Rung::kLowRate, Rung::kSmallEngine, Rung::kSafe,
                                      Rung::kSmallEngine, Rung::kLowRate, Rung::kTrackerLight, Rung::kFull}));
  EXPECT_LE(trace.at[3], 4500ms);
  EXPECT_GE(trace.at[4], 30s);
}

TEST(Ladder, does_not_flap_between_a_rung_too_heavy_and_one_that_is_light) {
  // The trap: on the lower rung all is calm, on the upper one never.
  Ladder ladder(kRules);
  const auto trace = run(ladder, 2h, [](Rung rung, nanoseconds) { return of(rung, 1.3, 0.2, 0.2, 0.2); });
  // Waits of 10, 20, 40 ... 600 s: 6 tries until the longest wait, then one in ten minutes.
  EXPECT_LE(trace.moves.size(), 1 + 2 * (6U + 12U));
  nanoseconds wait{0};
  for (std::size_t k = 2; k < trace.at.size(); k += 2) {  // each failed try is followed by a wait at least as long
    EXPECT_GE(trace.at[k - 1] - trace.at[k - 2] + 40ms, wait);
    wait = trace.at[k - 1] - trace.at[k - 2];
  }
  EXPECT_GE(wait, 590s);
}

TEST(Ladder, does_not_flap_under_random_loads) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::minstd_rand random(seed);
    std::uniform_real_distribution<double> share(0, 1);
    const double base = 0.4 + 1.5 * share(random), spread = share(random), gain = 0.5 + 0.5 * share(random);
    Ladder ladder(kRules);
    const auto trace = run(ladder, 1h, [&](Rung rung, nanoseconds) {
      return (base + spread * (share(random) - 0.5)) * std::pow(gain, static_cast<int>(rung));
    });
    // At most down to the end, then tries with growing waits, each of which may climb and fall four rungs.
    EXPECT_LE(trace.moves.size(), 4U + 8U * (6U + 6U)) << "seed " << seed;
    for (std::size_t k = 1; k < trace.at.size(); ++k)
      EXPECT_GE(trace.at[k] - trace.at[k - 1], 900ms) << "seed " << seed;
  }
}

TEST(Ladder, between_low_and_high_nothing_moves) {
  Ladder ladder(kRules);
  const auto trace = run(ladder, 1h, [](Rung, nanoseconds now) { return now < 1500ms ? 1.2 : 0.75; });
  EXPECT_EQ(trace.moves, std::vector{Rung::kTrackerLight});
}

TEST(Ladder, heat_takes_it_to_the_last_working_rung_and_hysteresis_back) {
  Ladder ladder(kRules);
  const auto celsius = [](nanoseconds now) { return now < 60s ? 95.0 : now < 200s ? 85.0 : 70.0; };
  const auto trace = run(ladder, 400s, [](Rung, nanoseconds) { return 0.1; }, celsius);
  EXPECT_EQ(trace.moves, (std::vector{Rung::kTrackerLight, Rung::kLowRate, Rung::kSmallEngine, Rung::kLowRate,
                                      Rung::kTrackerLight, Rung::kFull}));
  EXPECT_GE(trace.at[3], 200s);  // 85 degrees are still too hot after 95
}

TEST(Ladder, an_unknown_temperature_changes_nothing_and_no_rungs_are_no_ladder) {
  Ladder ladder(kRules);
  EXPECT_TRUE(run(ladder, 60s, [](Rung, nanoseconds) { return 0.5; }).moves.empty());
  Ladder none(LadderRules{});
  EXPECT_TRUE(run(none, 60s, [](Rung, nanoseconds) { return 9.0; }, [](nanoseconds) { return 120.0; }).moves.empty());
}

TEST(Ladder, a_pause_of_the_source_is_not_an_hour_of_pressure) {
  Ladder ladder(kRules);
  ladder.step({.now = 0s, .pressure = 0.5, .thermal_c = NAN});
  EXPECT_EQ(ladder.step({.now = 1h, .pressure = 2, .thermal_c = NAN}), Rung::kFull);
}

TEST(ThermalZones, the_hottest_zone_counts_and_none_is_unknown) {
  std::string name = (std::filesystem::temp_directory_path() / "hedge_thermal_XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  EXPECT_TRUE(std::isnan(ThermalZones(folder).celsius()));
  EXPECT_TRUE(std::isnan(ThermalZones(folder / "missing").celsius()));
  for (const auto& [zone, text] : {std::pair{"thermal_zone0", "41500\n"},
                                   {"thermal_zone1", "63250\n"},
                                   {"thermal_zone2", "no number\n"},
                                   {"cooling_device0", "99000\n"}}) {
    std::filesystem::create_directory(folder / zone);
    std::ofstream(folder / zone / "temp") << text;
  }
  const ThermalZones zones(folder);
  EXPECT_EQ(zones.zones(), 3U);
  EXPECT_DOUBLE_EQ(zones.celsius(), 63.25);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hedge::guard

// Whole rules on scripted tracks: when they go on and off, for whom, and what they say they saw.
#include "rules/rules.h"

#include <cmath>
#include <random>

#include "base/allocation_counter.h"
#include "rules/exact_math.h"
#include "rules/street.h"
#include "rules/verdict_lines.h"

namespace hedge::rules {
namespace {

/// States of the only rule, one character a frame: '.' off, '#' on, '^' rising, 'v' falling.
std::string timeline(const std::string& rules_text, const std::string& conditions, double fps = 10) {
  Rules rules = street_with(rules_text);
  std::string states;
  for (std::size_t k = 0; k < conditions.size(); ++k) {
    const std::vector<double> numbers = {0, conditions[k] == '1' ? 1.0 : 0.0};
    const RuleVerdict& verdict = see(rules, static_cast<double>(k) / fps, {}, numbers).rules[0];
    EXPECT_EQ(verdict.condition, conditions[k] == '1');
    states += verdict.rising ? '^' : verdict.falling ? 'v' : verdict.on ? '#' : '.';
  }
  return states;
}

TEST(Rules, HoldAndRelease) {
  const std::string r = rule("fps > 0");
  EXPECT_EQ(timeline(r, "0110100"), ".^#v^v.");
  EXPECT_EQ(timeline(r + "hold = \"2 of 3\"\n", "0100101100"), "......^#v.");
  EXPECT_EQ(timeline(r + "hold = \"2 of 3\"\n", "101000"), "..^v..");
  EXPECT_EQ(timeline(r + "hold = \"300 ms\"\n", "1110111110"), ".......^#v");
  EXPECT_EQ(timeline(r + "release = \"3 of 3\"\n", "1001000110"), "^#####v^##");
  EXPECT_EQ(timeline(r + "release = \"200 ms\"\n", "1010001"), "^####v^");
  EXPECT_EQ(timeline(r + "on_time_min = \"400 ms\"\n", "10000001"), "^###v..^");
  EXPECT_EQ(timeline(r + "release = \"3 of 5\"\n", "0001011"), "...^###") << "what was before does not release";
}

TEST(Rules, TimeCountsNotFrames) {
  const std::string r = rule("fps > 0", "hold = \"300 ms\"\n");
  EXPECT_EQ(timeline(r, "1111111", 10), "...^###");
  EXPECT_EQ(timeline(r, "1111111", 5), "..^####");
  EXPECT_EQ(timeline(r, "1111111", 1), ".^#####");
}

/// A person who walks up to the camera in the corridor: 20 m away at first, `speed` m/s, feet on flat ground.
std::vector<track::Track> approaching(double seconds, double speed) {
  const double distance = 20 - speed * seconds, focal = 360 / std::tan(22.5 * kRadiansPerDegree);
  const double pitch = 5 * kRadiansPerDegree, c = std::cos(pitch), s = std::sin(pitch);
  const double y = 360 + focal * (1.5 * c - distance * s) / (distance * c + 1.5 * s);
  return {person(7, 640, y, focal * 1.7 / distance, seconds)};
}

TEST(Rules, ABrakeComesInTime) {
  Rules rules = street_with(
      rule("any(person and ttc < 1.5 s and in corridor)", "hold = \"2 of 3\"\nrelease = \"500 ms\"\npriority = 100\n"));
  for (int k = 0;; ++k) {
    const double t = k / 30.0, ttc = (20 - 8 * t) / 8;
    ASSERT_GT(ttc, 0.5) << "no brake";
    const RuleVerdict& verdict = see(rules, t, approaching(t, 8)).rules[0];
    if (verdict.condition) {
      EXPECT_LT(ttc, 1.6);
    }
    if (!verdict.rising) continue;
    EXPECT_GT(ttc, 1.3);
    EXPECT_EQ(verdict.tracks, std::vector<int>{7});
    std::vector<std::string> seen;
    for (const Reading& reading : verdict.readings) seen.push_back(to_text(rules, verdict, reading));
    ASSERT_EQ(seen.size(), 4u);
    EXPECT_EQ(seen[0], "class of 7 = person");
    EXPECT_EQ(seen[1].rfind("ttc of 7 = 1.", 0), 0u) << seen[1];
    EXPECT_EQ(seen[2], "in corridor of 7 = true");
    EXPECT_EQ(seen[3], "any((((class == 'person') and (ttc < 1.5 s)) and in corridor)) = true");
    break;
  }
}

TEST(Rules, TheGroundAgreesWithTheExpansion) {
  Rules rules =
      street_with(rule("any(abs(ttc - ttc_ground) < 0.1 s and abs(speed - 8 m/s) < 0.2 m/s and "
                       "abs(closing - speed) < 0.1 m/s and abs(distance - 9.6 m) < 0.1 m)"));
  for (int k = 0; k <= 39; ++k) see(rules, k / 30.0, approaching(k / 30.0, 8));
  EXPECT_TRUE(see(rules, 1.3, approaching(1.3, 8)).rules[0].condition);
}

TEST(Rules, OnlyConfirmedTracksCount) {
  Rules rules = street_with(rule("count(person) > 0 or tracks > 0"));
  auto tracks = std::vector{person(1, 640, 500)};
  tracks[0].confirmed = false;
  EXPECT_FALSE(see(rules, 0, tracks).rules[0].condition);
}

TEST(Rules, WhoMadeItTrue) {
  const std::vector<track::Track> tracks = {person(3, 100, 100), person(5, 640, 600), person(9, 150, 150)};
  const auto who = [&](const std::string& when) {
    Rules rules = street_with(rule(when));
    return see(rules, 0, tracks).rules[0].tracks;
  };
  EXPECT_EQ(who("any(in dock)"), (std::vector<int>{3, 9}));
  EXPECT_EQ(who("count(in dock) == 2"), (std::vector<int>{3, 9}));
  EXPECT_EQ(who("max(y) > 0"), (std::vector<int>{5}));
  EXPECT_EQ(who("max(y where in dock) > 0"), (std::vector<int>{9}));
  EXPECT_EQ(who("all(in dock where y < 200 px)"), (std::vector<int>{3, 9}));
  EXPECT_EQ(who("any(in corridor) and min(x) > 0"), (std::vector<int>{3, 5}));
  EXPECT_EQ(who("any(in dock) and false"), std::vector<int>{});
}

TEST(Rules, DwellOutlastsAShortAbsence) {
  Rules rules = street_with(rule("any(dwell(dock) >= 2 s)"));
  const auto inside = std::vector{person(1, 100, 100)}, outside = std::vector{person(1, 300, 300)};
  for (int k = 0; k <= 19; ++k)
    EXPECT_FALSE(see(rules, k * 0.1, k == 7 || k == 8 ? outside : inside).rules[0].condition);
  EXPECT_TRUE(see(rules, 2.0, inside).rules[0].condition);
  for (int k = 21; k <= 25; ++k) see(rules, k * 0.1, outside);
  EXPECT_FALSE(see(rules, 2.7, outside).rules[0].condition) << "longer away than grace";
  EXPECT_FALSE(see(rules, 2.8, inside).rules[0].condition) << "the stay begins anew";
}

TEST(Rules, CrossingsAreCounted) {
  Rules rules = street_with(rule("crossings(gate) == 3 and forward(gate) == 1 and backward(gate) == 2 and "
                                 "crossings(gate, 1 s) == 1") +
                            "[[rule]]\nname = \"now\"\nwhen = \"any(crossed gate)\"\n");
  // The line goes down, so its left is where x is larger.
  const double xs[] = {600, 700, 700, 600, 600, 700, 700};
  int crossings = 0;
  for (int k = 0; k < 7; ++k) crossings += see(rules, k * 0.6, {person(1, xs[k], 400)}).rules[1].condition ? 1 : 0;
  EXPECT_EQ(crossings, 3);
  EXPECT_TRUE(see(rules, 3.7, {}).rules[0].condition);
}

TEST(Rules, AnUnusualCrowdStandsOut) {
  Rules rules =
      street_with(rule("unusual(dock) > 3") + "[[rule]]\nname = \"known\"\nwhen = \"known(unusual(dock))\"\n");
  std::mt19937 random(5);
  const auto crowd = [](int count) {
    std::vector<track::Track> tracks;
    for (int k = 0; k < count; ++k) tracks.push_back(person(k, 100, 100 + k));
    tracks.push_back(person(900, 100, 100));
    tracks.back().class_id = 1;  // a car, which the zone does not count
    return tracks;
  };
  bool known = false;
  for (int k = 0; k < 900; ++k) {
    const Verdict& verdict = see(rules, k * 0.1, crowd(2 + static_cast<int>(random() % 2)));
    EXPECT_FALSE(verdict.rules[0].condition) << k;
    EXPECT_EQ(verdict.rules[1].condition, k > 150) << k << ": 30 of 120 spans of the minute";
    known = verdict.rules[1].condition;
  }
  EXPECT_TRUE(known);
  // A third of the window unusual: still so. After more than half of it this is the new normal.
  int until = 0;
  for (int k = 900; k < 1500; ++k) until += see(rules, k * 0.1, crowd(8)).rules[0].condition ? 1 : 0;
  EXPECT_GT(until, 200);
  EXPECT_LT(until, 400);
}

TEST(Rules, PriorityOrdersVerdicts) {
  const Rules rules = street_with(
      "[[rule]]\nname = \"a\"\nwhen = \"true\"\n[[rule]]\nname = \"b\"\nwhen = \"true\"\npriority = 5\n"
      "[[rule]]\nname = \"c\"\nwhen = \"true\"\npriority = 5\n");
  EXPECT_EQ(rules.rules()[0].spec.name, "b");
  EXPECT_EQ(rules.rules()[1].spec.name, "c");
  EXPECT_EQ(rules.rules()[2].spec.name, "a");
}

TEST(Rules, TracksBeyondTheBoundAreToldOf) {
  Rules rules = street_with(rule("tracks_ignored > 0"));
  std::vector<track::Track> tracks;
  for (int k = 0; k < static_cast<int>(kTracksMax) + 3; ++k) tracks.push_back(person(k, 100, 100));
  const Verdict& verdict = see(rules, 0, tracks);
  EXPECT_EQ(verdict.tracks_ignored, 3);
  EXPECT_TRUE(verdict.rules[0].condition);
  // Others take the places of those that left.
  for (auto& track : tracks) track.id += 1000;
  tracks.resize(kTracksMax);
  EXPECT_EQ(see(rules, 0.1, tracks).tracks_ignored, 0);
}

TEST(Rules, TimeThatGoesBackStartsAnew) {
  Rules rules = street_with(rule("any(dwell(dock) > 1 s)"));
  for (int k = 0; k < 20; ++k) see(rules, k * 0.1, {person(1, 100, 100)});
  EXPECT_TRUE(see(rules, 2, {person(1, 100, 100)}).rules[0].on);
  EXPECT_FALSE(see(rules, 0.5, {person(1, 100, 100)}).rules[0].on);
  EXPECT_FALSE(see(rules, 1.4, {person(1, 100, 100)}).rules[0].on);
}

TEST(Rules, FractionsFollowTheFrame) {
  Rules rules = street_with(rule("any(in corridor)"));
  const std::vector tracks = {person(1, 320, 300)};
  EXPECT_FALSE(
      rules.evaluate({.time = at(0), .width = 1280, .height = 720, .tracks = tracks, .numbers = {}}).rules[0].on);
  EXPECT_TRUE(
      rules.evaluate({.time = at(1), .width = 640, .height = 360, .tracks = tracks, .numbers = {}}).rules[0].on);
}

/// Many rules and people who walk about, come and go.
const char* const kMany =
    "[[rule]]\nname = 'a'\nwhen = 'any(person and ttc - ttc_sigma < 2 s) or max(speed) > 2 m/s'\nhold = '2 of 3'\n"
    "[[rule]]\nname = 'b'\nwhen = 'count(in dock) >= 1 and unusual(dock) < 9'\nhold = '200 ms'\nrelease = '1 s'\n"
    "[[rule]]\nname = 'c'\nwhen = 'any(crossed gate) or crossings(gate, 3 s) > 2 or min(distance) < 5 m'\n"
    "[[rule]]\nname = 'd'\nwhen = 'all(dwell(corridor) < 2 s where visible) and latency_ms < 40'\non_time_min = '1 "
    "s'\n";

std::vector<std::vector<track::Track>> walks(int frames) {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> place(0, 700), step(-12, 12);
  std::vector<std::vector<track::Track>> all;
  std::vector<track::Track> now;
  for (int k = 0; k < frames; ++k) {
    if (k % 20 == 0) now.push_back(person(k, place(random), place(random), 60 + place(random) / 5, k / 30.0));
    if (k % 50 == 49) now.erase(now.begin());
    for (track::Track& track : now) {
      track.box.x += step(random);
      track.box.y += step(random);
      track.box.height *= 1 + step(random) / 400;
      track.class_id = static_cast<int>(random() % 3);
      track.visible = random() % 8 != 0;
    }
    all.push_back(now);
  }
  return all;
}

std::string replay(Rules& rules, const std::vector<std::vector<track::Track>>& frames) {
  std::string text;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    const double latency = 30 + static_cast<double>(k % 20);
    text += to_json_line(rules, see(rules, static_cast<double>(k) / 30, frames[k], {latency}),
                         static_cast<std::int64_t>(k)) +
            "\n";
  }
  return text;
}

TEST(Rules, ReplayGivesTheSameBytes) {
  const auto frames = walks(600);
  Rules rules = street_with(kMany), others = street_with(kMany);
  const std::string first = replay(rules, frames);
  for (const char* name : {"a", "b", "c", "d"})
    EXPECT_NE(first.find(fmt::format("\"rule\":\"{}\",\"condition\":true,\"on\":true,\"edge\":\"rising\"", name)),
              std::string::npos)
        << name;
  EXPECT_EQ(first, replay(others, frames));
  EXPECT_EQ(first, replay(rules, frames)) << "time went back: everything starts anew";
  Rules moved = std::move(others);
  EXPECT_EQ(first, replay(moved, frames));
}

#ifdef HEDGE_COUNTS_ALLOCATIONS
TEST(Rules, AFrameAllocatesNothing) {
  const auto frames = walks(400);
  Rules rules = street_with(kMany);
  const std::vector<double> numbers = {25};
  const long before = base::allocations.load();
  long on = 0;
  for (std::size_t k = 0; k < frames.size(); ++k)
    on += rules.evaluate({.time = at(static_cast<double>(k) / 30),
                          .width = k < 200 ? 1280 : 1920,
                          .height = 720,
                          .tracks = frames[k],
                          .numbers = numbers})
                  .rules[0]
                  .on
              ? 1
              : 0;
  EXPECT_EQ(base::allocations.load() - before, 0);
  EXPECT_GT(on, 0);
}
#endif

}  // namespace
}  // namespace hedge::rules

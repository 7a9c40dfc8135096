#include "guard/safety_config.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace hedge::guard {
namespace {

using namespace std::chrono_literals;

TEST(SafetyConfig, without_the_section_all_is_default_and_a_watchdog_there_is) {
  const auto config = parse_safety("[pipeline]\nmodel = \"m\"\n", "p.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->isolate);
  EXPECT_EQ(config->watchdog.safe.stall, 60ms);
  EXPECT_EQ(config->watchdog.safe.back, ReturnRule::kAuto);
  EXPECT_TRUE(config->ladder.rungs.empty());
}

TEST(SafetyConfig, reads_every_key) {
  const auto config = parse_safety(R"([safety]
isolate = false
outputs = ["brake", "lamp"]
poll_ms = 2
stall_ms = 80
start_ms = 5000
repeat_ms = 50
stop_ms = 700
hang_ms = 0
return = "manual"
healthy_ms = 1500
healthy_frames = 20
at_end = "leave"
after_fault = "hold"
restart_ms = 300
restart_max_ms = 600
restarts_max = 4
settled_ms = 9000
unwatched_ms = 100
frozen_ms = 0
black_ms = 90
no_frames_ms = 150
black_level = 30
check_finite = false
misses_max = 5
misses_of = 60

[safety.budget]
infer = 27.5

[safety.ladder]
rungs = ["tracker", "engine", "safe"]
engine = "small.hedge"
high = 0.8
low = 0.5
down_ms = 500
up_ms = 5000
up_max_ms = 60000
thermal_high_c = 80
thermal_low_c = 70
rate_divisor = 3

[safety.realtime]
fifo_priority = 40
lock_memory = true
cpus = [0, 1]
)",
                                   "p.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_FALSE(config->isolate);
  EXPECT_EQ(config->outputs, (std::vector<std::string>{"brake", "lamp"}));
  const WatchdogRules& rules = config->watchdog;
  EXPECT_EQ(rules.poll, 2ms);
  EXPECT_EQ(rules.safe.stall, 80ms);
  EXPECT_EQ(rules.safe.start, 5s);
  EXPECT_EQ(rules.repeat, 50ms);
  EXPECT_EQ(rules.stop, 700ms);
  EXPECT_EQ(rules.hang, 0ms);
  EXPECT_EQ(rules.safe.back, ReturnRule::kManual);
  EXPECT_EQ(rules.safe.healthy, 1500ms);
  EXPECT_EQ(rules.safe.healthy_frames, 20);
  EXPECT_EQ(rules.safe.at_end, EndRule::kLeave);
  EXPECT_EQ(rules.after_fault, AfterFault::kHold);
  EXPECT_EQ(rules.restart, 300ms);
  EXPECT_EQ(rules.restart_max, 600ms);
  EXPECT_EQ(rules.restarts_max, 4);
  EXPECT_EQ(rules.settled, 9s);
  EXPECT_EQ(rules.safe.no_frames, 150ms);
  EXPECT_EQ(rules.realtime.fifo_priority, 41);
  EXPECT_EQ(config->unwatched, 100ms);
  EXPECT_EQ(config->frames.frozen, 0ms);
  EXPECT_EQ(config->frames.black, 90ms);
  EXPECT_EQ(config->frames.no_frames, 150ms);
  EXPECT_EQ(config->frames.black_level, 30);
  EXPECT_FALSE(config->check_finite);
  EXPECT_EQ(config->budget.misses_max, 5);
  EXPECT_EQ(config->budget.misses_of, 60);
  EXPECT_EQ(config->budget.stages[static_cast<std::size_t>(Stage::kInfer)], 27500us);
  EXPECT_EQ(config->ladder.rungs, (std::vector{Rung::kTrackerLight, Rung::kSmallEngine, Rung::kSafe}));
  EXPECT_EQ(config->small_engine, "small.hedge");
  EXPECT_FLOAT_EQ(static_cast<float>(config->ladder.high), 0.8F);
  EXPECT_EQ(config->ladder.up_max, 60s);
  EXPECT_EQ(config->rate_divisor, 3);
  EXPECT_EQ(config->realtime.fifo_priority, 40);
  EXPECT_TRUE(config->realtime.lock_memory);
  EXPECT_EQ(config->realtime.cpus, (std::vector{0, 1}));
}

TEST(SafetyConfig, every_mistake_is_one_line_with_file_and_line) {
  const struct {
    const char* text;
    const char* message;
  } kMistakes[] = {
      {"[safety]\nstal_ms = 3\n", "p.toml:2: unknown key 'stal_ms' in [safety]; known are: "},
      {"[safety]\n[safety.budget]\ninfere = 3\n",
       "p.toml:3: unknown key 'infere' in [safety.budget]; known are: act, "},
      {"[safety]\n[safety.realtime]\npriority = 3\n", "p.toml:3: unknown key 'priority' in [safety.realtime]"},
      {"[safety]\nladder = 3\n", "p.toml:2: ladder must be a table: [safety.ladder]"},
      {"safety = 3\n", "p.toml:1: safety must be a table"},
      {"[[safety]]\n", "p.toml:1: safety must be a table"},
      {"[safety]\nstall_ms = 5\n", "p.toml:2: stall_ms must be a whole number from 10 to 60000"},
      {"[safety]\nstall_ms = 30\npoll_ms = 20\n", "p.toml:2: stall_ms must be at least twice poll_ms"},
      {"[safety]\nunwatched_ms = 20\npoll_ms = 6\n", "p.toml:2: unwatched_ms must be at least 4 times poll_ms"},
      {"[safety]\nreturn = \"never\"\n", "p.toml:2: return must be one of: auto, manual"},
      {"[safety]\nmisses_max = 31\n", "p.toml:2: misses_max must be at most misses_of"},
      {"[safety]\nrestart_ms = 9000\n", "p.toml:2: restart_ms must be at most restart_max_ms"},
      {"[safety]\noutputs = [\"a\", \"a\"]\n", "p.toml:2: outputs names 'a' twice"},
      {"[safety.ladder]\nrungs = [\"rate\", \"tracker\"]\n", "p.toml:2: rungs go down in this order"},
      {"[safety.ladder]\nrungs = [\"stop\"]\n", "p.toml:2: no rung 'stop'; known are: tracker, rate, engine, safe"},
      {"[safety.ladder]\nhigh = 0.9\n", "p.toml:1: [safety.ladder] lacks the key 'rungs'"},
      {"[safety.ladder]\nrungs = [\"engine\"]\n", "p.toml:1: the rung \"engine\" and the key 'engine'"},
      {"[safety.ladder]\nrungs = [\"safe\"]\nlow = 1.5\n", "p.toml:1: low must be less than high"},
      {"[safety.realtime]\ncpus = [-1]\n", "p.toml:2: cpus must hold numbers from 0 to 1023"},
      {"[safety.realtime]\nfifo_priority = 99\n", "p.toml:2: fifo_priority must be a whole number from 0 to 98"},
  };
  for (const auto& [text, message] : kMistakes) {
    const auto config = parse_safety(text, "p.toml");
    ASSERT_FALSE(config) << text;
    EXPECT_TRUE(config.error().message.starts_with(message)) << config.error().message;
    EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
  }
}

TEST(SafetyConfig, the_example_of_its_document_reads) {
  const auto text = base::read_text_file("docs/formats/safety.md");
  ASSERT_TRUE(text);
  const auto from = text->find("    [safety]\n");
  ASSERT_NE(from, std::string::npos);
  const auto to = text->find("\n\n", from);
  const auto config = parse_safety(text->substr(from, to - from), "safety.md");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->outputs, std::vector<std::string>{"brake_udp"});
  EXPECT_FALSE(config->ladder.rungs.empty());
}

}  // namespace
}  // namespace hedge::guard

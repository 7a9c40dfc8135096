// [capture] and [[trigger]]: what is read, and the line that each mistake is reported with.
#include "capture/config.h"

#include <gtest/gtest.h>

#include "base/toml_document.h"

namespace hedge::capture {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  CaptureConfig config;
  std::string problem;
};

Outcome read(const std::string& text) {
  const auto parsed = base::parse_toml(text, "p.toml");
  EXPECT_TRUE(parsed.has_value()) << text;
  std::optional<base::Error> problem;
  Outcome outcome{.config = read_capture(*parsed, "p.toml", problem)};
  if (problem) outcome.problem = problem->message;
  return outcome;
}

const std::string kCapture = "[capture]\nspool = \"events\"\n";
const std::string kTrigger = "[[trigger]]\nname = \"near_miss\"\nwhen = \"min(ttc) < 1.0\"\n";

TEST(CaptureConfig, ReadsBothSections) {
  const Outcome read_back =
      read(kCapture +
           "spool_mb = 10\nring_mb = 8\nkey_frame_seconds = 0.5\nclip_seconds_max = 30\nkbps_max = 4000\n"
           "encoder = \"x264enc\"\naudit_rate = 0.25\naudit_seed = 9\n" +
           kTrigger +
           "pre_seconds = 2.5\npost_seconds = 1\ninterval_seconds = 0.1\npriority = 9\nevents_per_hour = 7\n"
           "[[trigger]]\nname = \"other\"\nwhen = \"audit\"\n");
  EXPECT_EQ(read_back.problem, "");
  const CaptureConfig& config = read_back.config;
  EXPECT_EQ(config.spool, "events");
  EXPECT_EQ(config.spool_bytes_max, 10u << 20);
  EXPECT_EQ(config.ring_bytes_max, 8u << 20);
  EXPECT_EQ(config.key_interval, 500ms);
  EXPECT_EQ(config.clip_max, 30s);
  EXPECT_EQ(config.encoder, "x264enc");
  EXPECT_EQ(config.audit_rate, 0.25);
  EXPECT_EQ(config.audit_seed, 9u);
  ASSERT_EQ(config.triggers.size(), 2u);
  EXPECT_EQ(config.triggers[0].when, "min(ttc) < 1.0");
  EXPECT_EQ(config.triggers[0].pre, 2500ms);
  EXPECT_EQ(config.triggers[0].post, 1s);
  EXPECT_EQ(config.triggers[0].interval_min, 100ms);
  EXPECT_EQ(config.triggers[0].priority, 9);
  EXPECT_EQ(config.triggers[0].per_hour_max, 7);
  EXPECT_EQ(config.pre_max(), 5s);
}

TEST(CaptureConfig, TheBitRateLetsThePreTriggerTimeFitIntoTheRing) {
  CaptureConfig config{.ring_bytes_max = 1 << 20, .triggers = {TriggerConfig{.pre = 5s}}};
  EXPECT_LE(config.kbps() * 1000.0 / 8 * 6, 1 << 20);  // pre + one group
  config.ring_bytes_max = 64 << 20;
  EXPECT_EQ(config.kbps(), config.kbps_max);
}

TEST(CaptureConfig, AFileWithoutThemRecordsNothing) {
  const Outcome none = read("[pipeline]\n");
  EXPECT_EQ(none.problem, "");
  EXPECT_TRUE(none.config.triggers.empty());
}

TEST(CaptureConfig, MistakesNameTheirLine) {
  const auto problem = [](const std::string& text) { return read(text).problem; };
  EXPECT_EQ(problem(kCapture + "ring = 3\n" + kTrigger).substr(0, 31), "p.toml:3: unknown key 'ring' in");
  EXPECT_EQ(problem(kCapture + kTrigger + "post = 1\n").substr(0, 30), "p.toml:6: unknown key 'post' i");
  EXPECT_EQ(problem(kCapture + kTrigger + "priority = 10\n"), "p.toml:6: priority must be a whole number from 0 to 9");
  EXPECT_EQ(problem(kCapture), "p.toml:1: [capture] without a [[trigger]] would record nothing");
  EXPECT_EQ(problem("\n" + kTrigger), "p.toml:2: [[trigger]] needs a section [capture] that names the spool");
  EXPECT_EQ(problem(kCapture + kTrigger + kTrigger), "p.toml:6: a trigger named 'near_miss' stands above");
  EXPECT_EQ(problem(kCapture + "[[trigger]]\nname = \"../x\"\nwhen = \"a\"\n").substr(0, 27),
            "p.toml:3: name must be 1 to");
  EXPECT_NE(problem("[capture]\n" + kTrigger).find("[capture] lacks the key 'spool'"), std::string::npos);
  EXPECT_EQ(problem("capture = 3\n"), "p.toml:1: capture must be a section: [capture]");
  EXPECT_EQ(problem("trigger = [1]\n" + kCapture), "p.toml:1: triggers must be sections [[trigger]], at most 32");
  EXPECT_NE(problem(kCapture + kTrigger + "pre_seconds = 59\n").find("clip_seconds_max"), std::string::npos);
  EXPECT_NE(problem(kCapture + "ring_mb = 1\nclip_seconds_max = 700\n" + kTrigger + "pre_seconds = 600\n")
                .find("p.toml:1: ring_mb = 1 cannot hold"),
            std::string::npos);
}

}  // namespace
}  // namespace hedge::capture

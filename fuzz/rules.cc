// Any bytes as a pipeline file, as an expression on a known street, and as recorded tracks: rules that can be evaluated
// and printed, or one error line with its place. Never a crash, never a stack without bound; what was understood, read
// again, means the same.
#include <cmath>
#include <cstdint>

#include "base/check.h"
#include "rules/pipeline_file.h"
#include "rules/track_lines.h"
#include "rules/verdict_lines.h"

namespace hedge::rules {
namespace {

constexpr const char* kFile = "f.toml";

const Vocabulary& words() {
  static const Vocabulary vocabulary{{"person", "car", "traffic light"}, frame_numbers()};
  return vocabulary;
}

const Scene& street() {
  static const Scene scene{
      .camera = {.mounting = Mounting{1.5, 5, 45}},
      .zones = {{.name = "dock", .points = {{0, 0}, {200, 0}, {200, 200}}, .baseline = std::chrono::seconds(10)}},
      .lines = {{.name = "gate", .from = {100, 0}, .to = {100, 480}}}};
  return scene;
}

void expect_one_line(const base::Error& error) {
  HEDGE_CHECK(error.message.starts_with(kFile));
  HEDGE_CHECK(error.message.find('\n') == std::string::npos);
}

/// A few frames: somebody comes, walks, is lost, and there are none and strange ones.
std::string evaluate(Rules& rules) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  std::string text;
  for (int k = 0; k < 12; ++k) {
    const auto step = static_cast<float>(k * 17);
    std::vector<track::Track> tracks(static_cast<std::size_t>(k % 4));
    for (track::Track& track : tracks) {
      track.id = static_cast<int>(&track - tracks.data());
      track.class_id = track.id;
      track.box = {.x = step, .y = step + 5, .width = 20 + step / 9, .height = 60 + step / 3};
      track.confirmed = true;
      track.visible = k % 3 != 2;
    }
    if (k == 7) tracks[0].box = {kNan, -1e30f, 0, 1e30f};
    const double numbers[] = {static_cast<double>(k), std::nan("")};
    const Verdict& verdict = rules.evaluate({.time = std::chrono::milliseconds(k * 100),
                                             .width = 640,
                                             .height = 480,
                                             .tracks = tracks,
                                             .numbers = numbers});
    text += to_json_line(rules, verdict, k);
  }
  return text;
}

void exercise_file(const std::string& text) {
  auto rules = load_rules(text, kFile, words());
  if (!rules) return expect_one_line(rules.error());
  (void)evaluate(*rules);
}

void exercise_expression(const std::string& text) {
  const auto compile = [](const std::string& when) {
    return Rules::create(street(), {{.name = "r", .when = {.text = when, .file = kFile}}}, words());
  };
  auto rules = compile(text);
  if (!rules) return expect_one_line(rules.error());
  HEDGE_CHECK(!to_text(rules->rules()[0].program, rules->terms()).empty());
  // Parentheses around everything may be deeper than a file may have.
  auto again = compile(rules->rules()[0].understood);
  if (!again) return expect_one_line(again.error());
  HEDGE_CHECK(again->rules()[0].understood == rules->rules()[0].understood);
  HEDGE_CHECK(evaluate(*again) == evaluate(*rules));
}

}  // namespace
}  // namespace hedge::rules

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  hedge::rules::exercise_file(text);
  hedge::rules::exercise_expression(text);
  const auto frames =
      hedge::rules::parse_track_lines(text, "f.toml", hedge::rules::words(), {.width = 640, .height = 480});
  if (!frames) hedge::rules::expect_one_line(frames.error());
  (void)hedge::rules::labels_of_track_lines(text);
  return 0;
}

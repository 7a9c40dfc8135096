// hedge rules: what the rules of a pipeline file mean, and what they would have said about recorded tracks.
#include <chrono>
#include <cmath>

#include <fmt/ranges.h>

#include "base/file.h"
#include "base/toml_document.h"
#include "hedge/command.h"
#include "pipeline/card.h"
#include "rules/pipeline_file.h"
#include "rules/track_lines.h"
#include "rules/verdict_lines.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

constexpr std::uint64_t kPipelineBytesMax = 1 << 20;
constexpr std::uint64_t kTracksBytesMax = std::uint64_t{1} << 30;

struct Options {
  std::string file, tracks, card, size;
  std::vector<std::string> labels;
  bool program = false, every_frame = false, json = false;
};

/// The card that the [pipeline] section names, or the one beside its model; none is no error here.
base::Result<std::vector<std::string>> labels_of_pipeline(const std::string& document, const fs::path& file) {
  const toml::table root = TRY(base::parse_toml(document, file.string()));
  const auto card = root["pipeline"]["card"].value<std::string>();
  const auto model = root["pipeline"]["model"].value<std::string>();
  if (card) return TRY(pipeline::load_card(file.parent_path() / *card)).output.labels;
  if (!model) return std::vector<std::string>();
  const fs::path beside = pipeline::card_path_for(file.parent_path() / *model);
  std::error_code absent;
  if (!fs::exists(beside, absent)) return std::vector<std::string>();
  return TRY(pipeline::load_card(beside)).output.labels;
}

base::Result<std::vector<std::string>> find_labels(const Options& options, const std::string& document,
                                                   std::string_view tracks) {
  if (!options.labels.empty()) return options.labels;
  if (!options.card.empty()) return TRY(pipeline::load_card(options.card)).output.labels;
  auto labels = TRY(labels_of_pipeline(document, options.file));
  return labels.empty() ? rules::labels_of_track_lines(tracks) : labels;
}

base::Result<rules::Rules> load(const Options& options, std::string_view tracks) {
  const std::string document = TRY(base::read_text_file(options.file, kPipelineBytesMax));
  const toml::table root = TRY(base::parse_toml(document, options.file));
  const rules::Vocabulary vocabulary = rules::vocabulary_of(root, TRY(find_labels(options, document, tracks)));
  return rules::load_rules(document, options.file, vocabulary);
}

std::string or_none(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

const char* to_string(rules::Units units) {
  return units == rules::Units::kPixels ? "pixels" : "fractions of the frame";
}
const char* to_string(rules::Anchor anchor) { return anchor == rules::Anchor::kFoot ? "foot" : "center"; }

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-6; }

void print_scene(const rules::Scene& scene) {
  const rules::Camera& camera = scene.camera;
  if (camera.mounting)
    fmt::print("camera {} m high, {} degrees down, {} degrees from top to bottom\n", camera.mounting->height_m,
               camera.mounting->pitch_deg, camera.mounting->fov_vertical_deg);
  else if (camera.calibrated())
    fmt::print("camera by {} points on the ground\n", camera.image_points.size());
  else
    fmt::print("camera not calibrated: speeds and distances in metres are not known\n");
  for (const rules::Zone& zone : scene.zones)
    fmt::print("zone {}: {} corners in {}, {} of a box\n", zone.name, zone.points.size(), to_string(zone.units),
               to_string(zone.anchor));
  for (const rules::Line& line : scene.lines)
    fmt::print("line {}: ({}, {}) to ({}, {}) in {}, {} of a box, band {} px\n", line.name, line.from.x, line.from.y,
               line.to.x, line.to.y, to_string(line.units), to_string(line.anchor), line.band_px);
}

base::Result<int> check(const Options& options) {
  const rules::Rules rules = TRY(load(options, ""));
  fmt::print("classes: {}\n", or_none(rules.vocabulary().classes));
  print_scene(rules.scene());
  for (const rules::Rule& rule : rules.rules()) {
    fmt::print("rule {}: priority {}, on after {}, off after {}, on for at least {} ms, does {}\n", rule.spec.name,
               rule.spec.priority, to_string(rule.spec.hold), to_string(rule.spec.release),
               milliseconds(rule.spec.on_time_min), or_none(rule.spec.actuators));
    fmt::print("  when {}\n", rule.understood);
    std::vector<std::string> reads;
    for (const int term : rule.program.terms) reads.push_back(rules.terms()[term].text);
    fmt::print("  reads {}\n", or_none(reads));
    if (options.program) fmt::print("{}", to_text(rule.program, rules.terms()));
  }
  fmt::print("{}: {} rules, nothing wrong\n", options.file, rules.rules().size());
  return kOk;
}

base::Result<rules::TrackLinesOptions> parse_size(const std::string& text) {
  rules::TrackLinesOptions size;
  if (text.empty()) return size;
  int read = 0;
  if (std::sscanf(text.c_str(), "%dx%d%n", &size.width, &size.height, &read) != 2 ||
      static_cast<std::size_t>(read) != text.size() || size.width < 1 || size.height < 1 || size.width > 1 << 20 ||
      size.height > 1 << 20)
    return fail(ErrorKind::kUsage, "--size {}: write WIDTHxHEIGHT, such as 1280x720", text);
  return size;
}

/// What a rule did over the whole recording.
struct Tally {
  int rises = 0, frames_true = 0;
  std::chrono::nanoseconds on{0};
};

void print_line(const rules::Rules& rules, const rules::RuleVerdict& verdict, const rules::RecordedFrame& frame) {
  const rules::RuleSpec& spec = rules.rules()[static_cast<std::size_t>(verdict.rule)].spec;
  const char* state = verdict.rising ? "ON " : verdict.falling ? "off" : verdict.on ? "on " : "   ";
  std::string seen;
  for (const rules::Reading& reading : verdict.readings)
    seen += (seen.empty() ? "" : ", ") + to_text(rules, verdict, reading);
  fmt::print("{:>9.3f} s  frame {:<6} {:<16} {} {}\n", milliseconds(frame.time) / 1000, frame.index, spec.name, state,
             seen);
}

base::Result<int> test(const Options& options) {
  const rules::TrackLinesOptions size = TRY(parse_size(options.size));
  const std::string text = TRY(base::read_text_file(options.tracks, kTracksBytesMax));
  rules::Rules rules = TRY(load(options, text));
  const auto frames = TRY(rules::parse_track_lines(text, options.tracks, rules.vocabulary(), size));
  std::vector<Tally> tallies(rules.rules().size());
  for (std::size_t k = 0; k < frames.size(); ++k) {
    const rules::Verdict& verdict = rules.evaluate(frames[k].frame());
    if (options.json) fmt::print("{}\n", to_json_line(rules, verdict, frames[k].index));
    for (const rules::RuleVerdict& rule : verdict.rules) {
      Tally& tally = tallies[static_cast<std::size_t>(rule.rule)];
      tally.rises += rule.rising ? 1 : 0;
      tally.frames_true += rule.condition ? 1 : 0;
      if (rule.on && k + 1 < frames.size()) tally.on += frames[k + 1].time - frames[k].time;
      if (!options.json && (options.every_frame || rule.rising || rule.falling)) print_line(rules, rule, frames[k]);
    }
  }
  if (options.json) return kOk;
  fmt::print("\n{} frames, {:.3f} s\n", frames.size(), milliseconds(frames.back().time - frames.front().time) / 1000);
  for (std::size_t k = 0; k < tallies.size(); ++k)
    fmt::print("{:<16} went on {} times, on for {:.3f} s, condition true in {} frames\n", rules.rules()[k].spec.name,
               tallies[k].rises, milliseconds(tallies[k].on) / 1000, tallies[k].frames_true);
  return kOk;
}

void add_labels(CLI::App& command, Options& options) {
  command.add_option("--card", options.card, "the card whose labels are the classes (default: what [pipeline] names)");
  command.add_option("--labels", options.labels, "the classes by number, such as person,car")->delimiter(',');
}

}  // namespace

void add_rules(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_subcommand(root, "rules", "check the rules of a pipeline file, or try them on recorded tracks",
                     "hedge rules check vehicle.toml\n  hedge rules test vehicle.toml tracks.jsonl");
  command->require_subcommand(1);
  CLI::App* checked = add_subcommand(*command, "check", "parse, check names and units, print the rules as understood",
                                     "hedge rules check vehicle.toml --labels person,car");
  checked->add_option("file", options->file, "a pipeline file (docs/formats/pipeline.md)")->required();
  add_labels(*checked, *options);
  checked->add_flag("--program", options->program, "also the instructions that each rule became");
  checked->callback([options, &chosen] { chosen = [options] { return check(*options); }; });
  CLI::App* tested =
      add_subcommand(*command, "test", "feed recorded tracks, print when which rule went on and off, and why",
                     "hedge run person.hedge --source walk.mp4 --jsonl tracks.jsonl\n"
                     "  hedge rules test vehicle.toml tracks.jsonl --size 1280x720");
  tested->add_option("file", options->file, "a pipeline file")->required();
  tested->add_option("tracks", options->tracks, "JSON lines, as of hedge run --jsonl (docs/formats/track_lines.md)")
      ->required();
  add_labels(*tested, *options);
  tested->add_option("--size", options->size, "WIDTHxHEIGHT of frames whose lines do not say it");
  tested->add_flag("--every-frame", options->every_frame,
                   "a line for every frame, not only where a rule goes on or off");
  tested->add_flag("--json", options->json, "every verdict as a JSON line");
  tested->callback([options, &chosen] { chosen = [options] { return test(*options); }; });
}

}  // namespace hedge::app

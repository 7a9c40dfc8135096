#include "pipeline/pipeline_file.h"

#include "base/file.h"
#include "base/toml_document.h"
#include "rules/pipeline_file.h"

namespace hedge::pipeline {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kBytesMax = 1 << 20;

/// A file beside the pipeline file, or whatever else open_source() knows: a device, an address, a launch string.
std::string source_from(const fs::path& directory, const std::string& source) {
  const bool other = source.empty() || source.front() == '/' || source.find("://") != std::string::npos ||
                     source.find('!') != std::string::npos;
  return other ? source : (directory / source).string();
}

void read_pipeline(base::Section section, const fs::path& directory, PipelineFile& file) {
  std::string model, card, source;
  int deadline_ms = static_cast<int>(file.deadline.count());
  section.read("name", file.name);
  section.read("model", model, true);
  section.read("card", card);
  section.read("source", source);
  section.read("threads", file.threads, 1, 64);
  section.read("realtime", file.realtime);
  section.read("deadline_ms", deadline_ms, 1, 60000);
  section.finish();
  file.deadline = std::chrono::milliseconds(deadline_ms);
  if (!model.empty()) file.model = directory / model;
  if (!card.empty()) file.card = directory / card;
  file.source = source_from(directory, source);
}

}  // namespace

base::Result<PipelineFile> load_pipeline_file(const fs::path& path) {
  PipelineFile file{.file = path.string(), .document = TRY(base::read_text_file(path, kBytesMax))};
  const toml::table root = TRY(base::parse_toml(file.document, file.file));
  TRY(rules::check_sections(root, file.file));
  if (const toml::node* safety = root.get("safety"))  // read by the watchdog (docs/formats/safety.md), not by run yet
    return base::fail(base::ErrorKind::kUnsupported,
                      "{}:{}: [safety] is not obeyed by `hedge run` yet: take it out, so that nobody relies on it",
                      file.file, safety->source().begin.line);
  std::optional<base::Error> problem;
  const toml::table* pipeline = root["pipeline"].as_table();
  if (pipeline == nullptr)
    return base::fail(base::ErrorKind::kInvalid, "{}: no section [pipeline], which names the model", file.file);
  read_pipeline(base::Section(pipeline, "pipeline", file.file, problem), path.parent_path(), file);
  track::read_options(base::Section(root["track"].as_table(), "track", file.file, problem), file.tracking);
  if (root.contains("capture") || root.contains("trigger"))
    file.capture = capture::read_capture(root, file.file, problem);
  if (problem) return std::unexpected(*problem);
  file.actuators = TRY(act::read_actuators(root, file.file, path.parent_path()));
  return file;
}

base::Result<rules::Rules> rules_of(const PipelineFile& file, const std::vector<std::string>& labels) {
  const toml::table root = TRY(base::parse_toml(file.document, file.file));
  const rules::Vocabulary vocabulary{labels, rules::frame_numbers()};
  rules::RulesFile read =
      TRY(rules::read_rules_file(root, file.document, file.file, vocabulary, rules::actuator_names(root)));
  if (const toml::array* triggers = root["trigger"].as_array())
    for (const toml::node& item : *triggers) {
      const toml::table& trigger = *item.as_table();
      read.rules.push_back({.name = std::string(kTriggerPrefix) + *trigger["name"].value<std::string>(),
                            .when = rules::SourceText::of(*trigger.get("when"), file.document, file.file)});
    }
  return rules::Rules::create(std::move(read.scene), std::move(read.rules), vocabulary);
}

}  // namespace hedge::pipeline

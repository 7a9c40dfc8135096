#include "pipeline/pipeline_file.h"

#include <algorithm>

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
  section.read("loop", file.loop);
  section.read("fps", file.fps, 0.1, 1000.0);
  section.read("deadline_ms", deadline_ms, 1, 60000);
  section.finish();
  file.deadline = std::chrono::milliseconds(deadline_ms);
  if (!model.empty()) file.model = directory / model;
  if (!card.empty()) file.card = directory / card;
  file.source = source_from(directory, source);
}

/// What is to be put into SAFE must be there, and must be something that two processes can send on.
void check_outputs(const PipelineFile& file, const toml::table& root, std::optional<base::Error>& problem) {
  const toml::node& section = *root.get("safety");
  for (const std::string& output : file.safety->outputs)
    if (std::ranges::find(file.actuators, output, &act::ActuatorConfig::name) == file.actuators.end())
      base::report(problem, file.file, section, fmt::format("[safety] outputs: no [[actuator]] is named '{}'", output));
  if (!file.safety->isolate) return;
  const std::vector<act::ActuatorConfig> outputs = safe_outputs(file);
  if (outputs.empty())
    base::report(problem, file.file, section,
                 "[safety] has nothing to put into SAFE: add an [[actuator]], or isolate = false");
  for (const act::ActuatorConfig& output : outputs)
    if (std::holds_alternative<act::GpioConfig>(output.kind))
      base::report(
          problem, file.file, section,
          fmt::format("[safety]: the kernel lets one process hold a GPIO line, so the watchdog cannot put '{}' "
                      "into SAFE: name other outputs, or set isolate = false",
                      output.name));
}

/// All but the actuators and what holds them.
base::Status read_sections(const toml::table& root, const fs::path& path, PipelineFile& file) {
  TRY(rules::check_sections(root, file.file));
  std::optional<base::Error> problem;
  const toml::table* pipeline = root["pipeline"].as_table();
  if (pipeline == nullptr)
    return base::fail(base::ErrorKind::kInvalid, "{}: no section [pipeline], which names the model", file.file);
  read_pipeline(base::Section(pipeline, "pipeline", file.file, problem), path.parent_path(), file);
  track::read_options(base::Section(root["track"].as_table(), "track", file.file, problem), file.tracking);
  if (root.contains("capture") || root.contains("trigger"))
    file.capture = capture::read_capture(root, file.file, problem);
  if (root.contains("log")) file.log = read_log(base::Section(root["log"].as_table(), "log", file.file, problem));
  if (root.contains("second_opinion")) {
    SecondOpinionConfig& second = file.second_opinion.emplace(
        read_second_opinion(base::Section(root["second_opinion"].as_table(), "second_opinion", file.file, problem)));
    second.model = path.parent_path() / second.model;
    if (!second.card.empty()) second.card = path.parent_path() / second.card;
  }
  if (problem) return std::unexpected(*problem);
  return {};
}

}  // namespace

std::vector<act::ActuatorConfig> safe_outputs(const PipelineFile& file) {
  std::vector<act::ActuatorConfig> outputs;
  for (const act::ActuatorConfig& actuator : file.actuators)
    if (!file.safety || file.safety->outputs.empty() ||
        std::ranges::find(file.safety->outputs, actuator.name) != file.safety->outputs.end())
      outputs.push_back(actuator);
  return outputs;
}

base::Result<PipelineFile> load_pipeline_file(const fs::path& path) {
  PipelineFile file{.file = path.string(), .document = TRY(base::read_text_file(path, kBytesMax))};
  const toml::table root = TRY(base::parse_toml(file.document, file.file));
  TRY(read_sections(root, path, file));
  file.actuators = TRY(act::read_actuators(root, file.file, path.parent_path()));
  if (root.contains("safety")) {
    file.safety = TRY(guard::read_safety(root, file.file));
    if (!file.safety->small_engine.empty())
      file.safety->small_engine = (path.parent_path() / file.safety->small_engine).string();
    std::optional<base::Error> problem;
    check_outputs(file, root, problem);
    if (problem) return std::unexpected(*problem);
  }
  return file;
}

base::Result<PipelineFile> recorded_pipeline_file(std::string document, const fs::path& path) {
  PipelineFile file{.file = path.string(), .document = std::move(document)};
  const toml::table root = TRY(base::parse_toml(file.document, file.file));
  TRY(read_sections(root, path, file));
  for (const std::string& name : rules::actuator_names(root)) file.actuators.push_back({.name = name});
  return file;
}

base::Result<rules::Rules> rules_of(const PipelineFile& file, const std::vector<std::string>& labels) {
  const toml::table root = TRY(base::parse_toml(file.document, file.file));
  const rules::Vocabulary vocabulary = rules::vocabulary_of(root, labels);
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

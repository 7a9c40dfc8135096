#include "pipeline/card.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1  // Debian builds the library with exceptions only
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fmt/ranges.h>

#include "base/file.h"

namespace hedge::pipeline {
namespace {

using base::ErrorKind;
using base::fail;

/// A table of the card, read key by key; what nobody asked for is an error at the end.
class Section {
 public:
  Section(const toml::table* table, std::string name, const std::string& file, std::optional<base::Error>& problem)
      : table_(table), name_(std::move(name)), file_(file), problem_(problem) {}

  void read(const char* key, std::string& value, bool required = false) {
    if (const toml::node* node = find(key, required))
      store(node->value_exact<std::string>(), value, *node, key, "a string");
  }
  void read(const char* key, bool& value) {
    if (const toml::node* node = find(key, false)) store(node->value_exact<bool>(), value, *node, key, "true or false");
  }
  void read(const char* key, float& value, float least, float most) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return;
    store(node->is_number() ? node->value<double>() : std::nullopt, value, *node, key, "a number");
    if (!(value >= least && value <= most)) report(*node, fmt::format("{} must be {} to {}", key, least, most));
  }
  void read(const char* key, int& value, int least, int most, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const auto number = node->value_exact<std::int64_t>();
    if (!number || *number < least || *number > most)
      return report(*node, fmt::format("{} must be a whole number from {} to {}", key, least, most));
    value = static_cast<int>(*number);
  }
  template <class Enum>
  void read(const char* key, Enum& value, const std::map<std::string, Enum>& words, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const auto word = node->value_exact<std::string>();
    if (word && words.contains(*word)) {
      value = words.at(*word);
      return;
    }
    std::string known;
    for (const auto& [text, unused] : words) known += (known.empty() ? "" : ", ") + text;
    report(*node, fmt::format("{} must be one of: {}", key, known));
  }
  template <class T, class Stored>
  void read_list(const char* key, std::vector<Stored>& values, const char* what) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return;
    values.clear();
    if (const toml::array* array = node->as_array()) {
      for (const toml::node& item : *array) {
        const auto value = item.value<T>();
        if (!value) return report(item, fmt::format("{} must hold {}", key, what));
        values.push_back(static_cast<Stored>(*value));
      }
      return;
    }
    report(*node, fmt::format("{} must be a list of {}", key, what));
  }
  void finish() {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_)
      if (!known_.contains(std::string(key.str())))
        report(node, fmt::format("unknown key '{}' in [{}]; known are: {}", key.str(), name_, fmt::join(known_, ", ")));
  }
  void report(const toml::node& at, const std::string& text) {
    if (!problem_)
      problem_ = base::Error{ErrorKind::kInvalid, fmt::format("{}:{}: {}", file_, at.source().begin.line, text)};
  }

 private:
  const toml::node* find(const char* key, bool required) {
    known_.insert(key);
    const toml::node* node = table_ != nullptr ? table_->get(key) : nullptr;
    if (node == nullptr && required && !problem_)
      problem_ = base::Error{ErrorKind::kInvalid, fmt::format("{}: [{}] lacks the key '{}'", file_, name_, key)};
    return node;
  }
  template <class From, class To>
  void store(const std::optional<From>& from, To& to, const toml::node& node, const char* key, const char* what) {
    if (from)
      to = static_cast<To>(*from);
    else
      report(node, fmt::format("{} must be {}", key, what));
  }

  const toml::table* table_;
  std::string name_;
  const std::string& file_;
  std::optional<base::Error>& problem_;
  std::set<std::string> known_;
};

void read_model(Section section, Card& card) {
  section.read("name", card.name, true);
  section.read("task", card.task, {{"detection", Task::kDetection}, {"classification", Task::kClassification}}, true);
  section.read("description", card.description);
  section.read("licence", card.licence);
  section.finish();
}

void read_input(Section section, InputCard& input) {
  section.read("name", input.name);
  section.read("width", input.width, 1, 1 << 14, true);
  section.read("height", input.height, 1, 1 << 14, true);
  section.read("resize", input.resize,
               {{"stretch", ResizeMode::kStretch},
                {"letterbox", ResizeMode::kLetterbox},
                {"letterbox_center", ResizeMode::kLetterboxCenter},
                {"crop_center", ResizeMode::kCropCenter}});
  section.read("resize_short", input.resize_short, 1, 1 << 14);
  section.read("pad_value", input.pad_value, 0, 255);
  section.read("color", input.color,
               {{"BGR", ColorOrder::kBgr}, {"RGB", ColorOrder::kRgb}, {"GRAY", ColorOrder::kGray}});
  section.read_list<double>("mean", input.mean, "numbers");
  section.read_list<double>("scale", input.scale, "numbers");
  section.read("layout", input.layout, {{"NCHW", Layout::kNchw}, {"NHWC", Layout::kNhwc}});
  section.finish();
}

void read_output(Section section, OutputCard& output, std::string& labels_file) {
  section.read("decoder", output.decoder,
               {{"yolox", DecoderKind::kYolox},
                {"ssd", DecoderKind::kSsd},
                {"nanodet", DecoderKind::kNanodet},
                {"classification", DecoderKind::kClassification}},
               true);
  section.read_list<std::string>("names", output.names, "strings");
  section.read_list<std::int64_t>("strides", output.strides, "whole numbers");
  section.read("score_threshold", output.score_threshold, 0, 1);
  section.read("nms_iou", output.nms_iou, 0, 1);
  section.read("detections_max", output.detections_max, 1, 10000);
  section.read("top_k", output.top_k, 1, 1000);
  section.read("softmax", output.softmax);
  section.read("background_classes", output.background_classes, 0, 1);
  section.read_list<std::string>("labels", output.labels, "strings");
  section.read("labels_file", labels_file);
  section.finish();
}

base::Status check(Card& card, const std::string& file) {
  const auto channels = static_cast<std::size_t>(card.input.channels());
  if (card.input.mean.empty()) card.input.mean.assign(channels, 0.0f);
  if (card.input.scale.empty()) card.input.scale.assign(channels, 1.0f);
  if (card.input.mean.size() != channels || card.input.scale.size() != channels)
    return fail(ErrorKind::kInvalid, "{}: [input] mean and scale must have {} numbers", file, channels);
  const bool grid = card.output.decoder == DecoderKind::kYolox || card.output.decoder == DecoderKind::kNanodet;
  if (grid && card.output.strides.empty())
    return fail(ErrorKind::kInvalid, "{}: [output] lacks the key 'strides', which this decoder needs", file);
  if (std::ranges::any_of(card.output.strides, [](int stride) { return stride < 1 || stride > 1024; }))
    return fail(ErrorKind::kInvalid, "{}: [output] strides must be 1 to 1024", file);
  if ((card.output.decoder == DecoderKind::kClassification) != (card.task == Task::kClassification))
    return fail(ErrorKind::kInvalid, "{}: [model] task and [output] decoder do not agree", file);
  return {};
}

}  // namespace

std::string Card::label(int class_id) const {
  const auto index = static_cast<std::size_t>(class_id);
  return class_id >= 0 && index < output.labels.size() ? output.labels[index] : fmt::format("class {}", class_id);
}

base::Result<Card> parse_card(std::string_view text, const std::string& file, const std::filesystem::path& directory) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed)
    return fail(ErrorKind::kInvalid, "{}:{}: {}", file, parsed.error().source().begin.line,
                std::string(parsed.error().description()));
  const toml::table& root = parsed.table();
  for (const auto& [key, node] : root)
    if (key != "model" && key != "input" && key != "output" && key != "provenance")
      return fail(ErrorKind::kInvalid, "{}:{}: unknown section '{}'; known are: model, input, output, provenance", file,
                  node.source().begin.line, std::string(key.str()));
  Card card;
  std::string labels_file;
  std::optional<base::Error> problem;
  read_model(Section(root["model"].as_table(), "model", file, problem), card);
  read_input(Section(root["input"].as_table(), "input", file, problem), card.input);
  read_output(Section(root["output"].as_table(), "output", file, problem), card.output, labels_file);
  if (problem) return std::unexpected(*problem);
  TRY(check(card, file));
  if (!labels_file.empty()) {
    std::istringstream lines(TRY(base::read_text_file(directory / labels_file)));
    for (std::string line; std::getline(lines, line);) card.output.labels.push_back(line);
  }
  return card;
}

base::Result<Card> load_card(const std::filesystem::path& path) {
  const std::string text = TRY(base::read_text_file(path, 1 << 20));
  return parse_card(text, path.string(), path.parent_path());
}

std::filesystem::path card_path_for(const std::filesystem::path& model) {
  auto path = model;
  return path.replace_extension(".toml");
}

}  // namespace hedge::pipeline

#include "pipeline/card.h"

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "base/toml_document.h"

namespace hedge::pipeline {
namespace {

using base::ErrorKind;
using base::fail;
using base::Section;

void read_model(Section section, Card& card) {
  section.read("name", card.name, true);
  section.read("task", card.task, {{"detection", Task::kDetection}, {"classification", Task::kClassification}}, true);
  section.read("description", card.description);
  section.read("licence", card.licence);
  section.finish();
}

void read_picture(Section& section, InputCard& input) {
  section.read("width", input.width, 1, 1 << 14, true);
  section.read("height", input.height, 1, 1 << 14, true);
  section.read("resize", input.resize,
               {{"stretch", ResizeMode::kStretch},
                {"letterbox", ResizeMode::kLetterbox},
                {"letterbox_center", ResizeMode::kLetterboxCenter},
                {"crop_center", ResizeMode::kCropCenter}});
  section.read("resize_short", input.resize_short, 1, 1 << 14);
  section.read("antialias", input.antialias);
  section.read("pad_value", input.pad_value, 0, 255);
  section.read("color", input.color,
               {{"BGR", ColorOrder::kBgr}, {"RGB", ColorOrder::kRgb}, {"GRAY", ColorOrder::kGray}});
  section.read("layout", input.layout, {{"NCHW", Layout::kNchw}, {"NHWC", Layout::kNhwc}});
}

void read_tensor(Section& section, InputCard& input) {
  std::map<std::string, tensor::DType> words;
  for (const tensor::DType dtype : kSampleDTypes) words.emplace(tensor::to_string(dtype), dtype);
  section.read("dtype", input.sample_dtype, words);
  section.read_list<std::int64_t>("shape", input.sample_shape, "whole numbers");
}

void read_input(Section section, InputCard& input) {
  section.read("name", input.name);
  section.read("kind", input.kind, {{"image", InputKind::kImage}, {"tensor", InputKind::kTensor}});
  if (input.kind == InputKind::kImage)
    read_picture(section, input);
  else
    read_tensor(section, input);
  section.read_numbers("mean", input.mean);
  section.read_numbers("scale", input.scale);
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
  const auto spread = [&](std::vector<float>& values, float otherwise) {
    if (values.size() <= 1) values.assign(channels, values.empty() ? otherwise : values[0]);
    return values.size() == channels;
  };
  if (!spread(card.input.mean, 0) || !spread(card.input.scale, 1))
    return fail(ErrorKind::kInvalid, "{}: [input] mean and scale must have {}", file,
                channels == 1 ? "one number" : fmt::format("one number, or {}", channels));
  if (const auto shape = tensor::Shape::create(card.input.sample_shape); !shape)
    return fail(ErrorKind::kInvalid, "{}: [input] shape: {}", file, shape.error().message);
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

std::string label_of(const std::vector<std::string>& labels, int class_id) {
  const auto index = static_cast<std::size_t>(class_id);
  return class_id >= 0 && index < labels.size() ? labels[index] : fmt::format("class {}", class_id);
}

base::Result<Card> parse_card(std::string_view text, const std::string& file, const std::filesystem::path& directory,
                              const std::optional<std::vector<std::string>>& labels) {
  const toml::table root = TRY(base::parse_toml(text, file));
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
  card.file = file;
  card.text = text;
  if (labels) {
    card.output.labels = *labels;
  } else if (!labels_file.empty()) {
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

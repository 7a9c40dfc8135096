// The model's card: a TOML file beside the model that says how pixels become its input and its outputs become answers.
// docs/formats/card.md is the schema.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace hedge::pipeline {

enum class Task { kDetection, kClassification };
/// What the model looks at: a picture, or a tensor that somebody else has made (spectra of sound, features).
enum class InputKind { kImage, kTensor };
/// How a frame of any size becomes the input's size.
enum class ResizeMode {
  kStretch,          ///< each axis on its own
  kLetterbox,        ///< one scale; the picture at the top left, the rest padded
  kLetterboxCenter,  ///< one scale; the picture in the middle
  kCropCenter,       ///< the short side to `resize_short`, then the middle
};
enum class ColorOrder { kBgr, kRgb, kGray };
/// Of blue, green, red: BT.601, as cv::COLOR_BGR2GRAY.
inline constexpr float kGrayWeights[3] = {0.114f, 0.587f, 0.299f};
enum class Layout { kNchw, kNhwc };
enum class DecoderKind { kYolox, kSsd, kNanodet, kClassification };

/// What a sample file of a tensor may hold.
inline constexpr tensor::DType kSampleDTypes[] = {tensor::DType::kF32, tensor::DType::kU8,  tensor::DType::kI8,
                                                  tensor::DType::kU16, tensor::DType::kI16, tensor::DType::kI32};

struct InputCard {
  std::string name;  ///< of the input tensor; empty: the model's only one
  InputKind kind = InputKind::kImage;
  tensor::DType sample_dtype = tensor::DType::kF32;  ///< kTensor: elements of a sample file that has no header
  std::vector<std::int64_t> sample_shape;            ///< kTensor: of such a file; empty: the model's own
  int width = 0;                                     ///< pixels
  int height = 0;                                    ///< pixels
  ResizeMode resize = ResizeMode::kStretch;
  int resize_short = 0;    ///< pixels, for kCropCenter; 0: the input's short side
  bool antialias = false;  ///< making smaller looks at every source pixel, as PIL and torchvision do
  float pad_value = 114;
  ColorOrder color = ColorOrder::kBgr;
  std::vector<float> mean;   ///< per channel in `color` order, subtracted from the 0-255 pixel; kTensor: one number
  std::vector<float> scale;  ///< then multiplied
  Layout layout = Layout::kNchw;

  int channels() const { return kind == InputKind::kTensor || color == ColorOrder::kGray ? 1 : 3; }
};

struct OutputCard {
  DecoderKind decoder = DecoderKind::kClassification;
  std::vector<std::string> names;  ///< output tensors in the decoder's order; empty: the model's order
  std::vector<int> strides;        ///< pixels a grid cell; yolox and nanodet
  float score_threshold = 0.3f;
  float nms_iou = 0.5f;
  int detections_max = 100;
  int top_k = 5;               ///< classification
  bool softmax = false;        ///< classification: the output holds logits
  int background_classes = 0;  ///< leading score columns that are no object: 1 for SSD, 1 for 1001-class ImageNet
  std::vector<std::string> labels;
};

/// The label of a class, or its number where there is none.
std::string label_of(const std::vector<std::string>& labels, int class_id);

struct Card {
  std::string name;
  Task task = Task::kDetection;
  std::string description;
  std::string licence;
  InputCard input;
  OutputCard output;
  std::string file, text;  ///< it was read from: a decision log keeps them

  std::string label(int class_id) const { return label_of(output.labels, class_id); }
};

/// Parses a card; unknown keys, wrong types and missing keys are one line with file and line.
/// `directory` is where `labels_file` is looked for; where `labels` are given, nothing is read: they are the labels.
base::Result<Card> parse_card(std::string_view toml, const std::string& file_name,
                              const std::filesystem::path& directory,
                              const std::optional<std::vector<std::string>>& labels = std::nullopt);
base::Result<Card> load_card(const std::filesystem::path& path);

/// The card beside a model: model.onnx or model.hedge -> model.toml.
std::filesystem::path card_path_for(const std::filesystem::path& model);

}  // namespace hedge::pipeline

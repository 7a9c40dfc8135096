// What `hedge quantize` did to a model and what it cost, as plain data, and its three renderings. Whoever fills it
// decides (whether the budget holds, which reason a layer has); rendering only shows. Texts may be anything: names come
// from model files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hedge::report {

enum class Precision { kInt8, kInt8AccumulatorActivation, kInt8ChannelScales, kInt16, kFloat };
inline constexpr int kPrecisionCount = 5;
const char* to_string(Precision precision);  ///< "int8", "int8, accumulator activation", ...

/// How good the model is, before and after.
struct Metric {
  std::string name;         ///< "AP50", "top-1"
  std::string measured_on;  ///< "coco128, 128 images"
  double before = 0;
  double after = 0;
  double drop = 0;    ///< positive: worse
  double budget = 0;  ///< the largest drop allowed
  bool holds = false;
};

struct Layer {
  std::string name;
  std::string op;
  double macs = 0;
  /// Signal over quantization noise, dB; infinity: no error; absent: not measured.
  std::optional<double> output_sqnr_db;
  std::optional<double> weight_sqnr_db;
  Precision precision = Precision::kInt8;
  std::string reason;     ///< for the precision
  double time_share = 0;  ///< 0 to 1, estimated
};

/// Operators next to each other that stay in float.
struct FloatIsland {
  std::vector<std::string> ops;
  std::string why;
  double macs_share = 0;  ///< 0 to 1
  double cost_ms = 0;     ///< estimated, conversions included
};

/// The range that a tensor's bytes cover, beside what calibration saw.
struct TensorRange {
  std::string tensor;
  double min = 0, max = 0;   ///< seen
  double low = 0, high = 0;  ///< chosen
  std::string method;        ///< "min-max", "percentile 99.99"
  double clipped_share = 0;  ///< 0 to 1, of the values seen
};

struct Calibration {
  std::int64_t samples = 0;
  std::vector<TensorRange> tensors;
};

/// One step of the search for the treatments.
struct Trial {
  std::string tried;
  double metric = 0;
  bool kept = false;
};

struct Origin {
  std::string command;
  std::vector<std::pair<std::string, std::string>> versions;  ///< of what: which
  std::string date;                                           ///< as the caller writes it
};

struct QuantizeReport {
  std::string model;
  std::uint64_t bytes_before = 0, bytes_after = 0;
  Metric metric;
  std::vector<Layer> layers;  ///< in the order of execution
  std::vector<FloatIsland> islands;
  Calibration calibration;
  std::vector<Trial> trials;
  std::string advice;  ///< one plain sentence; may be empty
  Origin origin;
};

/// One self-contained page: no scripts, nothing fetched, plots as inline SVG, light and dark.
std::string render_quantize_html(const QuantizeReport& report);
/// For a terminal of 100 columns; no escape sequences, whatever the names hold.
std::string render_quantize_text(const QuantizeReport& report);
/// All of it, indented; a number that is infinite or none is null.
std::string render_quantize_json(const QuantizeReport& report);

}  // namespace hedge::report

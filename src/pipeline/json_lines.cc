#include "pipeline/json_lines.h"

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "pipeline/reaction.h"

namespace hedge::pipeline {
namespace {

using base::ErrorKind;
using base::fail;

std::int64_t microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

/// Scores to 4 and pixels to 2 decimals: more would be noise, and lines half again as long.
double rounded(float value, double steps) { return std::round(static_cast<double>(value) * steps) / steps; }

class JsonLinesSink final : public Sink {
 public:
  JsonLinesSink(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  ~JsonLinesSink() override {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }
  base::Status on_frame(const FrameResult& result) override {
    const std::string line = to_json_line(result) + '\n';
    // Flushed line by line: whoever reads along sees a frame when it is decided, not a buffer later.
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0)
      return fail(ErrorKind::kIo, "{}: cannot write: {}", path_, std::strerror(errno));
    return {};
  }
  base::Status finish() override {
    std::FILE* file = std::exchange(file_, nullptr);
    if (file != nullptr && file != stdout && std::fclose(file) != 0)
      return fail(ErrorKind::kIo, "{}: cannot write: {}", path_, std::strerror(errno));
    return {};
  }

 private:
  std::string path_;
  std::FILE* file_;
};

}  // namespace

std::string to_json_line(const FrameResult& result) {
  nlohmann::ordered_json line;
  line["frame"] = result.frame.index;
  if (!result.frame.name.empty()) line["file"] = result.frame.name;
  line["t_capture_us"] = microseconds(result.frame.captured.time_since_epoch());
  if (result.frame.stream_time.count() > 0) line["t_stream_us"] = microseconds(result.frame.stream_time);
  line["latency_us"] = microseconds(result.times[static_cast<int>(Stage::kDecision)]);
  if (result.card.task == Task::kDetection) {
    auto& list = line["detections"] = nlohmann::ordered_json::array();
    for (const Detection& detection : result.prediction.detections) {
      nlohmann::ordered_json entry;
      entry["class"] = detection.class_id;
      entry["label"] = result.card.label(detection.class_id);
      entry["score"] = rounded(detection.score, 1e4);
      const Box& box = detection.box;
      entry["box"] = {rounded(box.x, 1e2), rounded(box.y, 1e2), rounded(box.width, 1e2), rounded(box.height, 1e2)};
      if (detection.track >= 0) entry["track"] = detection.track;
      list.push_back(std::move(entry));
    }
  } else {
    auto& list = line["classes"] = nlohmann::ordered_json::array();
    for (const ClassScore& best : result.prediction.classes)
      list.push_back(
          {{"class", best.class_id}, {"label", result.card.label(best.class_id)}, {"score", rounded(best.score, 1e4)}});
  }
  if (result.reaction != nullptr) {
    auto& on = line["rules_on"] = nlohmann::ordered_json::array();
    for (const rules::RuleVerdict& rule : result.reaction->verdict().rules)
      if (rule.on) on.push_back(result.reaction->rules().rules()[static_cast<std::size_t>(rule.rule)].spec.name);
  }
  // Labels come from a file: bytes that are no UTF-8 are replaced, never thrown about.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

base::Result<std::unique_ptr<Sink>> create_json_lines_sink(const std::string& path) {
  if (path == "-") return std::make_unique<JsonLinesSink>(path, stdout);
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return fail(ErrorKind::kIo, "{}: cannot create: {}", path, std::strerror(errno));
  return std::make_unique<JsonLinesSink>(path, file);
}

}  // namespace hedge::pipeline

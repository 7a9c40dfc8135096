#include "pipeline/draw_reaction.h"

#include <cmath>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/label.h"

namespace hedge::pipeline {
namespace {

const cv::Scalar kCalm(90, 200, 90), kAlarm(40, 40, 235), kLine(220, 180, 60);

cv::Point placed(const rules::Point& point, rules::Units units, const cv::Mat& canvas) {
  const rules::Point pixels = rules::in_pixels(point, units, canvas.cols, canvas.rows);
  return {static_cast<int>(std::lround(pixels.x)), static_cast<int>(std::lround(pixels.y))};
}

void draw_places(const rules::Scene& scene, bool alarm, cv::Mat& canvas) {
  const double font_scale = font_scale_for(canvas.rows);
  cv::Mat tinted = canvas.clone();
  for (const rules::Zone& zone : scene.zones) {
    std::vector<cv::Point> corners;
    for (const rules::Point& point : zone.points) corners.push_back(placed(point, zone.units, canvas));
    cv::fillPoly(tinted, std::vector{corners}, alarm ? kAlarm : kCalm);
    cv::polylines(canvas, std::vector{corners}, true, alarm ? kAlarm : kCalm, 1, cv::LINE_AA);
  }
  cv::addWeighted(tinted, 0.15, canvas, 0.85, 0, canvas);
  for (const rules::Line& line : scene.lines) {
    const cv::Point from = placed(line.from, line.units, canvas), to = placed(line.to, line.units, canvas);
    cv::line(canvas, from, to, kLine, 2, cv::LINE_AA);
    draw_label(canvas, line.name, from.x, from.y, font_scale, kLine);
  }
}

}  // namespace

void draw_reaction(const Reaction& reaction, const Prediction& prediction, Picture& picture) {
  cv::Mat canvas(picture.height, picture.width, CV_8UC3, picture.bytes.data());
  const double font_scale = font_scale_for(picture.height);
  const rules::Rules& rules = reaction.rules();
  bool alarm = false;
  for (const rules::RuleVerdict& rule : reaction.verdict().rules)
    alarm |= rule.on && !rules.rules()[static_cast<std::size_t>(rule.rule)].spec.actuators.empty();
  draw_places(rules.scene(), alarm, canvas);
  for (const track::Track& track : prediction.tracks) {
    const double ttc = track.confirmed ? rules.track_value(rules::Quantity::kTtc, track.id) : NAN;
    if (!std::isfinite(ttc) || ttc > 10) continue;
    draw_label(canvas, fmt::format("ttc {:.1f} s", ttc), static_cast<int>(track.box.x),
               static_cast<int>(track.box.y + track.box.height), font_scale, ttc < 2 ? kAlarm : kCalm);
  }
  int y = 0;
  for (const rules::RuleVerdict& verdict : reaction.verdict().rules) {
    const rules::RuleSpec& spec = rules.rules()[static_cast<std::size_t>(verdict.rule)].spec;
    y += static_cast<int>(40 * font_scale) + 4;
    draw_label(canvas, fmt::format("{} {}", spec.name, verdict.on ? "ON" : "off"), 2, y, font_scale * 1.5,
               verdict.on ? kAlarm : kCalm);
  }
}

}  // namespace hedge::pipeline

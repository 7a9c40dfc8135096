#include "pipeline/label.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace hedge::pipeline {

double font_scale_for(int picture_height) { return std::clamp(picture_height / 1400.0, 0.36, 1.2); }

void draw_label(cv::Mat& canvas, const std::string& text, int x, int y, double font_scale, const cv::Scalar& color) {
  constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
  int baseline = 0;
  const cv::Size size = cv::getTextSize(text, kFont, font_scale, 1, &baseline);
  const int height = size.height + baseline;
  x = std::clamp(x, 0, std::max(0, canvas.cols - size.width - 2));
  y = std::clamp(y, height + 1, canvas.rows - 1);
  cv::rectangle(canvas, {x, y - height - 1, size.width + 2, height + 1}, color, cv::FILLED);
  const double brightness = 0.114 * color[0] + 0.587 * color[1] + 0.299 * color[2];
  const cv::Scalar ink = brightness > 120 ? cv::Scalar(0, 0, 0) : cv::Scalar(255, 255, 255);
  cv::putText(canvas, text, {x + 1, y - baseline}, kFont, font_scale, ink, 1, cv::LINE_AA);
}

}  // namespace hedge::pipeline

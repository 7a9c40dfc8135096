// Text on a picture, on a filled box so that it can be read on anything.
#pragma once

#include <string>

#include <opencv2/core.hpp>

namespace hedge::pipeline {

/// Grows with the picture.
double font_scale_for(int picture_height);

/// Its lower left corner is at (x, y), moved so that all of it stays inside the picture.
void draw_label(cv::Mat& canvas, const std::string& text, int x, int y, double font_scale, const cv::Scalar& color);

}  // namespace hedge::pipeline

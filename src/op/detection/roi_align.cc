// RoiAlign: each region of a feature map brought to one size by bilinear samples (He et al. 2017, Mask R-CNN).
#include <algorithm>
#include <cmath>
#include <limits>

#include "op/operator.h"

namespace hedge::op {
namespace {

constexpr std::int64_t kSideMax = 4096;
/// Samples of one output along an axis. (Detectors take 2 or 4; a file may ask for any number.)
constexpr std::int64_t kSamplesMax = 64;

Result<std::vector<TensorType>> infer_roi_align(const InferArgs& args) {
  const TensorType &x = args.input(0), &rois = args.input(1), &batches = args.input(2);
  const std::int64_t height = args.attributes.integer("output_height", 1),
                     width = args.attributes.integer("output_width", 1);
  if (x.shape.rank() != 4 || x.dtype != DType::kF32 || rois.shape.rank() != 2 || rois.shape[1] != 4 ||
      rois.dtype != DType::kF32 || batches.dtype != DType::kI64 || batches.elements() != rois.shape[0])
    return fail(ErrorKind::kInvalid, "X {}, rois {}, batch indices {}", x.to_string(), rois.to_string(),
                batches.to_string());
  if (height < 1 || width < 1 || height > kSideMax || width > kSideMax)
    return fail(ErrorKind::kInvalid, "an output of {}x{}", height, width);
  const std::int64_t dims[] = {rois.shape[0], x.shape[1], height, width};
  return std::vector{TensorType{DType::kF32, TRY(Shape::create(dims))}};
}

struct Plane {
  const float* data;
  std::int64_t height, width;
  /// Four neighbours and their weights; max mode takes the largest weighted neighbour, as ONNX's reference does.
  float sample(float y, float x, bool largest) const {
    if (!(y >= -1) || y > static_cast<float>(height) || !(x >= -1) || x > static_cast<float>(width)) return 0;
    y = std::max(y, 0.0f);
    x = std::max(x, 0.0f);
    const std::int64_t y0 = std::min<std::int64_t>(static_cast<std::int64_t>(y), height - 1),
                       y1 = std::min(y0 + 1, height - 1);
    const std::int64_t x0 = std::min<std::int64_t>(static_cast<std::int64_t>(x), width - 1),
                       x1 = std::min(x0 + 1, width - 1);
    const float dy = y1 == y0 ? 0 : y - static_cast<float>(y0), dx = x1 == x0 ? 0 : x - static_cast<float>(x0);
    const float parts[] = {(1 - dy) * (1 - dx) * data[y0 * width + x0], (1 - dy) * dx * data[y0 * width + x1],
                           dy * (1 - dx) * data[y1 * width + x0], dy * dx * data[y1 * width + x1]};
    return largest ? *std::ranges::max_element(parts) : parts[0] + parts[1] + parts[2] + parts[3];
  }
};

Status run(const RunArgs& args) {
  const Shape &xs = args.input(0).shape(), &ys = args.output(0).shape();
  const bool largest = args.attributes.string("mode", "avg") == "max";
  const bool half_pixel =
      args.opset >= 16 && args.attributes.string("coordinate_transformation_mode", "half_pixel") == "half_pixel";
  const float scale = args.attributes.real("spatial_scale", 1), shift = half_pixel ? 0.5f : 0;
  const std::int64_t ratio = std::clamp<std::int64_t>(args.attributes.integer("sampling_ratio", 0), 0, kSamplesMax);
  const auto rois = args.input(1).as<float>();
  const auto batches = args.input(2).as<std::int64_t>();
  if (args.output(0).type.elements() == 0) return {};
  if (xs[2] < 1 || xs[3] < 1) return fail(ErrorKind::kInvalid, "an empty feature map");
  for (std::int64_t r = 0; r < ys[0]; ++r) {
    const std::int64_t batch = batches[static_cast<std::size_t>(r)];
    if (batch < 0 || batch >= xs[0]) return fail(ErrorKind::kInvalid, "batch index {} of {}", batch, xs[0]);
    const float* roi = rois.data() + r * 4;
    const float x1 = roi[0] * scale - shift, y1 = roi[1] * scale - shift;
    float width = roi[2] * scale - shift - x1, height = roi[3] * scale - shift - y1;
    if (!half_pixel) {
      width = std::max(width, 1.0f);
      height = std::max(height, 1.0f);
    }
    if (!std::isfinite(width) || !std::isfinite(height)) return fail(ErrorKind::kInvalid, "a region is not finite");
    const float bin_h = height / static_cast<float>(ys[2]), bin_w = width / static_cast<float>(ys[3]);
    const auto samples = [&](float bin) {
      return ratio > 0 ? ratio
                       : static_cast<std::int64_t>(std::clamp(std::ceil(bin), 1.0f, static_cast<float>(kSamplesMax)));
    };
    const std::int64_t rows = samples(bin_h), columns = samples(bin_w);
    for (std::int64_t c = 0; c < ys[1]; ++c) {
      const Plane plane{args.input(0).as<float>().data() + (batch * xs[1] + c) * xs[2] * xs[3], xs[2], xs[3]};
      for (std::int64_t h = 0; h < ys[2]; ++h)
        for (std::int64_t w = 0; w < ys[3]; ++w) {
          float sum = 0, best = -std::numeric_limits<float>::infinity();
          for (std::int64_t i = 0; i < rows; ++i)
            for (std::int64_t k = 0; k < columns; ++k) {
              const float y =
                  y1 + (static_cast<float>(h) + (static_cast<float>(i) + 0.5f) / static_cast<float>(rows)) * bin_h;
              const float x =
                  x1 + (static_cast<float>(w) + (static_cast<float>(k) + 0.5f) / static_cast<float>(columns)) * bin_w;
              const float value = plane.sample(y, x, largest);
              sum += value;
              best = std::max(best, value);
            }
          args.output(0).as<float>()[static_cast<std::size_t>(((r * ys[1] + c) * ys[2] + h) * ys[3] + w)] =
              largest ? best : sum / static_cast<float>(rows * columns);
        }
    }
  }
  return {};
}

}  // namespace

extern const Operator kRoiAlign;
const Operator kRoiAlign = {
    .name = "RoiAlign", .inputs_min = 3, .inputs_max = 3, .opset_min = 10, .infer = infer_roi_align, .run = run};

}  // namespace hedge::op

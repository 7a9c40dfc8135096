// GridSample: every output position reads the input where its grid entry points, with one to three spatial axes.
// Jaderberg et al. 2015, Spatial Transformer Networks; https://onnx.ai/onnx/operators/onnx__GridSample.html
#include <algorithm>
#include <cmath>

#include "op/dispatch.h"
#include "op/nn/resize_geometry.h"
#include "op/nn/window.h"

namespace hedge::op {
namespace {

constexpr int kAxes = Window::kAxes;
enum class Padding { kZeros, kBorder, kReflection };

struct Sampler {
  ResizeMode mode = ResizeMode::kLinear;
  Padding padding = Padding::kZeros;
  bool align_corners = false;
};

Result<Sampler> sampler_of(const Attributes& attributes) {
  Sampler sampler{.align_corners = attributes.integer("align_corners", 0) != 0};
  const std::string_view mode = attributes.string("mode", "linear");
  sampler.mode = mode == "bicubic" ? ResizeMode::kCubic : TRY(parse_resize_mode(mode));
  const std::string_view padding = attributes.string("padding_mode", "zeros");
  if (padding == "border") sampler.padding = Padding::kBorder;
  if (padding == "reflection") sampler.padding = Padding::kReflection;
  if (sampler.padding == Padding::kZeros && padding != "zeros")
    return fail(ErrorKind::kInvalid, "padding_mode '{}'", padding);
  return sampler;
}

Result<std::vector<TensorType>> infer_grid_sample(const InferArgs& args) {
  const TensorType &x = args.input(0), &grid = args.input(1);
  const int spatial = x.shape.rank() - 2;
  (void)TRY(sampler_of(args.attributes));
  if (spatial < 1 || spatial > kAxes || grid.shape.rank() != x.shape.rank() || grid.shape[0] != x.shape[0] ||
      grid.shape[spatial + 1] != spatial || grid.dtype != x.dtype)
    return fail(ErrorKind::kInvalid, "a grid {} for {}", grid.to_string(), x.to_string());
  std::vector<std::int64_t> dims{x.shape[0], x.shape[1]};
  for (int k = 0; k < spatial; ++k) dims.push_back(grid.shape[k + 1]);
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

/// Folds `at` back into [low, high] as a mirror at each end does.
double reflect(double at, double low, double high) {
  const double range = high - low;
  if (!(range > 0)) return low;
  const double distance = at < low ? low - at : at - low;
  const double folded = std::fmod(distance, 2 * range);
  return low + (folded > range ? 2 * range - folded : folded);
}

/// The input elements that one output position reads along one axis.
struct AxisTaps {
  int count = 0;
  std::array<std::int64_t, 4> index{};  ///< -1: outside, reads zero
  std::array<double, 4> weight{};
};

class AxisSampler {
 public:
  AxisSampler(const Sampler& sampler, std::int64_t length)
      : sampler_(sampler),
        length_(length),
        low_(sampler.align_corners ? 0 : -0.5),
        high_(static_cast<double>(length) - (sampler.align_corners ? 1 : 0.5)) {}

  /// `where` runs from -1 to 1 over the input.
  AxisTaps taps(double where) const {
    const auto length = static_cast<double>(length_);
    double at = sampler_.align_corners ? (where + 1) / 2 * (length - 1) : ((where + 1) * length - 1) / 2;
    constexpr double kFar = 1e15;  // beyond every tensor, and still an integer in double
    at = std::isnan(at) ? -kFar : std::clamp(at, -kFar, kFar);
    AxisTaps taps;
    if (sampler_.mode == ResizeMode::kCubic) {  // its neighbours are padded one by one
      const double first = std::floor(at) - 1;
      for (int k = 0; k < 4; ++k) add(taps, first + k, cubic_weight(at - first - k, -0.75));
      return taps;
    }
    if (sampler_.mode == ResizeMode::kNearest) {
      add(taps, padded(std::nearbyint(at)), 1);
      return taps;
    }
    at = padded(at);
    const double first = std::floor(at);
    add(taps, first, 1 - (at - first));
    add(taps, first + 1, at - first);
    return taps;
  }

 private:
  double padded(double at) const {
    if (at >= low_ && at <= high_) return at;
    if (sampler_.padding == Padding::kBorder) return std::clamp(at, 0.0, static_cast<double>(length_ - 1));
    return sampler_.padding == Padding::kReflection ? reflect(at, low_, high_) : at;
  }
  void add(AxisTaps& taps, double at, double weight) const {
    const double last = static_cast<double>(length_ - 1);
    const bool inside = at >= 0 && at <= last;
    if (!inside && sampler_.padding == Padding::kReflection) at = std::nearbyint(reflect(at, low_, high_));
    const bool zero = !inside && sampler_.padding == Padding::kZeros;
    const auto k = static_cast<std::size_t>(taps.count++);
    taps.index[k] = zero ? -1 : static_cast<std::int64_t>(std::clamp(at, 0.0, last));
    taps.weight[k] = weight;
  }

  Sampler sampler_;
  std::int64_t length_;
  double low_, high_;
};

Status run(const RunArgs& args) {
  const Sampler sampler = TRY(sampler_of(args.attributes));
  const Shape &xs = args.input(0).shape(), &ys = args.output(0).shape();
  const int spatial = xs.rank() - 2;
  if (args.output(0).type.elements() == 0) return {};
  const std::int64_t in_plane = xs.elements(2, xs.rank()), out_plane = ys.elements(2, ys.rank());
  if (in_plane == 0) return fail(ErrorKind::kInvalid, "an empty input {}", xs.to_string());
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const T* x = args.input(0).as<T>().data();
    const T* grid = args.input(1).as<T>().data();
    const auto y = args.output(0).as<T>();
    for (std::int64_t n = 0; n < xs[0]; ++n)
      for (std::int64_t out = 0; out < out_plane; ++out) {
        const T* where = grid + (n * out_plane + out) * spatial;
        std::array<AxisTaps, kAxes> taps;
        taps.fill({.count = 1, .index = {0}, .weight = {1}});
        std::array<std::int64_t, kAxes> in{1, 1, 1};
        for (int k = 0; k < spatial; ++k) {  // the grid names the last axis first
          const auto at = static_cast<std::size_t>(kAxes - spatial + k);
          in[at] = xs[k + 2];
          const auto coordinate = static_cast<double>(static_cast<Compute<T>>(where[spatial - 1 - k]));
          taps[at] = AxisSampler(sampler, in[at]).taps(coordinate);
        }
        for (std::int64_t c = 0; c < xs[1]; ++c) {
          const T* plane = x + (n * xs[1] + c) * in_plane;
          double sum = 0;
          const auto each = [](const AxisTaps& axis, auto&& visit) {
            for (std::size_t k = 0; k < static_cast<std::size_t>(axis.count); ++k)
              if (axis.index[k] >= 0) visit(axis.index[k], axis.weight[k]);
          };
          each(taps[0], [&](std::int64_t d, double wd) {
            each(taps[1], [&](std::int64_t h, double wh) {
              each(taps[2], [&](std::int64_t w, double ww) {
                sum += wd * wh * ww * static_cast<double>(static_cast<Compute<T>>(plane[(d * in[1] + h) * in[2] + w]));
              });
            });
          });
          y[static_cast<std::size_t>((n * xs[1] + c) * out_plane + out)] = static_cast<T>(static_cast<Compute<T>>(sum));
        }
      }
  });
}

}  // namespace

extern const Operator kGridSample;
const Operator kGridSample = {
    .name = "GridSample", .inputs_min = 2, .inputs_max = 2, .opset_min = 16, .infer = infer_grid_sample, .run = run};

}  // namespace hedge::op

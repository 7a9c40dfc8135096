// hedge.MaxPool, AveragePool, GlobalAveragePool: NHWC. The output's size is an attribute, since ceil_mode is resolved.
#include <algorithm>
#include <limits>

#include "op/hedge/nhwc.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_pool(const InferArgs& args) {
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, args.input(0)));
  const std::int64_t dims[] = {window.batch, window.out_h, window.out_w, window.in_c};
  return std::vector{TensorType{DType::kF32, TRY(Shape::create(dims))}};
}

/// pixel(fold) is called once for each output pixel; fold(visit) visits each input pixel of the window.
template <class Pixel>
void for_each_pixel(const NhwcWindow& window, const float* x, Pixel&& pixel) {
  std::int64_t out = 0;
  for (std::int64_t n = 0; n < window.batch; ++n)
    for (std::int64_t oh = 0; oh < window.out_h; ++oh)
      for (std::int64_t ow = 0; ow < window.out_w; ++ow) {
        const auto rows = window.rows_inside(oh), columns = window.columns_inside(ow);
        pixel(out++ * window.in_c, oh, ow, [&](auto&& visit) {
          for (std::int64_t kh = rows.first; kh < rows.second; ++kh)
            for (std::int64_t kw = columns.first; kw < columns.second; ++kw) {
              const std::int64_t h = oh * window.stride_h - window.pad_top + kh * window.dilation_h;
              const std::int64_t w = ow * window.stride_w - window.pad_left + kw * window.dilation_w;
              visit(x + ((n * window.in_h + h) * window.in_w + w) * window.in_c);
            }
        });
      }
}

Status run_max_pool(const RunArgs& args) {
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, args.input(0).type));
  float* y = args.output(0).as<float>().data();
  if (args.output(0).type.elements() == 0) return {};
  for_each_pixel(window, args.input(0).as<float>().data(), [&](std::int64_t at, std::int64_t, std::int64_t, auto each) {
    std::fill_n(y + at, window.in_c, std::numeric_limits<float>::lowest());
    each([&](const float* pixel) {
      for (std::int64_t c = 0; c < window.in_c; ++c) y[at + c] = std::max(y[at + c], pixel[c]);
    });
  });
  return {};
}

Status run_average_pool(const RunArgs& args) {
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, args.input(0).type));
  const bool include_pad = args.attributes.integer("count_include_pad", 0) != 0;
  float* y = args.output(0).as<float>().data();
  if (args.output(0).type.elements() == 0) return {};
  for_each_pixel(
      window, args.input(0).as<float>().data(), [&](std::int64_t at, std::int64_t oh, std::int64_t ow, auto each) {
        std::fill_n(y + at, window.in_c, 0.0f);
        std::int64_t count = 0;
        each([&](const float* pixel) {
          ++count;
          for (std::int64_t c = 0; c < window.in_c; ++c) y[at + c] += pixel[c];
        });
        if (include_pad) {  // the pads count, what lies beyond them does not
          const auto reach = [](std::int64_t origin, std::int64_t end, std::int64_t kernel, std::int64_t dilation) {
            return std::min(kernel, (end - origin + dilation - 1) / dilation);
          };
          count = reach(oh * window.stride_h - window.pad_top, window.in_h + window.pad_bottom, window.kernel_h,
                        window.dilation_h) *
                  reach(ow * window.stride_w - window.pad_left, window.in_w + window.pad_right, window.kernel_w,
                        window.dilation_w);
        }
        for (std::int64_t c = 0; c < window.in_c && count > 0; ++c) y[at + c] /= static_cast<float>(count);
      });
  return {};
}

Result<std::vector<TensorType>> infer_global(const InferArgs& args) {
  const TensorType& x = args.input(0);
  if (x.shape.rank() != 4 || x.dtype != DType::kF32) return fail(ErrorKind::kInvalid, "input {}", x.to_string());
  return std::vector{TensorType{DType::kF32, Shape{x.shape[0], 1, 1, x.shape[3]}}};
}

Status run_global_average(const RunArgs& args) {
  const Shape& xs = args.input(0).shape();
  const float* x = args.input(0).as<float>().data();
  float* y = args.output(0).as<float>().data();
  const std::int64_t pixels = xs[1] * xs[2], channels = xs[3];
  for (std::int64_t n = 0; n < xs[0]; ++n)
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::int64_t p = 0; p < pixels; ++p) sum += static_cast<double>(x[(n * pixels + p) * channels + c]);
      y[n * channels + c] = pixels > 0 ? static_cast<float>(sum / static_cast<double>(pixels)) : 0;
    }
  return {};
}

}  // namespace

extern const Operator kHedgeMaxPool, kHedgeAveragePool, kHedgeGlobalAveragePool;
const Operator kHedgeMaxPool = {.domain = kHedgeDomain, .name = "MaxPool", .infer = infer_pool, .run = run_max_pool};
const Operator kHedgeAveragePool = {
    .domain = kHedgeDomain, .name = "AveragePool", .infer = infer_pool, .run = run_average_pool};
const Operator kHedgeGlobalAveragePool = {
    .domain = kHedgeDomain, .name = "GlobalAveragePool", .infer = infer_global, .run = run_global_average};

}  // namespace hedge::op

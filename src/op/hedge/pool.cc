// hedge.MaxPool (f32 or bytes), AveragePool, GlobalAveragePool, QAveragePool (bytes, docs/int8.md): NHWC. The output's
// size is an attribute, since ceil_mode is resolved.
#include <algorithm>
#include <limits>

#include "op/dispatch.h"
#include "op/hedge/nhwc.h"
#include "op/hedge/quant.h"

namespace hedge::op {
namespace {

/// So that no sum of bytes leaves 31 bits.
constexpr std::int64_t kAveragedPixelsMax = std::int64_t{1} << 22;

template <bool kBytesToo>
Result<std::vector<TensorType>> infer_pool(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, x));
  if (!kBytesToo && x.dtype != DType::kF32) return fail(ErrorKind::kInvalid, "input {}", x.to_string());
  const std::int64_t dims[] = {window.batch, window.out_h, window.out_w, window.in_c};
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

/// pixel(fold) is called once for each output pixel; fold(visit) visits each input pixel of the window.
template <class T, class Pixel>
void for_each_pixel(const NhwcWindow& window, const T* x, Pixel&& pixel) {
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

/// Bytes of one scale are in the order of their values, so they are pooled as they are.
Status run_max_pool(const RunArgs& args) {
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, args.input(0).type));
  if (args.output(0).type.elements() == 0) return {};
  return visit_dtype<Types<float, std::uint8_t>>(args.input(0).dtype(), [&]<class T>() {
    T* y = args.output(0).as<T>().data();
    for_each_pixel(window, args.input(0).as<T>().data(), [&](std::int64_t at, std::int64_t, std::int64_t, auto each) {
      std::fill_n(y + at, window.in_c, std::numeric_limits<T>::lowest());
      each([&](const T* pixel) {
        for (std::int64_t c = 0; c < window.in_c; ++c) y[at + c] = std::max(y[at + c], pixel[c]);
      });
    });
  });
}

/// Pixels of a window that an average divides by: those of the image, or those of the pads too, but never what lies
/// beyond them.
std::int64_t averaged_pixels(const NhwcWindow& window, bool include_pad, std::int64_t oh, std::int64_t ow) {
  const auto rows = window.rows_inside(oh), columns = window.columns_inside(ow);
  if (!include_pad) return (rows.second - rows.first) * (columns.second - columns.first);
  const auto reach = [](std::int64_t origin, std::int64_t end, std::int64_t kernel, std::int64_t dilation) {
    return std::min(kernel, (end - origin + dilation - 1) / dilation);
  };
  return reach(oh * window.stride_h - window.pad_top, window.in_h + window.pad_bottom, window.kernel_h,
               window.dilation_h) *
         reach(ow * window.stride_w - window.pad_left, window.in_w + window.pad_right, window.kernel_w,
               window.dilation_w);
}

Status run_average_pool(const RunArgs& args) {
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, args.input(0).type));
  const bool include_pad = args.attributes.integer("count_include_pad", 0) != 0;
  float* y = args.output(0).as<float>().data();
  if (args.output(0).type.elements() == 0) return {};
  for_each_pixel(window, args.input(0).as<float>().data(),
                 [&](std::int64_t at, std::int64_t oh, std::int64_t ow, auto each) {
                   std::fill_n(y + at, window.in_c, 0.0f);
                   each([&](const float* pixel) {
                     for (std::int64_t c = 0; c < window.in_c; ++c) y[at + c] += pixel[c];
                   });
                   const std::int64_t count = averaged_pixels(window, include_pad, oh, ow);
                   for (std::int64_t c = 0; c < window.in_c && count > 0; ++c) y[at + c] /= static_cast<float>(count);
                 });
  return {};
}

/// As the average of real values, where a pad is the zero point.
Result<std::vector<TensorType>> infer_quantized_average(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, x));
  (void)TRY(quant_epilogue(args.attributes));
  (void)TRY(zero_attribute(args.attributes, "x_zero"));
  (void)TRY(finite_attribute(args.attributes, "scale", 1));
  if (x.dtype != DType::kU8 || window.kernel_h * window.kernel_w > kAveragedPixelsMax)
    return fail(ErrorKind::kInvalid, "input {}, windows of {} pixels", x.to_string(),
                window.kernel_h * window.kernel_w);
  const std::int64_t dims[] = {window.batch, window.out_h, window.out_w, window.in_c};
  return std::vector{TensorType{DType::kU8, TRY(Shape::create(dims))}};
}

Status run_quantized_average(const RunArgs& args) {
  const NhwcWindow window = TRY(nhwc_pool_window(args.attributes, args.input(0).type));
  const kernel::QuantEpilogue epilogue = TRY(quant_epilogue(args.attributes));
  const std::int32_t zero = TRY(zero_attribute(args.attributes, "x_zero"));
  const float scale = TRY(finite_attribute(args.attributes, "scale", 1));
  const bool include_pad = args.attributes.integer("count_include_pad", 0) != 0;
  const auto sums = args.scratch.take<std::int32_t>(static_cast<std::size_t>(window.in_c));
  std::uint8_t* y = args.output(0).as<std::uint8_t>().data();
  if (args.output(0).type.elements() == 0) return {};
  for_each_pixel(window, args.input(0).as<std::uint8_t>().data(),
                 [&](std::int64_t at, std::int64_t oh, std::int64_t ow, auto each) {
                   std::ranges::fill(sums, 0);
                   each([&](const std::uint8_t* pixel) {
                     for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += pixel[c] - zero;
                   });
                   const std::int64_t count = std::max<std::int64_t>(averaged_pixels(window, include_pad, oh, ow), 1);
                   const float share = scale / static_cast<float>(count);
                   for (std::size_t c = 0; c < sums.size(); ++c)
                     y[at + static_cast<std::int64_t>(c)] =
                         to_byte(static_cast<float>(sums[c]) * share, epilogue.y_zero, epilogue.y_low, epilogue.y_high);
                 });
  return {};
}

std::size_t quantized_average_scratch(const InferArgs& args) {
  return Scratch::booking<std::int32_t>(static_cast<std::size_t>(args.input(0).shape[3]));
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

extern const Operator kHedgeMaxPool, kHedgeAveragePool, kHedgeGlobalAveragePool, kHedgeQAveragePool;
const Operator kHedgeMaxPool = {
    .domain = kHedgeDomain, .name = "MaxPool", .infer = infer_pool<true>, .run = run_max_pool};
const Operator kHedgeAveragePool = {
    .domain = kHedgeDomain, .name = "AveragePool", .infer = infer_pool<false>, .run = run_average_pool};
const Operator kHedgeGlobalAveragePool = {
    .domain = kHedgeDomain, .name = "GlobalAveragePool", .infer = infer_global, .run = run_global_average};

const Operator kHedgeQAveragePool = {.domain = kHedgeDomain,
                                     .name = "QAveragePool",
                                     .infer = infer_quantized_average,
                                     .run = run_quantized_average,
                                     .scratch_bytes = quantized_average_scratch};

}  // namespace hedge::op

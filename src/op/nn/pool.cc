// MaxPool, AveragePool, LpPool and their Global forms, NCHW, one to three spatial axes.
#include <algorithm>
#include <cmath>
#include <limits>

#include "op/dispatch.h"
#include "op/nn/window.h"

namespace hedge::op {
namespace {

Result<Window> window_of(const Attributes& attributes, const Shape& x) {
  const auto kernel = attributes.integers("kernel_shape");
  if (kernel.empty()) return fail(ErrorKind::kInvalid, "kernel_shape is missing");
  return make_window(attributes, x, kernel);
}

Result<std::vector<TensorType>> infer_pool(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const Window window = TRY(window_of(args.attributes, x.shape));
  std::vector<std::int64_t> dims{x.shape[0], x.shape[1]};
  for (int k = 0; k < window.rank; ++k) dims.push_back(window.out[static_cast<std::size_t>(3 - window.rank + k)]);
  const Shape shape = TRY(Shape::create(dims));
  return std::vector{TensorType{x.dtype, shape}, TensorType{DType::kI64, shape}};
}

Result<std::vector<TensorType>> infer_global(const InferArgs& args) {
  const TensorType& x = args.input(0);
  if (x.shape.rank() < 3) return fail(ErrorKind::kInvalid, "rank {} has no spatial axes", x.shape.rank());
  TensorType type = x;
  for (int axis = 2; axis < x.shape.rank(); ++axis) type.shape[axis] = 1;
  return std::vector{type};
}

/// Kernel elements [begin, end) of one axis that lie inside the input.
std::pair<std::int64_t, std::int64_t> inside(const Window& window, int axis, std::int64_t output) {
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t origin = window.origin(axis, output), dilation = window.dilation[at];
  const std::int64_t begin = origin >= 0 ? 0 : (-origin + dilation - 1) / dilation;
  const std::int64_t end = origin >= window.in[at] ? 0 : (window.in[at] - 1 - origin) / dilation + 1;
  return {begin, std::clamp(end, begin, std::max(begin, window.kernel[at]))};
}

/// Calls visit(plane, output_index, each) for every output; each(f) calls f(input_offset_in_plane) over its window.
template <class Visit>
void for_each_window(const Window& window, std::int64_t planes, Visit&& visit) {
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    std::int64_t output = plane * window.out_elements();
    for (std::int64_t d = 0; d < window.out[0]; ++d)
      for (std::int64_t h = 0; h < window.out[1]; ++h)
        for (std::int64_t w = 0; w < window.out[2]; ++w) {
          const auto [d0, d1] = inside(window, 0, d);
          const auto [h0, h1] = inside(window, 1, h);
          const auto [w0, w1] = inside(window, 2, w);
          const auto each = [&, d, h, w, d0 = d0, d1 = d1, h0 = h0, h1 = h1, w0 = w0, w1 = w1](auto&& f) {
            for (std::int64_t kd = d0; kd < d1; ++kd)
              for (std::int64_t kh = h0; kh < h1; ++kh)
                for (std::int64_t kw = w0; kw < w1; ++kw)
                  f(((window.origin(0, d) + kd * window.dilation[0]) * window.in[1] + window.origin(1, h) +
                     kh * window.dilation[1]) *
                        window.in[2] +
                    window.origin(2, w) + kw * window.dilation[2]);
          };
          visit(plane, output++, each, std::array{d, h, w});
        }
  }
}

using PoolTypes = Types<float, double, tensor::Half, std::int8_t, std::uint8_t>;

Status run_max_pool(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const Window window = TRY(window_of(args.attributes, shape));
  const bool column_major = args.attributes.integer("storage_order", 0) != 0;
  return visit_dtype<PoolTypes>(args.input(0).dtype(), [&]<class T>() {
    const T* x = args.input(0).as<T>().data();
    const std::int64_t size = window.in_elements();
    for_each_window(window, shape[0] * shape[1], [&](std::int64_t plane, std::int64_t out, auto each, const auto&) {
      std::int64_t best = -1;
      each([&](std::int64_t at) {
        const auto value = static_cast<Compute<T>>(x[plane * size + at]);
        if (best < 0 || value > static_cast<Compute<T>>(x[plane * size + best])) best = at;
      });
      if (args.has_output(0))
        args.output(0).as<T>()[static_cast<std::size_t>(out)] =
            best >= 0 ? x[plane * size + best] : static_cast<T>(std::numeric_limits<Compute<T>>::lowest());
      if (args.has_output(1)) {
        std::int64_t index = best;
        if (column_major) {  // the spatial part counted with the first axis fastest
          const std::int64_t d = best / (window.in[1] * window.in[2]), h = best / window.in[2] % window.in[1];
          index = d + window.in[0] * (h + window.in[1] * (best % window.in[2]));
        }
        args.output(1).as<std::int64_t>()[static_cast<std::size_t>(out)] = plane * size + index;
      }
    });
  });
}

Status run_average_pool(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const Window window = TRY(window_of(args.attributes, shape));
  const bool include_pad = args.attributes.integer("count_include_pad", 0) != 0;
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const T* x = args.input(0).as<T>().data();
    const auto y = args.output(0).as<T>();
    const auto padded_count = [&](const std::array<std::int64_t, 3>& at) {  // pads count, what lies beyond them not
      std::int64_t count = 1;
      for (int axis = 0; axis < 3; ++axis) {
        const auto a = static_cast<std::size_t>(axis);
        const std::int64_t end = window.in[a] + window.pad_end[a];
        const std::int64_t room = end - window.origin(axis, at[a]);
        count *= std::min(window.kernel[a], (room + window.dilation[a] - 1) / window.dilation[a]);
      }
      return count;
    };
    for_each_window(window, shape[0] * shape[1], [&](std::int64_t plane, std::int64_t out, auto each, const auto& at) {
      double sum = 0;
      std::int64_t count = 0;
      each([&](std::int64_t i) {
        sum += static_cast<double>(static_cast<Compute<T>>(x[plane * window.in_elements() + i]));
        ++count;
      });
      if (include_pad) count = padded_count(at);
      y[static_cast<std::size_t>(out)] =
          static_cast<T>(static_cast<Compute<T>>(count > 0 ? sum / static_cast<double>(count) : 0.0));
    });
  });
}

Status run_lp_pool(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const Window window = TRY(window_of(args.attributes, shape));
  const auto p = static_cast<double>(args.attributes.integer("p", 2));
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const T* x = args.input(0).as<T>().data();
    const auto y = args.output(0).as<T>();
    for_each_window(window, shape[0] * shape[1], [&](std::int64_t plane, std::int64_t out, auto each, const auto&) {
      double sum = 0;
      each([&](std::int64_t i) {
        const auto value = static_cast<double>(static_cast<Compute<T>>(x[plane * window.in_elements() + i]));
        sum += std::pow(std::abs(value), p);
      });
      y[static_cast<std::size_t>(out)] = static_cast<T>(static_cast<Compute<T>>(std::pow(sum, 1 / p)));
    });
  });
}

/// Folds every plane to one number: fold(sum, value), finish(sum, count).
template <class Fold, class Finish>
Status run_global(const RunArgs& args, double start, Fold fold, Finish finish) {
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    const std::size_t size = y.empty() ? 0 : x.size() / y.size();
    for (std::size_t plane = 0; plane < y.size(); ++plane) {
      double sum = start;
      for (std::size_t i = 0; i < size; ++i)
        sum = fold(sum, static_cast<double>(static_cast<Compute<T>>(x[plane * size + i])));
      y[plane] = static_cast<T>(static_cast<Compute<T>>(finish(sum, static_cast<double>(size))));
    }
  });
}

Status run_global_average(const RunArgs& args) {
  return run_global(
      args, 0, [](double sum, double x) { return sum + x; },
      [](double sum, double count) { return count > 0 ? sum / count : 0.0; });
}
Status run_global_max(const RunArgs& args) {
  return run_global(
      args, -std::numeric_limits<double>::infinity(), [](double a, double b) { return std::max(a, b); },
      [](double best, double) { return best; });
}
Status run_global_lp(const RunArgs& args) {
  const auto p = static_cast<double>(args.attributes.integer("p", 2));
  return run_global(
      args, 0, [&](double sum, double x) { return sum + std::pow(std::abs(x), p); },
      [&](double sum, double) { return std::pow(sum, 1 / p); });
}

}  // namespace

extern const Operator kMaxPool, kAveragePool, kLpPool, kGlobalAveragePool, kGlobalMaxPool, kGlobalLpPool;
const Operator kMaxPool = {.name = "MaxPool", .outputs_max = 2, .infer = infer_pool, .run = run_max_pool};
const Operator kAveragePool = {.name = "AveragePool", .infer = infer_pool, .run = run_average_pool};
const Operator kLpPool = {.name = "LpPool", .infer = infer_pool, .run = run_lp_pool};
const Operator kGlobalAveragePool = {.name = "GlobalAveragePool", .infer = infer_global, .run = run_global_average};
const Operator kGlobalMaxPool = {.name = "GlobalMaxPool", .infer = infer_global, .run = run_global_max};
const Operator kGlobalLpPool = {.name = "GlobalLpPool", .infer = infer_global, .run = run_global_lp};

}  // namespace hedge::op

// BatchNormalization (inference), InstanceNormalization, GroupNormalization, LayerNormalization,
// MeanVarianceNormalization, LpNormalization, LRN. Statistics in double.
#include <algorithm>
#include <cmath>

#include "op/dispatch.h"
#include "op/reduce/axis_walk.h"
#include "op/reduce/reduction.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

Status expect_channels(const InferArgs& args, int first, int last, std::int64_t count) {
  for (int k = first; k <= last; ++k)
    if (args.has_input(k) && (args.input(k).elements() != count || args.input(k).dtype != args.input(0).dtype))
      return fail(ErrorKind::kInvalid, "operand {} is {}, not {} values of the input's type", k,
                  args.input(k).to_string(), count);
  return {};
}

Result<std::vector<TensorType>> infer_batch_norm(const InferArgs& args) {
  if (args.attributes.integer("training_mode", 0) != 0 || args.output_count > 1)
    return fail(ErrorKind::kUnsupported, "training mode: export the model for inference");
  const Shape& shape = args.input(0).shape;
  if (shape.rank() < 2) return fail(ErrorKind::kInvalid, "rank {} has no channels", shape.rank());
  TRY(expect_channels(args, 1, 4, shape[1]));
  return same_as_input(args);
}

Status run_batch_norm(const RunArgs& args) {
  const AxisWalk walk(args.input(0).shape(), 1);
  const double epsilon = args.attributes.real("epsilon", 1e-5f);
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    const auto at = [&](int k, std::size_t c) {
      return static_cast<double>(static_cast<Compute<T>>(args.input(k).as<T>()[c]));
    };
    for (std::size_t n = 0; n < walk.outer; ++n)
      for (std::size_t c = 0; c < walk.length; ++c) {
        const double scale = at(1, c) / std::sqrt(at(4, c) + epsilon), shift = at(2, c) - at(3, c) * scale;
        for (std::size_t i = 0; i < walk.inner; ++i) {
          const std::size_t k = (n * walk.length + c) * walk.inner + i;
          y[k] = static_cast<T>(
              static_cast<Compute<T>>(static_cast<double>(static_cast<Compute<T>>(x[k])) * scale + shift));
        }
      }
  });
}

/// Normalises runs of `size` contiguous elements; affine(run, i) gives scale and bias of element i of that run.
template <class T, class Affine, class Report>
void normalise_runs(std::span<const T> x, std::span<T> y, std::size_t size, double epsilon, Affine affine,
                    Report report) {
  for (std::size_t run = 0; size > 0 && run < x.size() / size; ++run) {
    double sum = 0, squares = 0;
    const auto value = [&](std::size_t i) { return static_cast<double>(static_cast<Compute<T>>(x[run * size + i])); };
    for (std::size_t i = 0; i < size; ++i) sum += value(i);
    const double mean = sum / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i) squares += (value(i) - mean) * (value(i) - mean);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(size) + epsilon);
    report(run, mean, scale);
    for (std::size_t i = 0; i < size; ++i) {
      const auto [gain, bias] = affine(run, i);
      y[run * size + i] = static_cast<T>(static_cast<Compute<T>>((value(i) - mean) * scale * gain + bias));
    }
  }
}
constexpr auto kNoReport = [](std::size_t, double, double) {};

Result<std::vector<TensorType>> infer_instance_norm(const InferArgs& args) {
  if (args.input(0).shape.rank() < 3) return fail(ErrorKind::kInvalid, "rank {}", args.input(0).shape.rank());
  TRY(expect_channels(args, 1, 2, args.input(0).shape[1]));
  return same_as_input(args);
}

template <class T>
double number(const ConstTensorView& view, std::size_t k) {
  return static_cast<double>(static_cast<Compute<T>>(view.as<T>()[k]));
}

Status run_instance_norm(const RunArgs& args) {
  const AxisWalk walk(args.input(0).shape(), 1);
  const double epsilon = args.attributes.real("epsilon", 1e-5f);
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    normalise_runs<T>(
        args.input(0).as<T>(), args.output(0).as<T>(), walk.inner, epsilon,
        [&](std::size_t run, std::size_t) {
          const std::size_t c = run % walk.length;
          return std::pair(number<T>(args.input(1), c), number<T>(args.input(2), c));
        },
        kNoReport);
  });
}

Result<std::vector<TensorType>> infer_group_norm(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const std::int64_t groups = args.attributes.integer("num_groups", 0);
  if (shape.rank() < 3 || groups < 1 || shape[1] % groups != 0)
    return fail(ErrorKind::kInvalid, "{} groups of {}", groups, shape.to_string());
  TRY(expect_channels(args, 1, 2, args.opset >= 21 ? shape[1] : groups));
  return same_as_input(args);
}

Status run_group_norm(const RunArgs& args) {
  const AxisWalk walk(args.input(0).shape(), 1);
  const auto groups = static_cast<std::size_t>(args.attributes.integer("num_groups", 1));
  const double epsilon = args.attributes.real("epsilon", 1e-5f);
  const bool per_channel = args.opset >= 21;
  const std::size_t channels = walk.length / groups;
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    normalise_runs<T>(
        args.input(0).as<T>(), args.output(0).as<T>(), channels * walk.inner, epsilon,
        [&](std::size_t run, std::size_t i) {
          const std::size_t group = run % groups, k = per_channel ? group * channels + i / walk.inner : group;
          return std::pair(number<T>(args.input(1), k), number<T>(args.input(2), k));
        },
        kNoReport);
  });
}

Result<std::vector<TensorType>> infer_layer_norm(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), x.shape.rank()));
  TRY(expect_channels(args, 1, 2, x.shape.elements(axis, x.shape.rank())));
  TensorType statistics{DType::kF32, x.shape};
  for (int a = axis; a < x.shape.rank(); ++a) statistics.shape[a] = 1;
  return std::vector{x, statistics, statistics};
}

Status run_layer_norm(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), shape.rank()));
  const double epsilon = args.attributes.real("epsilon", 1e-5f);
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    normalise_runs<T>(
        args.input(0).as<T>(), args.output(0).as<T>(), static_cast<std::size_t>(shape.elements(axis, shape.rank())),
        epsilon,
        [&](std::size_t, std::size_t i) {
          return std::pair(number<T>(args.input(1), i), args.has_input(2) ? number<T>(args.input(2), i) : 0.0);
        },
        [&](std::size_t run, double mean, double scale) {
          if (args.has_output(1)) args.output(1).as<float>()[run] = static_cast<float>(mean);
          if (args.has_output(2)) args.output(2).as<float>()[run] = static_cast<float>(scale);
        });
  });
}

Result<AxisMask> mvn_axes(const Attributes& attributes, int rank) {
  static constexpr std::int64_t kDefault[] = {0, 2, 3};
  return reduced_axes(attributes, attributes.has("axes") ? attributes.integers("axes") : std::span(kDefault), rank);
}

Result<std::vector<TensorType>> infer_mvn(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const AxisMask mask = TRY(mvn_axes(args.attributes, shape.rank()));
  TRY(Shape::create(
      reduced_shape(shape, mask, true).dims()));  // an empty axis may have hidden how large the others are
  return same_as_input(args);
}

std::size_t mvn_scratch(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const auto mask = mvn_axes(args.attributes, shape.rank());
  // Over an empty axis there are more means than elements.
  return mask ? 2 * Scratch::booking<double>(static_cast<std::size_t>(reduced_shape(shape, *mask, true).elements()))
              : 0;
}

Status run_mvn(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const AxisMask mask = TRY(mvn_axes(args.attributes, shape.rank()));
  const auto count = static_cast<std::size_t>(reduced_shape(shape, mask, true).elements());
  const auto means = args.scratch.take<double>(count), variances = args.scratch.take<double>(count);
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    if (x.empty()) return;
    const double size = static_cast<double>(x.size() / count);
    std::ranges::fill(means, 0.0);
    std::ranges::fill(variances, 0.0);
    for_each_reduced(shape, mask,
                     [&](std::size_t to, std::size_t k) { means[to] += number<T>(args.input(0), k) / size; });
    for_each_reduced(shape, mask, [&](std::size_t to, std::size_t k) {
      const double difference = number<T>(args.input(0), k) - means[to];
      variances[to] += difference * difference / size;
    });
    for_each_reduced(shape, mask, [&](std::size_t to, std::size_t k) {
      y[k] = static_cast<T>(
          static_cast<Compute<T>>((number<T>(args.input(0), k) - means[to]) / (std::sqrt(variances[to]) + 1e-9)));
    });
  });
}

Result<std::vector<TensorType>> infer_lp_norm(const InferArgs& args) {
  (void)TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), args.input(0).shape.rank()));
  const std::int64_t p = args.attributes.integer("p", 2);
  if (p != 1 && p != 2) return fail(ErrorKind::kInvalid, "p is {}, not 1 or 2", p);
  return same_as_input(args);
}

Status run_lp_norm(const RunArgs& args) {
  const AxisWalk walk(args.input(0).shape(),
                      TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), args.input(0).shape().rank())));
  const bool squares = args.attributes.integer("p", 2) == 2;
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto y = args.output(0).as<T>();
    walk.for_each_line([&](std::size_t first) {
      double sum = 0;
      for (std::size_t k = 0; k < walk.length; ++k) {
        const double value = number<T>(args.input(0), first + k * walk.inner);
        sum += squares ? value * value : std::abs(value);
      }
      const double norm = squares ? std::sqrt(sum) : sum;
      for (std::size_t k = 0; k < walk.length; ++k) {
        const double value = number<T>(args.input(0), first + k * walk.inner);
        y[first + k * walk.inner] = static_cast<T>(static_cast<Compute<T>>(norm > 0 ? value / norm : 0.0));
      }
    });
  });
}

Result<std::vector<TensorType>> infer_lrn(const InferArgs& args) {
  const std::int64_t size = args.attributes.integer("size", 0);
  if (args.input(0).shape.rank() < 2 || size < 1)
    return fail(ErrorKind::kInvalid, "size {} over {}", size, args.input(0).to_string());
  return same_as_input(args);
}

Status run_lrn(const RunArgs& args) {
  const AxisWalk walk(args.input(0).shape(), 1);
  const std::int64_t size = std::min<std::int64_t>(args.attributes.integer("size", 1), tensor::kTensorElementsMax);
  const double alpha = args.attributes.real("alpha", 1e-4f), beta = args.attributes.real("beta", 0.75f);
  const double bias = args.attributes.real("bias", 1);
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto y = args.output(0).as<T>();
    const auto channels = static_cast<std::int64_t>(walk.length);
    walk.for_each_line([&](std::size_t first) {
      for (std::int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        const std::int64_t begin = std::max<std::int64_t>(0, c - (size - 1) / 2),
                           end = std::min(channels - 1, c + size / 2);
        for (std::int64_t k = begin; k <= end; ++k) {
          const double value = number<T>(args.input(0), first + static_cast<std::size_t>(k) * walk.inner);
          sum += value * value;
        }
        const std::size_t at = first + static_cast<std::size_t>(c) * walk.inner;
        const double divisor = std::pow(bias + alpha / static_cast<double>(size) * sum, beta);
        y[at] = static_cast<T>(static_cast<Compute<T>>(number<T>(args.input(0), at) / divisor));
      }
    });
  });
}

}  // namespace

extern const Operator kBatchNormalization, kInstanceNormalization, kGroupNormalization, kLayerNormalization,
    kMeanVarianceNormalization, kLpNormalization, kLrn;
const Operator kBatchNormalization = {.name = "BatchNormalization",
                                      .inputs_min = 5,
                                      .inputs_max = 5,
                                      .outputs_max = 5,
                                      .infer = infer_batch_norm,
                                      .run = run_batch_norm};
const Operator kInstanceNormalization = {.name = "InstanceNormalization",
                                         .inputs_min = 3,
                                         .inputs_max = 3,
                                         .infer = infer_instance_norm,
                                         .run = run_instance_norm};
const Operator kGroupNormalization = {.name = "GroupNormalization",
                                      .inputs_min = 3,
                                      .inputs_max = 3,
                                      .opset_min = 18,
                                      .infer = infer_group_norm,
                                      .run = run_group_norm};
const Operator kLayerNormalization = {.name = "LayerNormalization",
                                      .inputs_min = 2,
                                      .inputs_max = 3,
                                      .outputs_max = 3,
                                      .opset_min = 17,
                                      .infer = infer_layer_norm,
                                      .run = run_layer_norm};
const Operator kMeanVarianceNormalization = {.name = "MeanVarianceNormalization",
                                             .opset_min = 9,
                                             .infer = infer_mvn,
                                             .run = run_mvn,
                                             .scratch_bytes = mvn_scratch};
const Operator kLpNormalization = {.name = "LpNormalization", .infer = infer_lp_norm, .run = run_lp_norm};
const Operator kLrn = {.name = "LRN", .infer = infer_lrn, .run = run_lrn};

}  // namespace hedge::op

// ScatterElements (and its old name Scatter), ScatterND: a copy of the input with elements or slices replaced or
// reduced.
#include <cstring>

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/math/wrap.h"
#include "op/shape/indices.h"

namespace hedge::op {
namespace {

enum class Reduction { kNone, kAdd, kMul, kMax, kMin };

Result<Reduction> reduction_of(const Attributes& attributes) {
  const std::string_view name = attributes.string("reduction", "none");
  if (name == "none") return Reduction::kNone;
  if (name == "add") return Reduction::kAdd;
  if (name == "mul") return Reduction::kMul;
  if (name == "max") return Reduction::kMax;
  if (name == "min") return Reduction::kMin;
  return fail(ErrorKind::kUnsupported, "reduction '{}'", name);
}

template <class T>
T combine(Reduction reduction, T old, T update) {
  const auto a = static_cast<Compute<T>>(old), b = static_cast<Compute<T>>(update);
  switch (reduction) {
    case Reduction::kNone: return update;
    case Reduction::kAdd: return static_cast<T>(wrap_add(a, b));
    case Reduction::kMul: return static_cast<T>(wrap_mul(a, b));
    case Reduction::kMax: return a > b ? old : update;
    case Reduction::kMin: return a < b ? old : update;
  }
  return update;
}

void copy_data(const RunArgs& args) {
  if (args.input(0).type.elements() > 0)
    std::memcpy(args.output(0).data, args.input(0).data, args.input(0).type.size_bytes());
}

Result<std::vector<TensorType>> infer_scatter_elements(const InferArgs& args) {
  const TensorType &x = args.input(0), &indices = args.input(1), &updates = args.input(2);
  TRY(check_index_type(indices.dtype));
  (void)TRY(reduction_of(args.attributes));
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape.rank()));
  bool fits = indices.shape.rank() == x.shape.rank() && updates.shape == indices.shape && updates.dtype == x.dtype;
  for (int a = 0; fits && a < x.shape.rank(); ++a) fits = a == axis || indices.shape[a] <= x.shape[a];
  if (!fits)
    return fail(ErrorKind::kInvalid, "indices {} and updates {} do not fit {}", indices.to_string(),
                updates.to_string(), x.to_string());
  return std::vector{x};
}

Status run_scatter_elements(const RunArgs& args) {
  const ConstTensorView &x = args.input(0), &indices = args.input(1);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape().rank()));
  const Reduction reduction = TRY(reduction_of(args.attributes));
  const std::int64_t length = x.shape()[axis];
  const Strides dense = tensor::row_major_strides(x.shape());
  std::array<Strides, 1> strides{dense};
  strides[0][static_cast<std::size_t>(axis)] = 0;
  copy_data(args);
  bool inside = true;
  TRY(visit_dtype<AllTypes>(x.dtype(), [&]<class T>() {
    const auto updates = args.input(2).as<T>();
    const auto y = args.output(0).as<T>();
    for_each_broadcast(indices.shape(), strides, [&](std::int64_t k, const auto& at) {
      const std::int64_t index = index_at(indices, static_cast<std::size_t>(k), length);
      inside &= index >= 0;
      if (index < 0) return;
      T& target = y[static_cast<std::size_t>(at[0] + index * dense[static_cast<std::size_t>(axis)])];
      target = combine(reduction, target, updates[static_cast<std::size_t>(k)]);
    });
  }));
  if (!inside) return bad_index(length);
  return {};
}

Result<std::vector<TensorType>> infer_scatter_nd(const InferArgs& args) {
  const TensorType &x = args.input(0), &indices = args.input(1), &updates = args.input(2);
  (void)TRY(reduction_of(args.attributes));
  const int rank = indices.shape.rank();
  if (indices.dtype != DType::kI64 || rank < 1 || updates.dtype != x.dtype)
    return fail(ErrorKind::kInvalid, "indices {}, updates {}", indices.to_string(), updates.to_string());
  const std::int64_t depth = indices.shape[rank - 1];
  if (depth < 1 || depth > x.shape.rank())
    return fail(ErrorKind::kInvalid, "tuples of {} for {}", depth, x.to_string());
  std::vector<std::int64_t> dims(indices.shape.begin(), indices.shape.end() - 1);
  dims.insert(dims.end(), x.shape.begin() + depth, x.shape.end());
  if (!(TRY(Shape::create(dims)) == updates.shape))
    return fail(ErrorKind::kInvalid, "updates {} do not fit", updates.to_string());
  return std::vector{x};
}

Status run_scatter_nd(const RunArgs& args) {
  const ConstTensorView &x = args.input(0), &indices = args.input(1);
  const int last = indices.shape().rank() - 1;
  const int depth = static_cast<int>(indices.shape()[last]);
  const Reduction reduction = TRY(reduction_of(args.attributes));
  const Strides strides = tensor::row_major_strides(x.shape());
  const auto run = static_cast<std::size_t>(x.shape().elements(depth, x.shape().rank()));
  const auto tuples = static_cast<std::size_t>(indices.shape().elements(0, last));
  copy_data(args);
  return visit_dtype<AllTypes>(x.dtype(), [&]<class T>() -> Status {
    const auto updates = args.input(2).as<T>();
    const auto y = args.output(0).as<T>();
    for (std::size_t t = 0; t < tuples; ++t) {
      std::int64_t offset = 0;
      for (int d = 0; d < depth; ++d) {
        const std::int64_t index =
            index_at(indices, t * static_cast<std::size_t>(depth) + static_cast<std::size_t>(d), x.shape()[d]);
        if (index < 0) return bad_index(x.shape()[d]);
        offset += index * strides[static_cast<std::size_t>(d)];
      }
      for (std::size_t k = 0; k < run; ++k) {
        T& target = y[static_cast<std::size_t>(offset) + k];
        target = combine(reduction, target, updates[t * run + k]);
      }
    }
    return {};
  });
}

}  // namespace

extern const Operator kScatter, kScatterElements, kScatterND;
const Operator kScatter = {.name = "Scatter",
                           .inputs_min = 3,
                           .inputs_max = 3,
                           .opset_min = 9,
                           .infer = infer_scatter_elements,
                           .run = run_scatter_elements};
const Operator kScatterElements = {.name = "ScatterElements",
                                   .inputs_min = 3,
                                   .inputs_max = 3,
                                   .opset_min = 11,
                                   .infer = infer_scatter_elements,
                                   .run = run_scatter_elements};
const Operator kScatterND = {.name = "ScatterND",
                             .inputs_min = 3,
                             .inputs_max = 3,
                             .opset_min = 11,
                             .infer = infer_scatter_nd,
                             .run = run_scatter_nd};

}  // namespace hedge::op

// Gather: whole slices by index; GatherElements: single elements; GatherND: slices by coordinate tuples.
#include <cstring>

#include "op/broadcasting.h"
#include "op/operator.h"
#include "op/shape/element_copy.h"
#include "op/shape/indices.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_gather(const InferArgs& args) {
  const TensorType &x = args.input(0), &indices = args.input(1);
  TRY(check_index_type(indices.dtype));
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape.rank()));
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.begin() + axis);
  dims.insert(dims.end(), indices.shape.begin(), indices.shape.end());
  dims.insert(dims.end(), x.shape.begin() + axis + 1, x.shape.end());
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

Status run_gather(const RunArgs& args) {
  const ConstTensorView &x = args.input(0), &indices = args.input(1);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape().rank()));
  const std::int64_t length = x.shape()[axis];
  const auto outer = static_cast<std::size_t>(x.shape().elements(0, axis));
  const auto run =
      static_cast<std::size_t>(x.shape().elements(axis + 1, x.shape().rank())) * tensor::size_of(x.dtype());
  const auto count = static_cast<std::size_t>(indices.type.elements());
  if (args.output(0).type.elements() == 0) return {};
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t k = 0; k < count; ++k) {
      const std::int64_t index = index_at(indices, k, length);
      if (index < 0) return bad_index(length);
      std::memcpy(args.output(0).data + (o * count + k) * run,
                  x.data + (o * static_cast<std::size_t>(length) + static_cast<std::size_t>(index)) * run, run);
    }
  return {};
}

Result<std::vector<TensorType>> infer_gather_elements(const InferArgs& args) {
  const TensorType &x = args.input(0), &indices = args.input(1);
  TRY(check_index_type(indices.dtype));
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape.rank()));
  bool fits = indices.shape.rank() == x.shape.rank();
  for (int a = 0; fits && a < x.shape.rank(); ++a) fits = a == axis || indices.shape[a] <= x.shape[a];
  if (!fits) return fail(ErrorKind::kInvalid, "indices {} do not fit into {}", indices.to_string(), x.to_string());
  return std::vector{TensorType{x.dtype, indices.shape}};
}

Status run_gather_elements(const RunArgs& args) {
  const ConstTensorView &x = args.input(0), &indices = args.input(1);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape().rank()));
  const std::int64_t length = x.shape()[axis];
  const Strides dense = tensor::row_major_strides(x.shape());
  std::array<Strides, 1> strides{dense};
  strides[0][static_cast<std::size_t>(axis)] = 0;
  bool inside = true;
  with_element_size(x.dtype(), [&]<class Word>() {
    const Word* from = words<Word>(x);
    Word* y = words<Word>(args.output(0));
    for_each_broadcast(indices.shape(), strides, [&](std::int64_t k, const auto& at) {
      const std::int64_t index = index_at(indices, static_cast<std::size_t>(k), length);
      inside &= index >= 0;
      if (index >= 0) y[k] = from[at[0] + index * dense[static_cast<std::size_t>(axis)]];
    });
  });
  if (!inside) return bad_index(length);
  return {};
}

Result<std::vector<TensorType>> infer_gather_nd(const InferArgs& args) {
  const TensorType &x = args.input(0), &indices = args.input(1);
  const std::int64_t batch = args.attributes.integer("batch_dims", 0);
  const int rank = indices.shape.rank();
  if (indices.dtype != DType::kI64 || rank < 1 || batch < 0 || batch >= rank || batch >= x.shape.rank())
    return fail(ErrorKind::kInvalid, "indices {} with batch_dims {}", indices.to_string(), batch);
  const std::int64_t depth = indices.shape[rank - 1];
  if (depth < 1 || batch + depth > x.shape.rank())
    return fail(ErrorKind::kInvalid, "tuples of {} for {}", depth, x.to_string());
  for (int axis = 0; axis < batch; ++axis)
    if (x.shape[axis] != indices.shape[axis]) return fail(ErrorKind::kInvalid, "batch axis {} differs", axis);
  std::vector<std::int64_t> dims(indices.shape.begin(), indices.shape.end() - 1);
  dims.insert(dims.end(), x.shape.begin() + batch + depth, x.shape.end());
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

Status run_gather_nd(const RunArgs& args) {
  const ConstTensorView &x = args.input(0), &indices = args.input(1);
  const int batch = static_cast<int>(args.attributes.integer("batch_dims", 0));
  const int last = indices.shape().rank() - 1;
  const int depth = static_cast<int>(indices.shape()[last]);
  const Strides strides = tensor::row_major_strides(x.shape());
  const std::size_t size = tensor::size_of(x.dtype());
  const auto run = static_cast<std::size_t>(x.shape().elements(batch + depth, x.shape().rank())) * size;
  const std::int64_t batches = indices.shape().elements(0, batch);
  const std::int64_t tuples = indices.shape().elements(batch, last);
  const std::int64_t batch_elements = x.shape().elements(batch, x.shape().rank());
  if (args.output(0).type.elements() == 0) return {};
  for (std::int64_t b = 0; b < batches; ++b)
    for (std::int64_t t = 0; t < tuples; ++t) {
      std::int64_t offset = b * batch_elements;
      for (int d = 0; d < depth; ++d) {
        const std::int64_t length = x.shape()[batch + d];
        const std::int64_t index = index_at(indices, static_cast<std::size_t>((b * tuples + t) * depth + d), length);
        if (index < 0) return bad_index(length);
        offset += index * strides[static_cast<std::size_t>(batch + d)];
      }
      std::memcpy(args.output(0).data + static_cast<std::size_t>(b * tuples + t) * run,
                  x.data + static_cast<std::size_t>(offset) * size, run);
    }
  return {};
}

}  // namespace

extern const Operator kGather, kGatherElements, kGatherND;
const Operator kGather = {.name = "Gather", .inputs_min = 2, .inputs_max = 2, .infer = infer_gather, .run = run_gather};
const Operator kGatherElements = {.name = "GatherElements",
                                  .inputs_min = 2,
                                  .inputs_max = 2,
                                  .opset_min = 11,
                                  .infer = infer_gather_elements,
                                  .run = run_gather_elements};
const Operator kGatherND = {.name = "GatherND",
                            .inputs_min = 2,
                            .inputs_max = 2,
                            .opset_min = 11,
                            .infer = infer_gather_nd,
                            .run = run_gather_nd};

}  // namespace hedge::op

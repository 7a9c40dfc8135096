// ReverseSequence: the first lengths[b] steps of each sequence turned round. Trilu: one triangle of each matrix.
#include <algorithm>

#include "op/operator.h"
#include "op/shape/element_copy.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_reverse(const InferArgs& args) {
  const Shape& x = args.input(0).shape;
  const std::int64_t batch = args.attributes.integer("batch_axis", 1), time = args.attributes.integer("time_axis", 0);
  if (x.rank() < 2 || batch == time || batch < 0 || batch > 1 || time < 0 || time > 1)
    return fail(ErrorKind::kInvalid, "batch_axis {} and time_axis {} of rank {}", batch, time, x.rank());
  if (args.input(1).dtype != DType::kI64 || args.input(1).elements() != x[static_cast<int>(batch)])
    return fail(ErrorKind::kInvalid, "lengths are {}", args.input(1).to_string());
  return same_as_input(args);
}

Status run_reverse(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const int batch_axis = static_cast<int>(args.attributes.integer("batch_axis", 1));
  const std::int64_t batches = shape[batch_axis], steps = shape[1 - batch_axis];
  const auto lengths = args.input(1).as<std::int64_t>();
  for (const std::int64_t length : lengths)
    if (length < 0 || length > steps) return fail(ErrorKind::kInvalid, "a length of {} for {} steps", length, steps);
  const auto run = static_cast<std::size_t>(shape.elements(2, shape.rank())) * tensor::size_of(args.input(0).dtype());
  if (run == 0) return {};
  for (std::int64_t b = 0; b < batches; ++b)
    for (std::int64_t t = 0; t < steps; ++t) {
      const std::int64_t length = lengths[static_cast<std::size_t>(b)];
      const std::int64_t from = t < length ? length - 1 - t : t;
      const auto at = [&](std::int64_t step) {
        return static_cast<std::size_t>(batch_axis == 1 ? step * batches + b : b * steps + step) * run;
      };
      std::memcpy(args.output(0).data + at(t), args.input(0).data + at(from), run);
    }
  return {};
}

Result<std::vector<TensorType>> infer_trilu(const InferArgs& args) {
  if (args.input(0).shape.rank() < 2)
    return fail(ErrorKind::kInvalid, "rank {} is no matrix", args.input(0).shape.rank());
  if (args.has_input(1) && (args.input(1).dtype != DType::kI64 || args.input(1).elements() != 1))
    return fail(ErrorKind::kInvalid, "k is {}, not one i64", args.input(1).to_string());
  return same_as_input(args);
}

Status run_trilu(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const std::int64_t rows = shape[shape.rank() - 2], columns = shape[shape.rank() - 1];
  std::int64_t k = args.has_input(1) ? args.input(1).as<std::int64_t>()[0] : 0;
  k = std::clamp(k, -rows - 1, columns + 1);
  const bool upper = args.attributes.integer("upper", 1) != 0;
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0));
    Word* y = words<Word>(args.output(0));
    for (std::int64_t i = 0; i < args.input(0).type.elements(); ++i) {
      const std::int64_t column = i % columns, row = i / columns % rows;
      const bool kept = upper ? column - row >= k : column - row <= k;
      y[i] = kept ? x[i] : Word{};
    }
  });
  return {};
}

}  // namespace

extern const Operator kReverseSequence, kTrilu;
const Operator kReverseSequence = {.name = "ReverseSequence",
                                   .inputs_min = 2,
                                   .inputs_max = 2,
                                   .opset_min = 10,
                                   .infer = infer_reverse,
                                   .run = run_reverse};
const Operator kTrilu = {.name = "Trilu", .inputs_max = 2, .opset_min = 14, .infer = infer_trilu, .run = run_trilu};

}  // namespace hedge::op

// hedge.Pick: channels of several tensors, in any order: what is left of Concat, Slice, Split, Gather and shuffles of
// the last axis once they are taken together.
//   x_k [..., C_k] of one type -> [..., channels]; attribute channels: indices into the last axes, one after the other.
#include "op/operator.h"
#include "op/shape/element_copy.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_pick(const InferArgs& args) {
  TensorType type = args.input(0);
  const int last = type.shape.rank() - 1;
  if (last < 0) return fail(ErrorKind::kInvalid, "a scalar has no channels");
  std::int64_t total = 0;
  for (const TensorType& x : args.inputs) {
    bool fits = x.dtype == type.dtype && x.shape.rank() == last + 1;
    for (int axis = 0; fits && axis < last; ++axis) fits = x.shape[axis] == type.shape[axis];
    if (!fits) return fail(ErrorKind::kInvalid, "{} and {} are not alike", type.to_string(), x.to_string());
    total += x.shape[last];
  }
  const auto channels = args.attributes.integers("channels");
  for (const std::int64_t channel : channels)
    if (channel < 0 || channel >= total) return fail(ErrorKind::kInvalid, "channel {} of {}", channel, total);
  std::vector<std::int64_t> dims(type.shape.begin(), type.shape.end());
  dims.back() = std::ssize(channels);
  type.shape = TRY(Shape::create(dims));
  return std::vector{type};
}

Status run(const RunArgs& args) {
  const auto channels = args.attributes.integers("channels");
  const Shape& shape = args.output(0).shape();
  const int last = shape.rank() - 1;
  const std::int64_t rows = shape.elements(0, last);
  with_element_size(args.output(0).dtype(), [&]<class Word>() {
    Word* y = words<Word>(args.output(0));
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t channel : channels) {
        std::size_t k = 0;
        for (; channel >= args.inputs[k].shape()[last]; ++k) channel -= args.inputs[k].shape()[last];
        *y++ = words<Word>(args.inputs[k])[row * args.inputs[k].shape()[last] + channel];
      }
  });
  return {};
}

}  // namespace

extern const Operator kHedgePick;
const Operator kHedgePick = {
    .domain = kHedgeDomain, .name = "Pick", .inputs_max = kVariadic, .infer = infer_pick, .run = run};

}  // namespace hedge::op

// Where: x where the condition holds, else y; all three broadcast.
#include <cstring>

#include "op/broadcasting.h"
#include "op/operator.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_where(const InferArgs& args) {
  if (args.input(0).dtype != DType::kBool) return fail(ErrorKind::kInvalid, "the condition is not bool");
  if (args.input(1).dtype != args.input(2).dtype)
    return fail(ErrorKind::kInvalid, "operands {} and {}", args.input(1).to_string(), args.input(2).to_string());
  const Shape values = TRY(tensor::broadcast(args.input(1).shape, args.input(2).shape));
  return std::vector{TensorType{args.input(1).dtype, TRY(tensor::broadcast(args.input(0).shape, values))}};
}

Status run(const RunArgs& args) {
  const Shape& shape = args.output(0).shape();
  const std::size_t size = tensor::size_of(args.output(0).dtype());
  const auto condition = args.input(0).as<bool>();
  std::byte* out = args.output(0).data;
  const std::array strides{broadcast_strides(args.input(0).shape(), shape),
                           broadcast_strides(args.input(1).shape(), shape),
                           broadcast_strides(args.input(2).shape(), shape)};
  for_each_broadcast(shape, strides, [&](std::int64_t index, const auto& at) {
    const int chosen = condition[static_cast<std::size_t>(at[0])] ? 1 : 2;
    std::memcpy(out + static_cast<std::size_t>(index) * size,
                args.input(chosen).data + static_cast<std::size_t>(at[static_cast<std::size_t>(chosen)]) * size, size);
  });
  return {};
}

}  // namespace

extern const Operator kWhere;
const Operator kWhere = {
    .name = "Where", .inputs_min = 3, .inputs_max = 3, .opset_min = 9, .infer = infer_where, .run = run};

}  // namespace hedge::op

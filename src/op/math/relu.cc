// Relu: max(x, 0). https://onnx.ai/onnx/operators/onnx__Relu.html
#include "op/dispatch.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

Status run(const RunArgs& args) {
  return visit_dtype<NumericTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] > T{} ? x[i] : T{};
  });
}

}  // namespace

extern const Operator kRelu;
const Operator kRelu = {.name = "Relu", .infer = same_as_input, .run = run};

}  // namespace hedge::op

// Clip: bounds as attributes (before opset 11) or optional scalar inputs.
#include <limits>

#include "op/math/elementwise.h"
#include "op/math/wrap.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_clip(const InferArgs& args) {
  for (const int bound : {1, 2})
    if (args.has_input(bound) && (args.input(bound).elements() != 1 || args.input(bound).dtype != args.input(0).dtype))
      return fail(ErrorKind::kInvalid, "a bound is {}, not one {}", args.input(bound).to_string(),
                  tensor::to_string(args.input(0).dtype));
  return std::vector{args.input(0)};
}

template <class C>
C bound(float value) {
  if constexpr (std::is_integral_v<C>)
    return saturate_cast<C>(value);
  else
    return static_cast<C>(value);
}

Status run(const RunArgs& args) {
  return visit_dtype<NumericTypes>(args.input(0).dtype(), [&]<class T>() {
    using C = Compute<T>;
    C low = std::numeric_limits<C>::lowest(), high = std::numeric_limits<C>::max();
    if (args.opset < 11) {
      if (args.attributes.has("min")) low = bound<C>(args.attributes.real("min", 0));
      if (args.attributes.has("max")) high = bound<C>(args.attributes.real("max", 0));
    }
    if (args.has_input(1)) low = static_cast<C>(args.input(1).as<T>()[0]);
    if (args.has_input(2)) high = static_cast<C>(args.input(2).as<T>()[0]);
    // min(max(x, low), high): where the bounds cross, the upper one wins.
    (void)map_unary<Types<T>>(args, [&](auto x) {
      const auto raised = x < low ? low : x;
      return raised > high ? high : raised;
    });
  });
}

}  // namespace

extern const Operator kClip;
const Operator kClip = {.name = "Clip", .inputs_max = 3, .infer = infer_clip, .run = run};

}  // namespace hedge::op

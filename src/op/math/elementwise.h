// One-argument and two-argument functions applied element by element: the loop once, the function as a parameter.
#pragma once

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/shape_rules.h"

namespace hedge::op {

/// y[i] = f(x[i]), computed in Compute<T>. Output 0 has the dtype of input 0.
template <class List, class F>
Status map_unary(const RunArgs& args, F f) {
  return visit_dtype<List>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).template as<T>();
    const auto y = args.output(0).template as<T>();
    for (std::size_t i = 0; i < x.size(); ++i)
      y[i] = static_cast<T>(static_cast<Compute<T>>(f(static_cast<Compute<T>>(x[i]))));
  });
}

/// out[i] = f(a, b) over the broadcast shape; `Out` is void for an output of the inputs' type.
template <class List, class Out = void, class F>
Status map_binary(const RunArgs& args, F f) {
  return visit_dtype<List>(args.input(0).dtype(), [&]<class T>() {
    using Result = std::conditional_t<std::is_void_v<Out>, T, Out>;
    const auto a = args.input(0).template as<T>();
    const auto b = args.input(1).template as<T>();
    const auto y = args.output(0).template as<Result>();
    const auto one = [&](std::size_t i, std::size_t j) {
      return static_cast<Result>(f(static_cast<Compute<T>>(a[i]), static_cast<Compute<T>>(b[j])));
    };
    const Shape& shape = args.output(0).shape();
    if (args.input(0).shape() == args.input(1).shape()) {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = one(i, i);
      return;
    }
    const std::array strides{broadcast_strides(args.input(0).shape(), shape),
                             broadcast_strides(args.input(1).shape(), shape)};
    for_each_broadcast(shape, strides, [&](std::int64_t index, const auto& at) {
      y[static_cast<std::size_t>(index)] = one(static_cast<std::size_t>(at[0]), static_cast<std::size_t>(at[1]));
    });
  });
}

/// An operator of one input and no attributes. F is a captureless lambda.
template <class List, auto F>
constexpr Operator unary(std::string_view name, int opset_min = 1) {
  return {.name = name, .opset_min = opset_min, .infer = same_as_input, .run = [](const RunArgs& args) {
            return map_unary<List>(args, F);
          }};
}

/// An operator of two broadcast inputs whose output has their type.
template <class List, auto F>
constexpr Operator binary(std::string_view name, int opset_min = 1) {
  return {.name = name,
          .inputs_min = 2,
          .inputs_max = 2,
          .opset_min = opset_min,
          .infer = broadcast_inputs,
          .run = [](const RunArgs& args) { return map_binary<List>(args, F); }};
}

/// An operator of two broadcast inputs whose output is bool.
template <class List, auto F>
constexpr Operator predicate(std::string_view name, int opset_min = 1) {
  return {.name = name,
          .inputs_min = 2,
          .inputs_max = 2,
          .opset_min = opset_min,
          .infer = broadcast_to_bool,
          .run = [](const RunArgs& args) { return map_binary<List, bool>(args, F); }};
}

}  // namespace hedge::op

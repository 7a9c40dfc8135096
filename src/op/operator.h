// What an operator is: a schema, a shape rule and a plain reference kernel. One operator, one small file.
//
// Operators know tensors and attributes but no graph, so the graph's interpreter, shape inference, the constant folder
// and the engine's last resort (the `ref` kernel of a step) all use the same three functions. docs/adr/0001.
//
// To add one: write src/op/<group>/<name>.cc with `const Operator kName = {...}`, list it in that group's catalog.cc,
// and run the conformance tests (CONTRIBUTING.md has the recipe).
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "op/attributes.h"
#include "op/scratch.h"
#include "tensor/tensor.h"

namespace hedge::op {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using tensor::ConstTensorView;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::TensorType;
using tensor::TensorView;

/// Domain of the operators that the compiler introduces (NHWC, fused). ONNX's own domain is "".
inline constexpr std::string_view kHedgeDomain = "hedge";

/// What a shape rule sees. Absent optional inputs have dtype kUndefined.
struct InferArgs {
  const Attributes& attributes;
  int opset;
  std::span<const TensorType> inputs;
  std::span<const Tensor* const> constants;  ///< same length as inputs; null where the value is not known
  int output_count;

  bool has_input(int index) const {
    return index < static_cast<int>(inputs.size()) &&
           inputs[static_cast<std::size_t>(index)].dtype != DType::kUndefined;
  }
  const TensorType& input(int index) const { return inputs[static_cast<std::size_t>(index)]; }
  /// The value of an input that decides the output's shape; kUnsupported, naming `what`, where it is not a constant.
  Result<const Tensor*> constant(int index, std::string_view what) const;
};

/// What a reference kernel sees. Outputs are allocated by the caller as the shape rule said; an output that nobody
/// wants has a null data pointer.
struct RunArgs {
  const Attributes& attributes;
  int opset;
  std::span<const ConstTensorView> inputs;
  std::span<const TensorView> outputs;
  Scratch& scratch;

  bool has_input(int index) const {
    return index < static_cast<int>(inputs.size()) && inputs[static_cast<std::size_t>(index)].present();
  }
  bool has_output(int index) const {
    return index < static_cast<int>(outputs.size()) && outputs[static_cast<std::size_t>(index)].data != nullptr;
  }
  const ConstTensorView& input(int index) const { return inputs[static_cast<std::size_t>(index)]; }
  const TensorView& output(int index) const { return outputs[static_cast<std::size_t>(index)]; }
};

/// One type per output (output_count of them, types of unwanted trailing outputs included).
using InferFn = Result<std::vector<TensorType>> (*)(const InferArgs&);
/// Values from outside (indices, axes given as tensors) are checked here and give kInvalid: never undefined behaviour.
using RunFn = Status (*)(const RunArgs&);
/// For operators whose output shape depends on values (NonZero, NonMaxSuppression): allocates its outputs itself.
using RunDynamicFn = Result<std::vector<Tensor>> (*)(const RunArgs&);
/// Bytes of scratch that `run` will take for operands of these types.
using ScratchFn = std::size_t (*)(const InferArgs&);

struct Operator {
  std::string_view domain = "";
  std::string_view name;
  int inputs_min = 1;
  int inputs_max = 1;
  int outputs_min = 1;
  int outputs_max = 1;
  int opset_min = 1;  ///< first opset of this domain in which the operator exists
  InferFn infer = nullptr;
  RunFn run = nullptr;
  RunDynamicFn run_dynamic = nullptr;  ///< set instead of run; infer then fails with kUnsupported
  ScratchFn scratch_bytes = nullptr;   ///< null: none
};

inline constexpr int kVariadic = 1 << 16;  ///< inputs_max of Concat, Sum, Max, ...

/// Null where Hedge does not know the operator. "ai.onnx" is the same domain as "".
const Operator* find(std::string_view domain, std::string_view name);
/// All operators, sorted by domain and name: for `hedge inspect --operators` and the docs.
std::vector<const Operator*> all();

/// Checks the counts of the schema, then asks the shape rule. Errors name the operator.
Result<std::vector<TensorType>> infer(const Operator& operation, const InferArgs& args);

}  // namespace hedge::op

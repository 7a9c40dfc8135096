// Gemm: alpha * A' * B' + beta * C, where ' is an optional transposition and C broadcasts.
#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/nn/matrix_product.h"

namespace hedge::op {
namespace {

Result<MatrixSize> size_of_product(const Attributes& attributes, const Shape& a, const Shape& b) {
  if (a.rank() != 2 || b.rank() != 2) return fail(ErrorKind::kInvalid, "{} times {}", a.to_string(), b.to_string());
  const bool trans_a = attributes.integer("transA", 0) != 0, trans_b = attributes.integer("transB", 0) != 0;
  const MatrixSize size{a[trans_a ? 1 : 0], b[trans_b ? 0 : 1], a[trans_a ? 0 : 1]};
  if (b[trans_b ? 1 : 0] != size.k) return fail(ErrorKind::kInvalid, "{} times {}", a.to_string(), b.to_string());
  return size;
}

Result<std::vector<TensorType>> infer_gemm(const InferArgs& args) {
  const MatrixSize size = TRY(size_of_product(args.attributes, args.input(0).shape, args.input(1).shape));
  const std::int64_t dims[] = {size.m, size.n};
  const Shape shape = TRY(Shape::create(dims));
  const DType dtype = args.input(0).dtype;
  if (args.input(1).dtype != dtype) return fail(ErrorKind::kInvalid, "operands differ in type");
  if (args.has_input(2)) {
    const Shape both = TRY(tensor::broadcast(shape, args.input(2).shape));
    if (!(both == shape) || args.input(2).dtype != dtype)
      return fail(ErrorKind::kInvalid, "C {} does not broadcast to {}", args.input(2).to_string(), shape.to_string());
  }
  return std::vector{TensorType{dtype, shape}};
}

Status run(const RunArgs& args) {
  const MatrixSize size = TRY(size_of_product(args.attributes, args.input(0).shape(), args.input(1).shape()));
  const bool trans_a = args.attributes.integer("transA", 0) != 0, trans_b = args.attributes.integer("transB", 0) != 0;
  return visit_dtype<Types<float, double>>(args.input(0).dtype(), [&]<class T>() {
    const auto alpha = static_cast<T>(args.attributes.real("alpha", 1)),
               beta = static_cast<T>(args.attributes.real("beta", 1));
    const auto y = args.output(0).as<T>();
    for (T& value : y) value = T{};
    add_product(size, args.input(0).as<T>().data(), trans_a ? 1 : size.k, trans_a ? size.m : 1,
                args.input(1).as<T>().data(), trans_b ? 1 : size.n, trans_b ? size.k : 1, y.data());
    for (T& value : y) value *= alpha;
    if (!args.has_input(2)) return;
    const std::array<Strides, 1> strides{broadcast_strides(args.input(2).shape(), args.output(0).shape())};
    const auto c = args.input(2).as<T>();
    for_each_broadcast(args.output(0).shape(), strides, [&](std::int64_t index, const auto& at) {
      y[static_cast<std::size_t>(index)] += beta * c[static_cast<std::size_t>(at[0])];
    });
  });
}

}  // namespace

extern const Operator kGemm;
const Operator kGemm = {.name = "Gemm", .inputs_min = 2, .inputs_max = 3, .infer = infer_gemm, .run = run};

}  // namespace hedge::op

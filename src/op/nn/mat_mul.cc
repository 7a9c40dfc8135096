// MatMul: NumPy's matrix product with broadcast batches; one-dimensional operands are a row or a column.
#include "op/nn/mat_mul_shape.h"

#include <algorithm>

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/nn/matrix_product.h"

namespace hedge::op {

Result<MatMulShape> mat_mul_shape(const Shape& a, const Shape& b) {
  if (a.rank() == 0 || b.rank() == 0) return fail(ErrorKind::kInvalid, "a scalar is no matrix");
  MatMulShape shape;
  const bool row = a.rank() == 1, column = b.rank() == 1;
  shape.m = row ? 1 : a[a.rank() - 2];
  shape.k = a[a.rank() - 1];
  shape.n = column ? 1 : b[b.rank() - 1];
  const std::int64_t b_k = column ? b[0] : b[b.rank() - 2];
  if (shape.k != b_k) return fail(ErrorKind::kInvalid, "{} times {}", a.to_string(), b.to_string());
  const auto batch_of = [](const Shape& s) {
    return Shape(s.dims().first(static_cast<std::size_t>(std::max(0, s.rank() - 2))));
  };
  shape.a_batch = batch_of(a);
  shape.b_batch = batch_of(b);
  shape.batch = TRY(tensor::broadcast(shape.a_batch, shape.b_batch));
  std::vector<std::int64_t> dims(shape.batch.begin(), shape.batch.end());
  if (!row) dims.push_back(shape.m);
  if (!column) dims.push_back(shape.n);
  shape.output = TRY(Shape::create(dims));
  return shape;
}

namespace {

Result<std::vector<TensorType>> infer_mat_mul(const InferArgs& args) {
  if (args.input(0).dtype != args.input(1).dtype)
    return fail(ErrorKind::kInvalid, "{} times {}", args.input(0).to_string(), args.input(1).to_string());
  return std::vector{
      TensorType{args.input(0).dtype, TRY(mat_mul_shape(args.input(0).shape, args.input(1).shape)).output}};
}

Status run(const RunArgs& args) {
  const MatMulShape shape = TRY(mat_mul_shape(args.input(0).shape(), args.input(1).shape()));
  using ProductTypes = Types<float, double, std::uint32_t, std::uint64_t>;
  // Signed integers wrap: multiplied as unsigned, the bits are the same.
  DType dtype = args.input(0).dtype();
  if (dtype == DType::kI32) dtype = DType::kU32;
  if (dtype == DType::kI64) dtype = DType::kU64;
  const std::array<Strides, 2> strides{broadcast_strides(shape.a_batch, shape.batch),
                                       broadcast_strides(shape.b_batch, shape.batch)};
  return visit_dtype<ProductTypes>(dtype, [&]<class T>() {
    const T* a = reinterpret_cast<const T*>(args.input(0).data);
    const T* b = reinterpret_cast<const T*>(args.input(1).data);
    T* y = reinterpret_cast<T*>(args.output(0).data);
    std::fill_n(y, args.output(0).type.elements(), T{});
    if (args.output(0).type.elements() == 0) return;
    for_each_broadcast(shape.batch, strides, [&](std::int64_t batch, const auto& at) {
      add_product({shape.m, shape.n, shape.k}, a + at[0] * shape.m * shape.k, shape.k, 1, b + at[1] * shape.k * shape.n,
                  shape.n, 1, y + batch * shape.m * shape.n);
    });
  });
}

}  // namespace

extern const Operator kMatMul;
const Operator kMatMul = {.name = "MatMul", .inputs_min = 2, .inputs_max = 2, .infer = infer_mat_mul, .run = run};

}  // namespace hedge::op

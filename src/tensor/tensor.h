// Dense row-major tensors: an owning Tensor, and views that borrow (the engine's arena, a map, a Tensor).
#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.h"
#include "base/check.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace hedge::tensor {

struct TensorType {
  DType dtype = DType::kUndefined;
  Shape shape;

  std::int64_t elements() const { return shape.elements(); }
  std::size_t size_bytes() const { return static_cast<std::size_t>(elements()) * size_of(dtype); }
  bool operator==(const TensorType&) const = default;
  std::string to_string() const;  ///< "f32[1x3x224x224]"
};

/// Borrowed, mutable. `data` is null for an absent optional operand.
struct TensorView {
  TensorType type;
  std::byte* data = nullptr;

  template <class T>
  std::span<T> as() const {
    HEDGE_CHECK(type.dtype == kDTypeOf<T>);
    return {reinterpret_cast<T*>(data), static_cast<std::size_t>(type.elements())};
  }
  const Shape& shape() const { return type.shape; }
  DType dtype() const { return type.dtype; }
};

/// Borrowed, read-only. `data` is null for an absent optional operand.
struct ConstTensorView {
  TensorType type;
  const std::byte* data = nullptr;

  ConstTensorView() = default;
  ConstTensorView(TensorType tensor_type, const std::byte* bytes) : type(tensor_type), data(bytes) {}
  ConstTensorView(const TensorView& view) : type(view.type), data(view.data) {}  // NOLINT: a view narrows freely

  bool present() const { return type.dtype != DType::kUndefined; }
  template <class T>
  std::span<const T> as() const {
    HEDGE_CHECK(type.dtype == kDTypeOf<T>);
    return {reinterpret_cast<const T*>(data), static_cast<std::size_t>(type.elements())};
  }
  const Shape& shape() const { return type.shape; }
  DType dtype() const { return type.dtype; }
};

/// Owning, zero-filled, aligned to 64 bytes, copied deeply.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(TensorType type) : type_(type), buffer_(type.size_bytes()) {}
  Tensor(DType dtype, Shape shape) : Tensor(TensorType{dtype, shape}) {}
  template <class T>
  static Tensor of(Shape shape, std::span<const T> values) {
    Tensor tensor(kDTypeOf<T>, shape);
    HEDGE_CHECK(values.size() == tensor.as<T>().size());
    std::copy(values.begin(), values.end(), tensor.as<T>().begin());
    return tensor;
  }
  template <class T>
  static Tensor of(Shape shape, std::initializer_list<T> values) {
    return of<T>(shape, std::span<const T>(values.begin(), values.size()));
  }
  template <class T>
  static Tensor scalar(T value) {
    return of<T>(Shape{}, {value});
  }
  static Tensor copy_of(const ConstTensorView& view);

  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;
  Tensor(const Tensor& other) : Tensor(copy_of(other.view())) {}
  Tensor& operator=(const Tensor& other) { return *this = copy_of(other.view()); }

  const TensorType& type() const { return type_; }
  const Shape& shape() const { return type_.shape; }
  DType dtype() const { return type_.dtype; }
  TensorView view() { return {type_, buffer_.data()}; }
  ConstTensorView view() const { return {type_, buffer_.data()}; }
  std::span<std::byte> bytes() { return buffer_.span(); }
  std::span<const std::byte> bytes() const { return buffer_.span(); }
  template <class T>
  std::span<T> as() {
    return view().as<T>();
  }
  template <class T>
  std::span<const T> as() const {
    return view().as<T>();
  }
  /// The same elements seen under another shape of as many elements.
  Tensor reshaped(Shape shape) &&;

 private:
  TensorType type_;
  base::AlignedBuffer buffer_;
};

}  // namespace hedge::tensor

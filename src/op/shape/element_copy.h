// Copies single elements of any dtype: 1, 2, 4 or 8 bytes at an index.
#pragma once

#include <cstdint>
#include <cstring>

#include "tensor/tensor.h"

namespace hedge::op {

/// Calls body with a type of the dtype's size, so that the copy inside compiles to one move.
template <class Body>
void with_element_size(tensor::DType dtype, Body&& body) {
  switch (tensor::size_of(dtype)) {
    case 1: return body.template operator()<std::uint8_t>();
    case 2: return body.template operator()<std::uint16_t>();
    case 4: return body.template operator()<std::uint32_t>();
    default: return body.template operator()<std::uint64_t>();
  }
}

/// Bytes of a view as elements of an unsigned type of the same size.
template <class Word>
const Word* words(const tensor::ConstTensorView& view) {
  return reinterpret_cast<const Word*>(view.data);
}
template <class Word>
Word* words(const tensor::TensorView& view) {
  return reinterpret_cast<Word*>(view.data);
}

}  // namespace hedge::op

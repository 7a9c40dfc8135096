// Arithmetic of axis permutations. y = Transpose(x, perm): y's axis k is x's axis perm[k].
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/shape.h"

namespace hedge::compile {

using Permutation = std::vector<std::int64_t>;

inline bool is_identity(const Permutation& perm) { return std::ranges::is_sorted(perm); }

/// First `first`, then `second`.
inline Permutation compose(const Permutation& first, const Permutation& second) {
  Permutation both;
  for (const std::int64_t axis : second) both.push_back(first[static_cast<std::size_t>(axis)]);
  return both;
}

inline Permutation inverse(const Permutation& perm) {
  Permutation result(perm.size());
  for (std::size_t k = 0; k < perm.size(); ++k)
    result[static_cast<std::size_t>(perm[k])] = static_cast<std::int64_t>(k);
  return result;
}

inline tensor::Shape permuted(const tensor::Shape& shape, const Permutation& perm) {
  tensor::Shape result;
  for (const std::int64_t axis : perm) result.push_back(shape[static_cast<int>(axis)]);
  return result;
}

/// Only axes of size 1 change place: the bytes stay where they are.
inline bool moves_no_bytes(const tensor::Shape& x, const Permutation& perm) {
  std::int64_t last = -1;
  for (const std::int64_t axis : perm) {
    if (x[static_cast<int>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

}  // namespace hedge::compile

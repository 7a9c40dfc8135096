#include "op/catalog.h"

namespace hedge::op {

extern const Operator kRelu;

Catalog math_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kRelu,
  };
  return kOperators;
}

}  // namespace hedge::op

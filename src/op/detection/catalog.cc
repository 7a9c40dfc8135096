#include "op/catalog.h"

namespace hedge::op {

extern const Operator kNonMaxSuppression, kRoiAlign;

Catalog detection_catalog() {
  static constexpr const Operator* kOperators[] = {&kNonMaxSuppression, &kRoiAlign};
  return kOperators;
}

}  // namespace hedge::op

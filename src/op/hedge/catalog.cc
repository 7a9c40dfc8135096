#include "op/catalog.h"

namespace hedge::op {

extern const Operator kHedgeConv, kHedgeGemm, kHedgeMaxPool, kHedgeAveragePool, kHedgeGlobalAveragePool, kHedgeResize,
    kHedgeSilu;

Catalog hedge_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kHedgeConv,   &kHedgeGemm, &kHedgeMaxPool, &kHedgeAveragePool, &kHedgeGlobalAveragePool,
      &kHedgeResize, &kHedgeSilu,
  };
  return kOperators;
}

}  // namespace hedge::op

#include "op/catalog.h"

namespace hedge::op {

extern const Operator kHedgeConv, kHedgeGemm, kHedgeMaxPool, kHedgeAveragePool, kHedgeGlobalAveragePool, kHedgeResize,
    kHedgeSilu;
extern const Operator kHedgeQConv, kHedgeQTable, kHedgeQAdd, kHedgeQMul, kHedgeQAveragePool, kHedgeQResize;

Catalog hedge_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kHedgeConv,   &kHedgeGemm,         &kHedgeMaxPool, &kHedgeAveragePool, &kHedgeGlobalAveragePool,
      &kHedgeResize, &kHedgeSilu,         &kHedgeQConv,   &kHedgeQTable,      &kHedgeQAdd,
      &kHedgeQMul,   &kHedgeQAveragePool, &kHedgeQResize,
  };
  return kOperators;
}

}  // namespace hedge::op

#include "op/catalog.h"

namespace hedge::op {

extern const Operator kHedgeConv, kHedgeGemm, kHedgeMaxPool, kHedgeAveragePool, kHedgeGlobalAveragePool, kHedgeResize,
    kHedgeSilu, kHedgePick, kHedgeLstm;
extern const Operator kHedgeQConv, kHedgeQTable, kHedgeQAdd, kHedgeQMul, kHedgeQAveragePool, kHedgeQResize,
    kHedgeQPixels;

Catalog hedge_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kHedgeConv,    &kHedgeGemm, &kHedgeMaxPool, &kHedgeAveragePool,  &kHedgeGlobalAveragePool,
      &kHedgeResize,  &kHedgeSilu, &kHedgePick,    &kHedgeLstm,         &kHedgeQConv,
      &kHedgeQTable,  &kHedgeQAdd, &kHedgeQMul,    &kHedgeQAveragePool, &kHedgeQResize,
      &kHedgeQPixels,
  };
  return kOperators;
}

}  // namespace hedge::op

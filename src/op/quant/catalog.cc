#include "op/catalog.h"

namespace hedge::op {

extern const Operator kQuantizeLinear, kDequantizeLinear, kDynamicQuantizeLinear;
extern const Operator kConvInteger, kQLinearConv, kMatMulInteger, kQLinearMatMul;

Catalog quant_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kQuantizeLinear, &kDequantizeLinear, &kDynamicQuantizeLinear, &kConvInteger,
      &kQLinearConv,    &kMatMulInteger,    &kQLinearMatMul,
  };
  return kOperators;
}

}  // namespace hedge::op

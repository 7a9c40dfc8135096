#include "op/catalog.h"

namespace hedge::op {

extern const Operator kConv, kConvTranspose, kMatMul, kGemm, kMaxPool, kAveragePool, kLpPool, kGlobalAveragePool;
extern const Operator kGlobalMaxPool, kGlobalLpPool, kBatchNormalization, kInstanceNormalization, kGroupNormalization;
extern const Operator kLayerNormalization, kMeanVarianceNormalization, kLpNormalization, kLrn, kResize, kUpsample;
extern const Operator kRnn, kGru, kLstm, kGridSample, kMaxUnpool;

Catalog nn_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kConv,
      &kConvTranspose,
      &kMatMul,
      &kGemm,
      &kMaxPool,
      &kAveragePool,
      &kLpPool,
      &kGlobalAveragePool,
      &kGlobalMaxPool,
      &kGlobalLpPool,
      &kBatchNormalization,
      &kInstanceNormalization,
      &kGroupNormalization,
      &kLayerNormalization,
      &kMeanVarianceNormalization,
      &kLpNormalization,
      &kLrn,
      &kResize,
      &kUpsample,
      &kRnn,
      &kGru,
      &kLstm,
      &kGridSample,
      &kMaxUnpool,
  };
  return kOperators;
}

}  // namespace hedge::op

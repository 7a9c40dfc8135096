#include "op/catalog.h"

namespace hedge::op {

extern const Operator kReduceSum, kReduceMean, kReduceMax, kReduceMin, kReduceProd, kReduceL1, kReduceL2, kReduceLogSum,
    kReduceLogSumExp, kReduceSumSquare, kArgMax, kArgMin, kTopK, kCumSum, kSoftmax, kLogSoftmax, kHardmax;

Catalog reduce_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kReduceSum, &kReduceMean,   &kReduceMax,       &kReduceMin,       &kReduceProd, &kReduceL1,
      &kReduceL2,  &kReduceLogSum, &kReduceLogSumExp, &kReduceSumSquare, &kArgMax,     &kArgMin,
      &kTopK,      &kCumSum,       &kSoftmax,         &kLogSoftmax,      &kHardmax,
  };
  return kOperators;
}

}  // namespace hedge::op

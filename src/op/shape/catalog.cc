#include "op/catalog.h"

namespace hedge::op {

extern const Operator kReshape, kFlatten, kSqueeze, kUnsqueeze, kShape, kSize, kTranspose, kExpand, kTile, kConcat,
    kSplit;
extern const Operator kSlice, kPad, kGather, kGatherElements, kGatherND, kScatter, kScatterElements, kScatterND;
extern const Operator kDepthToSpace, kSpaceToDepth, kNonZero, kCompress, kUnique, kOneHot, kReverseSequence, kTrilu,
    kEinsum;

Catalog shape_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kReshape,        &kFlatten,  &kSqueeze, &kUnsqueeze,       &kShape,           &kSize,         &kTranspose,
      &kExpand,         &kTile,     &kConcat,  &kSplit,           &kSlice,           &kPad,          &kGather,
      &kGatherElements, &kGatherND, &kScatter, &kScatterElements, &kScatterND,       &kDepthToSpace, &kSpaceToDepth,
      &kNonZero,        &kCompress, &kUnique,  &kOneHot,          &kReverseSequence, &kTrilu,        &kEinsum,
  };
  return kOperators;
}

}  // namespace hedge::op

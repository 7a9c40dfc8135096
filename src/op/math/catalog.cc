#include "op/catalog.h"

namespace hedge::op {

extern const Operator kRelu, kLeakyRelu, kElu, kSelu, kCelu, kThresholdedRelu, kHardSigmoid, kShrink, kSwish;
extern const Operator kSoftplus, kSoftsign, kSigmoid, kHardSwish, kGelu, kMish, kClip;
extern const Operator kNeg, kAbs, kSign, kFloor, kCeil, kRound, kReciprocal, kSqrt, kExp, kLog, kErf;
extern const Operator kSin, kCos, kTan, kAsin, kAcos, kAtan, kSinh, kCosh, kTanh, kAsinh, kAcosh, kAtanh;
extern const Operator kAdd, kSub, kMul, kDiv, kPow, kMod, kPRelu, kSum, kMean, kMax, kMin;
extern const Operator kBitShift, kBitwiseAnd, kBitwiseOr, kBitwiseXor, kBitwiseNot;
extern const Operator kEqual, kGreater, kGreaterOrEqual, kLess, kLessOrEqual, kAnd, kOr, kXor, kNot, kIsNaN, kIsInf;
extern const Operator kWhere, kCast, kCastLike, kIdentity, kDropout, kConstant, kConstantOfShape, kEyeLike, kRange;

Catalog math_catalog() {
  static constexpr const Operator* kOperators[] = {
      &kRelu,
      &kLeakyRelu,
      &kElu,
      &kSelu,
      &kCelu,
      &kThresholdedRelu,
      &kHardSigmoid,
      &kShrink,
      &kSwish,
      &kSoftplus,
      &kSoftsign,
      &kSigmoid,
      &kHardSwish,
      &kGelu,
      &kMish,
      &kClip,
      &kNeg,
      &kAbs,
      &kSign,
      &kFloor,
      &kCeil,
      &kRound,
      &kReciprocal,
      &kSqrt,
      &kExp,
      &kLog,
      &kErf,
      &kSin,
      &kCos,
      &kTan,
      &kAsin,
      &kAcos,
      &kAtan,
      &kSinh,
      &kCosh,
      &kTanh,
      &kAsinh,
      &kAcosh,
      &kAtanh,
      &kAdd,
      &kSub,
      &kMul,
      &kDiv,
      &kPow,
      &kMod,
      &kPRelu,
      &kSum,
      &kMean,
      &kMax,
      &kMin,
      &kBitShift,
      &kBitwiseAnd,
      &kBitwiseOr,
      &kBitwiseXor,
      &kBitwiseNot,
      &kEqual,
      &kGreater,
      &kGreaterOrEqual,
      &kLess,
      &kLessOrEqual,
      &kAnd,
      &kOr,
      &kXor,
      &kNot,
      &kIsNaN,
      &kIsInf,
      &kWhere,
      &kCast,
      &kCastLike,
      &kIdentity,
      &kDropout,
      &kConstant,
      &kConstantOfShape,
      &kEyeLike,
      &kRange,
  };
  return kOperators;
}

}  // namespace hedge::op

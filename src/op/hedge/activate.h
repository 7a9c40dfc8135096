// The activation that a fused operator's attributes name.
#pragma once

#include "kernel/activation.h"
#include "op/operator.h"

namespace hedge::op {

struct FusedActivation {
  kernel::Activation kind = kernel::Activation::kNone;
  float alpha = 0, beta = 0;
  float operator()(float x) const { return kernel::apply(kind, x, alpha, beta); }
};

inline Result<FusedActivation> fused_activation(const Attributes& attributes) {
  return FusedActivation{TRY(kernel::parse_activation(attributes.string("activation", "none"))),
                         attributes.real("alpha", 0), attributes.real("beta", 0)};
}

}  // namespace hedge::op

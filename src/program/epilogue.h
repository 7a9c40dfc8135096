// The fused epilogue that a hedge operator's attributes describe.
#pragma once

#include "kernel/table.h"
#include "op/attributes.h"

namespace hedge::program {

inline base::Result<kernel::Epilogue> epilogue_of(const op::Attributes& attributes) {
  return kernel::Epilogue{.activation = TRY(kernel::parse_activation(attributes.string("activation", "none"))),
                          .alpha = attributes.real("alpha", 0),
                          .beta = attributes.real("beta", 0),
                          .residual_last = attributes.integer("residual_after_activation", 0) != 0};
}

}  // namespace hedge::program

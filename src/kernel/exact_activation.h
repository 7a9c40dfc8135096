// The activation functions bit by bit: what every vector kernel computes for one lane.
#pragma once

#include "kernel/activation.h"

namespace hedge::kernel {

float exact_activation(Activation activation, float x, float alpha, float beta);

}  // namespace hedge::kernel

// Draws what the model said onto the picture: boxes with a label, or the best classes in a corner.
#pragma once

#include "pipeline/card.h"
#include "pipeline/picture.h"
#include "pipeline/prediction.h"

namespace hedge::pipeline {

void draw(const Prediction& prediction, const Card& card, Picture& picture);

}  // namespace hedge::pipeline

// Draws what was decided onto the picture: zones and lines, the time to collision of each track, the rules that are on.
#pragma once

#include "pipeline/picture.h"
#include "pipeline/prediction.h"
#include "pipeline/reaction.h"

namespace hedge::pipeline {

void draw_reaction(const Reaction& reaction, const Prediction& prediction, Picture& picture);

}  // namespace hedge::pipeline

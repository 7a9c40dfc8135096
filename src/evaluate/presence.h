// A dataset of boxes as one of two classes: 1 where a thing is there that is large enough, else 0. The truth for
// detectors of presence ("is there a person?"), as visual wake words derives it from COCO.
#pragma once

#include "evaluate/dataset.h"

namespace hedge::evaluate {

/// kUsage where the dataset has no boxes.
base::Result<std::unique_ptr<Dataset>> make_presence(std::unique_ptr<Dataset> boxes, const Presence& presence);

}  // namespace hedge::evaluate

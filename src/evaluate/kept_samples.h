// A dataset that keeps what it has loaded, for whoever goes over it again and again.
#pragma once

#include "evaluate/dataset.h"

namespace hedge::evaluate {

/// Keeps decoded samples while they fit into `bytes_max`; the others are loaded each time.
std::unique_ptr<Dataset> keep_samples(std::unique_ptr<Dataset> dataset, std::int64_t bytes_max = std::int64_t{1} << 30);

}  // namespace hedge::evaluate

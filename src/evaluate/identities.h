// Which number of the output stands for which thing of the truth, over the whole film, so that most boxes agree.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/result.h"

namespace hedge::evaluate {

/// In how many frames a thing of the truth and a number of the output lie on each other, by both.
using OverlapCounts = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;

/// The frames that agree where each thing has at most one number and each number at most one thing (IDTP of Ristani et
/// al. 2016, where the least errors are the most agreement). Too many numbers on each other are kResourceLimit.
base::Result<std::int64_t> identity_true_positives(const OverlapCounts& overlaps);

}  // namespace hedge::evaluate

// A range of another dataset.
#pragma once

#include "evaluate/dataset.h"

namespace hedge::evaluate {

/// Samples [skip, skip + limit) of `whole`, fewer where it ends; limit 0: to its end. kUsage where none is left.
base::Result<std::unique_ptr<Dataset>> make_subset(std::unique_ptr<Dataset> whole, std::int64_t skip,
                                                   std::int64_t limit);

}  // namespace hedge::evaluate

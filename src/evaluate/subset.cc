#include "evaluate/subset.h"

#include <algorithm>

#include "base/check.h"

namespace hedge::evaluate {
namespace {

class Subset final : public Dataset {
 public:
  Subset(std::unique_ptr<Dataset> whole, std::int64_t first, std::int64_t count)
      : whole_(std::move(whole)), first_(first), count_(count) {}

  std::int64_t count() const override { return count_; }
  base::Result<Sample> sample(std::int64_t index) const override {
    HEDGE_CHECK(index >= 0 && index < count_);
    return whole_->sample(first_ + index);
  }
  TruthKind truth() const override { return whole_->truth(); }
  std::int64_t category_id(int class_id) const override { return whole_->category_id(class_id); }

 private:
  std::unique_ptr<Dataset> whole_;
  std::int64_t first_;
  std::int64_t count_;
};

}  // namespace

base::Result<std::unique_ptr<Dataset>> make_subset(std::unique_ptr<Dataset> whole, std::int64_t skip,
                                                   std::int64_t limit) {
  if (skip < 0 || limit < 0) return base::fail(base::ErrorKind::kUsage, "--skip and --limit cannot be negative");
  if (skip == 0 && limit == 0) return whole;
  const std::int64_t left = whole->count() - skip;
  if (left <= 0)
    return base::fail(base::ErrorKind::kUsage, "--skip {}: the dataset has only {} samples", skip, whole->count());
  return std::make_unique<Subset>(std::move(whole), skip, limit == 0 ? left : std::min(limit, left));
}

}  // namespace hedge::evaluate

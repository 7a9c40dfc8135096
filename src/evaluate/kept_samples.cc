#include "evaluate/kept_samples.h"

#include <map>
#include <mutex>

namespace hedge::evaluate {
namespace {

std::int64_t bytes_of(const Sample& sample) {
  if (const auto* frame = std::get_if<media::Frame>(&sample.data))
    return static_cast<std::int64_t>(frame->stride) * frame->height;
  return static_cast<std::int64_t>(std::get<tensor::Tensor>(sample.data).bytes().size());
}

class KeptSamples final : public Dataset {
 public:
  KeptSamples(std::unique_ptr<Dataset> dataset, std::int64_t bytes_max)
      : dataset_(std::move(dataset)), bytes_left_(bytes_max) {}

  std::int64_t count() const override { return dataset_->count(); }
  TruthKind truth() const override { return dataset_->truth(); }
  std::int64_t category_id(int class_id) const override { return dataset_->category_id(class_id); }
  base::Result<Sample> sample(std::int64_t index) const override {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = kept_.find(index); found != kept_.end()) return found->second;
    }
    Sample loaded = TRY(dataset_->sample(index));
    const std::scoped_lock lock(mutex_);
    const std::int64_t bytes = bytes_of(loaded);
    if (bytes <= bytes_left_ && kept_.emplace(index, loaded).second) bytes_left_ -= bytes;
    return loaded;
  }

 private:
  std::unique_ptr<Dataset> dataset_;
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, Sample> kept_;
  mutable std::int64_t bytes_left_;
};

}  // namespace

std::unique_ptr<Dataset> keep_samples(std::unique_ptr<Dataset> dataset, std::int64_t bytes_max) {
  return std::make_unique<KeptSamples>(std::move(dataset), bytes_max);
}

}  // namespace hedge::evaluate

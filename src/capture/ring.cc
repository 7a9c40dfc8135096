#include "capture/ring.h"

#include <algorithm>
#include <cstring>

namespace hedge::capture {

void Ring::drop_oldest_group() {
  const std::int64_t next = keys_.size() > 1 ? keys_[1] : first_ + static_cast<std::int64_t>(entries_.size());
  for (; first_ < next; ++first_) {
    bytes_ -= entries_.front().size;
    entries_.pop_front();
  }
  keys_.pop_front();
}

bool Ring::push(const media::AccessUnit& unit, nanoseconds keep_from) {
  const std::scoped_lock lock(mutex_);
  const std::size_t size = unit.bytes.size();
  while (!entries_.empty() && bytes_ + size > arena_.size()) drop_oldest_group();
  if (size > arena_.size() || (entries_.empty() && !unit.key)) return false;
  const std::size_t until_end = std::min(size, arena_.size() - write_at_);
  std::memcpy(arena_.data() + write_at_, unit.bytes.data(), until_end);
  std::memcpy(arena_.data(), unit.bytes.data() + until_end, size - until_end);
  if (unit.key) keys_.push_back(first_ + static_cast<std::int64_t>(entries_.size()));
  entries_.push_back({.offset = write_at_, .size = size, .time = unit.time, .key = unit.key});
  write_at_ = (write_at_ + size) % arena_.size();
  bytes_ += size;
  // The second group begins early enough: the first is not needed.
  while (keys_.size() > 1 && entries_[static_cast<std::size_t>(keys_[1] - first_)].time <= keep_from)
    drop_oldest_group();
  return true;
}

void Ring::clear() {
  const std::scoped_lock lock(mutex_);
  while (!entries_.empty()) drop_oldest_group();
  ++first_;  // who waits at the end is overtaken as well: what follows is another video
}

std::optional<std::int64_t> Ring::find(nanoseconds time) const {
  const std::scoped_lock lock(mutex_);
  if (keys_.empty()) return std::nullopt;
  const auto later = std::ranges::find_if(
      keys_, [&](std::int64_t key) { return entries_[static_cast<std::size_t>(key - first_)].time > time; });
  return later == keys_.begin() ? keys_.front() : *(later - 1);
}

Ring::Read Ring::read(std::int64_t cursor, Unit& unit) const {
  const std::scoped_lock lock(mutex_);
  if (cursor < first_) return Read::kOvertaken;
  const auto index = static_cast<std::size_t>(cursor - first_);
  if (index >= entries_.size()) return Read::kNotYet;
  const Entry& entry = entries_[index];
  unit.bytes.resize(entry.size);
  const std::size_t until_end = std::min(entry.size, arena_.size() - entry.offset);
  std::memcpy(unit.bytes.data(), arena_.data() + entry.offset, until_end);
  std::memcpy(unit.bytes.data() + until_end, arena_.data(), entry.size - until_end);
  unit.time = entry.time;
  unit.key = entry.key;
  return Read::kUnit;
}

Ring::Extent Ring::extent() const {
  const std::scoped_lock lock(mutex_);
  if (entries_.empty()) return {};
  return {.bytes = bytes_,
          .units = static_cast<std::int64_t>(entries_.size()),
          .begin = entries_.front().time,
          .end = entries_.back().time};
}

}  // namespace hedge::capture

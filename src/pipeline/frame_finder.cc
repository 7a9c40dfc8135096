#include "pipeline/frame_finder.h"

#include "format/log_directory.h"

namespace hedge::pipeline {

using base::ErrorKind;
using base::fail;
using base::Result;
using media::Frame;

namespace {

/// Reads on until the source's frame `index`; nothing at its end.
Result<bool> advance(media::Source& source, std::int64_t index, std::optional<Frame>& at) {
  while (!at || at->index < index) {
    at = TRY(source.next());
    if (!at) return false;
  }
  return at->index == index;
}

}  // namespace

FrameFinder::FrameFinder(std::filesystem::path directory, const format::LogRun& run, std::string source)
    : directory_(std::move(directory)),
      source_name_(source.empty() ? run.source : std::move(source)),
      source_given_(source_name_ != run.source),
      source_is_live_(run.source_is_live) {
  options_.loop = run.source_loops;
  options_.every_frame = true;
}

Result<std::optional<Frame>> FrameFinder::from_segment(const format::LogFrame& wanted) {
  if (segment_ != wanted.segment) {
    segment_ = wanted.segment;
    at_segment_.reset();
    segment_source_.reset();
    const auto path = format::segment_path(directory_, wanted.segment);
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return std::optional<Frame>();
    auto opened = media::open_source(path.string(), options_);
    if (!opened) return std::optional<Frame>();  // cut off before its first picture
    segment_source_ = std::move(*opened);
  }
  if (segment_source_ == nullptr) return std::optional<Frame>();
  const auto found = advance(*segment_source_, wanted.ordinal, at_segment_);
  if (!found || !*found) {  // it was cut off, and what is behind that cannot be read
    segment_source_.reset();
    return std::optional<Frame>();
  }
  return at_segment_;
}

Result<std::optional<Frame>> FrameFinder::from_source(const format::LogFrame& wanted) {
  if (source_is_live_ && !source_given_) return std::optional<Frame>();
  if (source_ == nullptr) source_ = TRY(media::open_source(source_name_, options_));
  if (at_source_ && at_source_->index > wanted.index)
    return fail(ErrorKind::kInvalid, "the log goes back from frame {} to {}", at_source_->index, wanted.index);
  if (!TRY(advance(*source_, wanted.index, at_source_)))
    return fail(ErrorKind::kInvalid, "{}: has no frame {}, which the log decided on: is it another file?", source_name_,
                wanted.index);
  return at_source_;
}

Result<std::optional<Frame>> FrameFinder::find(const format::LogFrame& wanted) {
  std::optional<Frame> frame;
  if (wanted.segment > 0 && !source_given_) frame = TRY(from_segment(wanted));
  if (!frame) frame = TRY(from_source(wanted));
  if (!frame) return frame;
  frame->index = wanted.index;
  frame->captured = media::Clock::time_point(std::chrono::nanoseconds(wanted.captured_ns));
  frame->stream_time = std::chrono::nanoseconds(wanted.stream_ns);
  frame->time = std::chrono::nanoseconds(wanted.time_ns);
  frame->name = wanted.name;
  return frame;
}

}  // namespace hedge::pipeline

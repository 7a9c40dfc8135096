// A file as if it were another: again and again, or taken at another rate. Its times go on over the seam, so that who
// measures motion or keeps a history sees one long file.
#pragma once

#include <memory>

#include "media/source.h"

namespace hedge::media {

/// `file` with `loop` and `frames_per_second` of the options obeyed. It must deliver every frame, and be able to
/// rewind() where it loops. `stream_time` stays the position in the file.
std::unique_ptr<Source> play(std::unique_ptr<Source> file, const SourceOptions& options);

}  // namespace hedge::media

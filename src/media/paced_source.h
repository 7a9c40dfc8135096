// A file that behaves as a camera: frame k is there at the moment at which it is due, not before, and whoever comes
// late finds the newest one that is due; those before it are dropped and counted.
//
// `captured` is the moment at which the frame was due, so that a late reader, a late decoder and a late wake-up all
// count as waiting. A thread of its own decodes ahead into a few places, which hides the decoder's jitter and the jump
// back to the beginning of a file in a loop. The clock starts with the first call of next().
#pragma once

#include <memory>

#include "media/source.h"

namespace hedge::media {

/// `file` must deliver every frame, with ascending times.
std::unique_ptr<Source> pace(std::unique_ptr<Source> file, const SourceOptions& options);

}  // namespace hedge::media

// A neighbour that is as bad as neighbours get: keeps a core's vector units and the memory's bus busy.
#pragma once

#include <atomic>

namespace hedge::measure {

/// Until `stop` turns true, on the calling thread: products of bytes in the first cache, then a stream through more
/// memory than the caches hold, in turns of some milliseconds. Gives how many turns of both there were.
long burn(const std::atomic<bool>& stop);

}  // namespace hedge::measure

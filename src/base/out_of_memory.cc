#include "base/out_of_memory.h"

#include <new>

namespace hedge::base {

void out_of_memory() { throw std::bad_alloc(); }

}  // namespace hedge::base

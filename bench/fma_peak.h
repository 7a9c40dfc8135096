// What one core can do at most: multiply-adds on registers alone, no memory. Every kernel is held against it.
#pragma once

#include "kernel/isa.h"

namespace hedge::bench {

/// Multiply-adds (each counted once) a second on one core with the widest vectors of `isa`; measured for about 50 ms.
double fma_peak(kernel::IsaSet isa);

/// The same for exact products of bytes, added up in 32 bits: VPDPBUSD, or VPMADDWD and VPADDD.
double byte_peak(kernel::IsaSet isa);

}  // namespace hedge::bench

// What one core can do at most: multiply-adds on registers alone, bytes read from memory. Everything measured is held
// against these, because machines differ from day to day.
#pragma once

#include "kernel/isa.h"

namespace hedge::measure {

/// Multiply-adds (each counted once) a second on one core with the widest vectors of `isa`; measured for about 50 ms.
/// 0 where no probe is written for the processor.
double fma_peak(kernel::IsaSet isa);

/// The same for exact products of bytes, added up in 32 bits: VPDPBUSD, or VPMADDWD and VPADDD.
double byte_peak(kernel::IsaSet isa);

/// Bytes a second that one core reads from a buffer larger than the caches.
double read_bandwidth();

struct Peaks {
  double fp32_macs, int8_macs, read_bytes;  ///< a second, one core
};
Peaks measure_peaks(kernel::IsaSet isa);

}  // namespace hedge::measure

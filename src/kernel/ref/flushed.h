// For tests that must hold both ways: subnormal floats kept, or zero as in an engine (engine/flush_denormals.h).
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hedge::kernel::ref {

/// Within its scope subnormals are zero, or are not, whatever was before.
class Flushed {
 public:
#if defined(__x86_64__)
  explicit Flushed(bool wanted) : saved_(_mm_getcsr()) { _mm_setcsr(wanted ? saved_ | 0x8040 : saved_ & ~0x8040u); }
  ~Flushed() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  explicit Flushed(bool) {}
  ~Flushed() {}
#endif
};

}  // namespace hedge::kernel::ref

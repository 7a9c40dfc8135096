// Subnormal floats cost a hundred cycles each and decide nothing: they are zero while an engine runs, on all threads.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hedge::engine {

/// Sets flush-to-zero and denormals-are-zero for the calling thread, and restores what was.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(saved_); }

 private:
  static constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  unsigned saved_;

 public:
#else
  FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

}  // namespace hedge::engine

#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hedge::base {

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: internal error, please report: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace hedge::base

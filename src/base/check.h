// HEDGE_CHECK states what must be true if our own code is right. It stays on in release builds and never guards
// bytes from outside: those are checked at the border and become Errors.
#pragma once

namespace hedge::base {
[[noreturn]] void check_failed(const char* file, int line, const char* condition);
}

#define HEDGE_CHECK(condition) ((condition) ? void(0) : ::hedge::base::check_failed(__FILE__, __LINE__, #condition))

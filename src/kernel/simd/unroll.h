// Loops over registers must vanish at compile time, or the registers become memory. Both compilers are told so.
#pragma once

#if defined(__clang__)
#define HEDGE_UNROLL _Pragma("clang loop unroll(full)")
#define HEDGE_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define HEDGE_UNROLL _Pragma("GCC unroll 64")
#define HEDGE_NO_UNROLL _Pragma("GCC unroll 1")
#endif

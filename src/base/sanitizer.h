// What a sanitizer changes about the machine, for tests.
#pragma once

namespace hedge::base {

// AddressSanitizer takes mlock and mlockall from its program and says that they were granted.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kPretendsToLock = true;
#elif defined(__has_feature)
inline constexpr bool kPretendsToLock = __has_feature(address_sanitizer);
#else
inline constexpr bool kPretendsToLock = false;
#endif

}  // namespace hedge::base

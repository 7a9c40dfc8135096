// Errors are values. A Result carries either a T or an Error that says what the caller can do about it.
// Bugs are not errors: they are HEDGE_CHECKs (check.h), which stay on in release builds.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace hedge::base {

/// What the caller can do, not where it came from.
enum class ErrorKind {
  kUsage,          ///< the command line or an option is wrong: change it
  kNotFound,       ///< a file, device or name does not exist
  kInvalid,        ///< bytes or a model that break their own format: get another file
  kUnsupported,    ///< valid, but outside what Hedge does: see the message
  kResourceLimit,  ///< a bound that protects the machine was hit
  kUnavailable,    ///< may work later: camera unplugged, stream down
  kIo,             ///< the operating system refused a read or a write
};

const char* to_string(ErrorKind kind);

struct [[nodiscard]] Error {
  ErrorKind kind;
  std::string message;  ///< one line, no trailing period, says what to do where that is known
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// `return fail(ErrorKind::kInvalid, "node {}: rank {}", name, rank);`
template <class... Args>
std::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error{kind, fmt::format(text, std::forward<Args>(args)...)});
}

/// The same error with words in front that say where it happened: "file.onnx: node 'x': ...".
std::unexpected<Error> in_context(Error error, std::string_view where);

}  // namespace hedge::base

// `auto x = TRY(make());` or `TRY(check());`: returns the Error to the caller, else yields the value.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define TRY(expression)                                                       \
  __extension__({                                                             \
    auto try_result_ = (expression);                                          \
    if (!try_result_) return std::unexpected(std::move(try_result_).error()); \
    ::hedge::base::detail::take(std::move(try_result_));                      \
  })

namespace hedge::base::detail {
template <class T>
T take(Result<T>&& result) {
  return std::move(*result);
}
inline void take(Status&&) {}
}  // namespace hedge::base::detail

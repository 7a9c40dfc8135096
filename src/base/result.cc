#include "base/result.h"

namespace hedge::base {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return "usage";
    case ErrorKind::kNotFound: return "not found";
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kResourceLimit: return "resource limit";
    case ErrorKind::kUnavailable: return "unavailable";
    case ErrorKind::kIo: return "i/o";
  }
  return "error";
}

std::unexpected<Error> in_context(Error error, std::string_view where) {
  error.message = fmt::format("{}: {}", where, error.message);
  return std::unexpected(std::move(error));
}

}  // namespace hedge::base

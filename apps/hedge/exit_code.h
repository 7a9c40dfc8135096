// How a program of ours ends: documented in `hedge --help`.
#pragma once

#include "base/result.h"

namespace hedge::app {

enum ExitCode {
  kOk = 0,
  kFailed = 1,         ///< the command ran and the answer is no: outputs differ, a bar was missed
  kUsageError = 2,     ///< options
  kNotFound = 3,       ///< a file, device or name
  kInvalidInput = 4,   ///< a damaged file, a card that does not fit
  kUnsupported = 5,    ///< valid, but outside what Hedge does
  kResourceLimit = 6,  ///< a bound that protects the machine
  kUnavailable = 7,    ///< a camera or stream that is not there now
  kIoError = 8,        ///< reading or writing failed
};

inline int exit_code(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kUsage: return kUsageError;
    case base::ErrorKind::kNotFound: return kNotFound;
    case base::ErrorKind::kInvalid: return kInvalidInput;
    case base::ErrorKind::kUnsupported: return kUnsupported;
    case base::ErrorKind::kResourceLimit: return kResourceLimit;
    case base::ErrorKind::kUnavailable: return kUnavailable;
    case base::ErrorKind::kIo: return kIoError;
  }
  return kFailed;
}

}  // namespace hedge::app

// The names inside a spool, shared by who writes and who reads.
#pragma once

namespace hedge::capture {

inline constexpr const char* kEventFile = "event.json";
inline constexpr const char* kClipFile = "clip.mp4";
inline constexpr const char* kManifestFile = "manifest.json";
// Names that begin with a dot are no events.
inline constexpr const char* kComingPrefix = ".coming-";    ///< half-written
inline constexpr const char* kLeavingPrefix = ".leaving-";  ///< half-removed
inline constexpr const char* kLockFile = ".lock";           ///< held by the one who writes

}  // namespace hedge::capture

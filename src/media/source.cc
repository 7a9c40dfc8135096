#include "media/source.h"

#include <filesystem>

#include "media/gst_source.h"
#include "media/image_source.h"

namespace hedge::media {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

base::Result<std::unique_ptr<Source>> open_source(const std::string& uri, const SourceOptions& options) {
  if (uri.empty())
    return fail(ErrorKind::kUsage, "the source is empty; give a file, a directory, /dev/videoN or rtsp://");
  if (uri.find('!') != std::string::npos) return open_launch_source(uri, options);
  if (uri.starts_with("/dev/video")) return open_camera_source(uri, options);
  if (uri.starts_with("rtsp://") || uri.starts_with("rtsps://")) return open_rtsp_source(uri, options);
  const std::string path = uri.starts_with("file://") ? uri.substr(7) : uri;
  if (path.find("://") != std::string::npos)
    return fail(ErrorKind::kUsage, "{}: unknown kind of source; rtsp://, file:// and GStreamer launch strings are",
                uri);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return fail(ErrorKind::kNotFound, "{}: no such file or directory", path);
  if (fs::is_directory(path, ignored) || is_image_name(path)) return open_image_source(path, options);
  return open_file_source(path, options);
}

}  // namespace hedge::media

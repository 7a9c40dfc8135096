#include "media/source.h"

#include <filesystem>

#include "media/gst_source.h"
#include "media/image_source.h"
#include "media/paced_source.h"
#include "media/playback.h"

namespace hedge::media {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

namespace {

bool is_live(const std::string& uri) {
  return uri.find('!') != std::string::npos || uri.starts_with("/dev/video") || uri.starts_with("rtsp://") ||
         uri.starts_with("rtsps://");
}

base::Result<std::unique_ptr<Source>> open_live_source(const std::string& uri, const SourceOptions& options) {
  if (options.frames_per_second > 0)
    return fail(ErrorKind::kUsage, "{}: live, so its rate is its own: leave fps out, or set it at the source", uri);
  if (uri.find('!') != std::string::npos) return open_launch_source(uri, options);
  return uri.starts_with("/dev/video") ? open_camera_source(uri, options) : open_rtsp_source(uri, options);
}

}  // namespace

base::Result<std::unique_ptr<Source>> open_source(const std::string& uri, const SourceOptions& options) {
  if (uri.empty())
    return fail(ErrorKind::kUsage, "the source is empty; give a file, a directory, /dev/videoN or rtsp://");
  if (is_live(uri)) return open_live_source(uri, options);
  const std::string path = uri.starts_with("file://") ? uri.substr(7) : uri;
  if (path.find("://") != std::string::npos)
    return fail(ErrorKind::kUsage, "{}: unknown kind of source; rtsp://, file:// and GStreamer launch strings are",
                uri);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return fail(ErrorKind::kNotFound, "{}: no such file or directory", path);
  SourceOptions reading = options;
  if (options.realtime) reading.waiting = nullptr;  // what waits then is a thread of our own
  std::unique_ptr<Source> source = fs::is_directory(path, ignored) || is_image_name(path)
                                       ? TRY(open_image_source(path, reading))
                                       : TRY(open_file_source(path, reading));
  if (options.loop || options.frames_per_second > 0) source = play(std::move(source), options);
  return options.realtime ? pace(std::move(source), options) : std::move(source);
}

}  // namespace hedge::media

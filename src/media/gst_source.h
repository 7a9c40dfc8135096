// Moving pictures through GStreamer: files, cameras, RTSP and launch strings all end in one appsink and one mailbox.
#pragma once

#include <memory>
#include <string>

#include "media/source.h"

namespace hedge::media {

base::Result<std::unique_ptr<Source>> open_file_source(const std::string& path, const SourceOptions& options);
base::Result<std::unique_ptr<Source>> open_camera_source(const std::string& device, const SourceOptions& options);
base::Result<std::unique_ptr<Source>> open_rtsp_source(const std::string& uri, const SourceOptions& options);
base::Result<std::unique_ptr<Source>> open_launch_source(const std::string& launch, const SourceOptions& options);

}  // namespace hedge::media

// Still images: one file, or all images of a directory in the order of their names.
#pragma once

#include <memory>
#include <string>

#include "media/source.h"

namespace hedge::media {

/// From one image of a directory to the next, where nobody says how fast they were taken.
inline constexpr std::chrono::milliseconds kImageInterval{100};

bool is_image_name(const std::string& path);  ///< by extension: jpg, jpeg, png, bmp, webp, ppm, tif
base::Result<Frame> load_image(const std::string& path);
base::Result<std::unique_ptr<Source>> open_image_source(const std::string& path, const SourceOptions& options);

}  // namespace hedge::media

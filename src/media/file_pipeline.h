// A GStreamer pipeline that takes pictures and writes a file: what every writer of videos does around its encoder.
#pragma once

#include <string>

#include "base/result.h"
#include "media/gst.h"

namespace hedge::media {

class FilePipeline {
 public:
  /// What errors say behind the path.
  struct Words {
    const char* failed;      ///< "cannot write the video", before the encoder's own word
    const char* stopped;     ///< "the video encoder stopped"
    const char* unfinished;  ///< "the video could not be finished in 30 s"
  };
  /// `launch`: from an appsrc named hedge_in to a filesink named hedge_out. `background`: its threads take what others
  /// leave.
  static base::Result<FilePipeline> start(std::string path, const std::string& launch, const Words& words,
                                          bool background);
  FilePipeline(FilePipeline&&) = default;
  ~FilePipeline();

  /// The error that stands, if any.
  base::Status check() const;
  /// The next picture; the buffer becomes the pipeline's. Waits where the appsrc says so.
  base::Status push(GstBuffer* buffer);
  /// No more pictures: waits until the file is whole, 30 s at most. A second call does nothing.
  base::Status finish();

 private:
  FilePipeline(std::string path, const Words& words) : path_(std::move(path)), words_(words) {}
  base::Status to_status(const PipelineEnd& end) const;

  std::string path_;
  Words words_;
  GstPtr<GstElement> pipeline_, input_;
  bool finished_ = false;
};

}  // namespace hedge::media

// Frames in, H.264 access units out, while the stream goes on: for a ring of recent video, or for sending.
//
// Every group of pictures can be decoded alone: no B-frames, the parameter sets before each key frame. Key frames come
// by time, not by count, so that dropped frames do not make a group longer. Quality is constant, with a bound on the
// bit rate, so that seconds of video have a bounded size. The encoder's threads run in the background
// (background_thread.h): they take what inference leaves.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "media/frame.h"

namespace hedge::media {

/// One picture as Annex B bytes (start codes); a key frame begins with its parameter sets.
struct AccessUnit {
  std::span<const std::byte> bytes;
  std::chrono::nanoseconds time{0};  ///< as it was given to push()
  bool key = false;
};

struct H264EncoderOptions {
  int width = 0;   ///< pixels; odd sizes get a border of one pixel
  int height = 0;  ///< pixels
  /// Nominal; times may differ. At another rate the bit rate scales with it. (Told nothing, x264 holds each frame back
  /// until it has seen the time of the next.)
  int frames_per_second = 30;
  int kbps_max = 8000;                                ///< kbit/s, averaged over one second, at the nominal rate
  std::chrono::nanoseconds key_interval{1000000000};  ///< the next frame after this time is a key frame
  std::string element;                                ///< GStreamer's name, from choose_h264_encoder()
  /// Called in the encoder's thread, in the order of time. The bytes are valid during the call only.
  std::function<void(const AccessUnit&)> on_unit;
};

/// The element that encodes: `wanted` if it is installed and known here, or for "auto" the first of the table that is
/// installed and opens (hardware before x264enc). kUnavailable names the package to install.
base::Result<std::string> choose_h264_encoder(const std::string& wanted);

class H264Encoder {
 public:
  static base::Result<H264Encoder> create(H264EncoderOptions options);
  H264Encoder(H264Encoder&&) noexcept;
  H264Encoder& operator=(H264Encoder&&) noexcept;
  ~H264Encoder();

  /// Encodes in the background without copying the pixels; `frame.owner` keeps them. Waits while two frames are ahead.
  /// Times must rise; frames must have the size of the options.
  base::Status push(const Frame& frame, std::chrono::nanoseconds time);
  /// The next frame that is pushed becomes a key frame. From any thread.
  void force_key_frame();
  /// Waits until every frame that was pushed has come out, at most 10 s.
  base::Status finish();

 private:
  struct Impl;
  explicit H264Encoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::media

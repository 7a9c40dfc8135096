#include "media/gst.h"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>
#include <array>

#include "base/background_thread.h"

namespace hedge::media {

using base::ErrorKind;
using base::fail;

base::Status init_gstreamer() {
  static const std::string problem = [] {
    GError* error = nullptr;
    if (gst_init_check(nullptr, nullptr, &error) == 0) {
      std::string text = error != nullptr ? error->message : "unknown reason";
      g_clear_error(&error);
      return text;
    }
    if (g_getenv("GST_DEBUG") == nullptr) gst_debug_set_default_threshold(GST_LEVEL_NONE);
    g_log_set_default_handler([](const char*, GLogLevelFlags, const char*, void*) {}, nullptr);
    return std::string();
  }();
  if (!problem.empty()) return fail(ErrorKind::kUnavailable, "GStreamer does not start: {}", problem);
  return {};
}

bool has_element(const std::string& name) {
  GstElementFactory* factory = gst_element_factory_find(name.c_str());
  if (factory == nullptr) return false;
  gst_object_unref(factory);
  return true;
}

namespace {

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

base::Result<GstPtr<GstElement>> parse_launch(const std::string& description) {
  TRY(init_gstreamer());
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch_full(description.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (pipeline == nullptr || error != nullptr) {
    const std::string text = one_line(error != nullptr ? error->message : "unknown reason");
    g_clear_error(&error);
    if (pipeline != nullptr) gst_object_unref(pipeline);
    return fail(ErrorKind::kUsage, "GStreamer: {}", text);
  }
  gst_object_ref_sink(pipeline);
  return GstPtr<GstElement>(pipeline);
}

void keep_in_background(GstElement* pipeline) {
  const auto on_message = +[](GstBus*, GstMessage* message, void*) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAM_STATUS) {
      GstStreamStatusType type;
      gst_message_parse_stream_status(message, &type, nullptr);
      if (type == GST_STREAM_STATUS_TYPE_ENTER) base::run_in_background();  // the thread that enters makes this call
    }
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR || GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS)
      return GST_BUS_PASS;
    gst_message_unref(message);
    return GST_BUS_DROP;
  };
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline));
  gst_bus_set_sync_handler(bus.get(), on_message, nullptr, nullptr);
}

std::string error_text(GstMessage* message) {
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::string text = one_line(error != nullptr ? error->message : "unknown error");
  g_clear_error(&error);
  return text;
}

namespace {

/// Takes the message.
PipelineEnd end_of(GstMessage* message) {
  if (message == nullptr) return {};
  PipelineEnd end{.ended = true};
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) end.error = error_text(message);
  gst_message_unref(message);
  return end;
}

}  // namespace

PipelineEnd look_for_error(GstElement* pipeline) {
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline));
  return end_of(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
}

PipelineEnd end_stream(GstElement* pipeline, GstElement* appsrc, GstClockTime timeout) {
  gst_app_src_end_of_stream(GST_APP_SRC(appsrc));
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline));
  const auto wanted = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  return end_of(gst_bus_timed_pop_filtered(bus.get(), timeout, wanted));
}

namespace {

void release_owner(void* owner) {
  std::unique_ptr<std::shared_ptr<const void>>(static_cast<std::shared_ptr<const void>*>(owner));
}

}  // namespace

GstBuffer* borrow_pixels(const Frame& frame) {
  const auto size =
      static_cast<gsize>(frame.stride) * static_cast<gsize>(frame.height - 1) + static_cast<gsize>(frame.width) * 3;
  auto owner = std::make_unique<std::shared_ptr<const void>>(frame.owner);
  GstBuffer* buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, const_cast<std::uint8_t*>(frame.pixels),
                                                  size, 0, size, owner.release(), release_owner);
  std::array<gsize, GST_VIDEO_MAX_PLANES> offsets{};
  std::array<gint, GST_VIDEO_MAX_PLANES> strides{frame.stride};
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_BGR,
                                 static_cast<guint>(frame.width), static_cast<guint>(frame.height), 1, offsets.data(),
                                 strides.data());
  return buffer;
}

}  // namespace hedge::media

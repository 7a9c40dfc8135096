#include "media/gst.h"

#include <algorithm>

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

std::string error_text(GstMessage* message) {
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::string text = one_line(error != nullptr ? error->message : "unknown error");
  g_clear_error(&error);
  return text;
}

}  // namespace hedge::media

// GStreamer with RAII handles and a quiet terminal.
#pragma once

#include <memory>
#include <string>

#include <gst/gst.h>

#include "base/result.h"

namespace hedge::media {

struct GstUnref {
  void operator()(void* object) const { gst_object_unref(object); }
};
template <class T>
using GstPtr = std::unique_ptr<T, GstUnref>;

/// Initialises GStreamer once; its own warnings are silenced, since every failure becomes an Error of ours.
base::Status init_gstreamer();

/// Whether an element of this name is installed.
bool has_element(const std::string& name);

/// The pipeline of a launch string, or one line that says why GStreamer refused it.
base::Result<GstPtr<GstElement>> parse_launch(const std::string& description);

/// For a pipeline that encodes or writes: its threads run in the background (background_thread.h), and of its messages
/// only errors and the end stay on the bus, so that hours of others do not pile up there.
void keep_in_background(GstElement* pipeline);

/// The text of an error message on the bus: the element's own words, one line.
std::string error_text(GstMessage* message);

}  // namespace hedge::media

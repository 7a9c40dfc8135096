// GStreamer with RAII handles and a quiet terminal.
#pragma once

#include <memory>
#include <string>

#include <gst/gst.h>

#include "base/result.h"
#include "media/frame.h"

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

/// A frame's own pixels as a BGR buffer: no copy. `frame.owner` lives as long as it does.
GstBuffer* borrow_pixels(const Frame& frame);

/// What a pipeline that encodes or writes has come to.
struct PipelineEnd {
  bool ended = false;  ///< it has, well or not
  std::string error;   ///< one line; empty: none
};
/// The error that stands on its bus, if any.
PipelineEnd look_for_error(GstElement* pipeline);
/// Tells its appsrc that nothing more comes, and waits until everything has arrived or failed.
PipelineEnd end_stream(GstElement* pipeline, GstElement* appsrc, GstClockTime timeout);

}  // namespace hedge::media

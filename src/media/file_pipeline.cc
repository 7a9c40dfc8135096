#include "media/file_pipeline.h"

#include <gst/app/gstappsrc.h>

namespace hedge::media {

using base::ErrorKind;
using base::fail;

base::Result<FilePipeline> FilePipeline::start(std::string path, const std::string& launch, const Words& words,
                                               bool background) {
  FilePipeline made(std::move(path), words);
  made.pipeline_ = TRY(parse_launch(launch));
  made.input_.reset(gst_bin_get_by_name(GST_BIN(made.pipeline_.get()), "hedge_in"));
  const GstPtr<GstElement> output(gst_bin_get_by_name(GST_BIN(made.pipeline_.get()), "hedge_out"));
  g_object_set(output.get(), "location", made.path_.c_str(), nullptr);
  if (background) keep_in_background(made.pipeline_.get());
  gst_element_set_state(made.pipeline_.get(), GST_STATE_PLAYING);
  TRY(made.check());
  return made;
}

FilePipeline::~FilePipeline() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

base::Status FilePipeline::to_status(const PipelineEnd& end) const {
  if (end.error.empty()) return {};
  return fail(ErrorKind::kIo, "{}: {}: {}", path_, words_.failed, end.error);
}

base::Status FilePipeline::check() const { return to_status(look_for_error(pipeline_.get())); }

base::Status FilePipeline::push(GstBuffer* buffer) {
  if (gst_app_src_push_buffer(GST_APP_SRC(input_.get()), buffer) == GST_FLOW_OK) return {};
  TRY(check());
  return fail(ErrorKind::kIo, "{}: {}", path_, words_.stopped);
}

base::Status FilePipeline::finish() {
  if (finished_) return {};
  finished_ = true;
  const PipelineEnd end = end_stream(pipeline_.get(), input_.get(), 30 * GST_SECOND);
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  if (!end.ended) return fail(ErrorKind::kIo, "{}: {}", path_, words_.unfinished);
  return to_status(end);
}

}  // namespace hedge::media

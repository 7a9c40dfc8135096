// A decided frame in the words of the decision log: by the recorder when it happened, and by a replay, which compares.
#pragma once

#include <cstdint>
#include <span>

#include "format/decision_log.h"
#include "media/frame.h"
#include "pipeline/prediction.h"
#include "pipeline/reaction.h"
#include "pipeline/stages.h"
#include "tensor/tensor.h"

namespace hedge::pipeline {

/// Of the BGR rows without what lies between them.
std::uint64_t hash_of_picture(const media::Frame& frame);
std::uint64_t hash_of_tensor(const tensor::ConstTensorView& tensor);
/// Of the tensors' hashes, in the model's order.
std::uint64_t hash_of_outputs(std::span<const tensor::ConstTensorView> outputs);

/// Which frame it is: index, times, size, name.
void log_identity(const media::Frame& frame, format::LogFrame& log);
/// Detections, classes and tracks. Allocates only until the vectors have grown.
void log_prediction(const Prediction& prediction, format::LogFrame& log);
/// Numbers, verdict and the actuators' states; the same about allocation.
void log_reaction(const Reaction& reaction, format::LogFrame& log);
void log_times(const StageTimes& times, format::LogFrame& log);

/// Name of a logged time, for tables.
const char* to_string(format::LogTime time);

}  // namespace hedge::pipeline

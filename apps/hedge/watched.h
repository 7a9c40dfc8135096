// A pipeline with [safety] runs twice: this process becomes the watchdog, and starts itself again as the worker.
#pragma once

#include <functional>
#include <string>

#include "pipeline/pipeline_file.h"
#include "pipeline/runner.h"
#include "pipeline/supervision.h"

namespace hedge::app {

/// What can be said of the files before there are two processes, which would both say it.
using Check = std::function<base::Status()>;
/// What the worker does, under supervision.
using Worker = std::function<base::Result<int>(pipeline::Supervision&)>;

/// Call it while the process has one thread. With `isolate` the first process watches and only its child, which a
/// heartbeat in its environment tells, comes to `work`; its exit code is the result. Without it `work` is done here.
base::Result<int> run_watched(const pipeline::PipelineFile& file, const Check& check, const Worker& work);

/// How often the worker has to give a sign of life.
std::chrono::milliseconds beat_period(const guard::SafetyConfig& safety);

/// For people, at the end of a run: where the ladder stands, what was over its budget.
std::string summary(const pipeline::Supervision& supervision, const pipeline::RunReport& report);

}  // namespace hedge::app

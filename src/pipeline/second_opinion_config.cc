#include "pipeline/second_opinion_config.h"

namespace hedge::pipeline {

SecondOpinionConfig read_second_opinion(base::Section section) {
  SecondOpinionConfig config;
  std::string model, card;
  int interval_ms = static_cast<int>(config.interval.count());
  section.read("model", model, true);
  section.read("card", card);
  section.read("interval_ms", interval_ms, 0, 86'400'000);
  section.finish();
  config.model = model;
  config.card = card;
  config.interval = std::chrono::milliseconds(interval_ms);
  return config;
}

}  // namespace hedge::pipeline

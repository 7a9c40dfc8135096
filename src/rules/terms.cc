#include "rules/terms.h"

namespace hedge::rules {

const std::vector<std::string>& frame_numbers() {
  static const std::vector<std::string> names = {
      "latency_ms",        "fps",        "dropped", "misses",       "thermal_c",
      "score_mean",        "brightness", "audit",   "disagreement", "disagreement_age_ms",
      "track_disagreement"};
  return names;
}

int Terms::intern(Term term) {
  for (std::size_t k = 0; k < terms_.size(); ++k)
    if (terms_[k].quantity == term.quantity && terms_[k].index == term.index && terms_[k].window == term.window)
      return static_cast<int>(k);
  term.column = term.of_track ? track_columns_++ : frame_columns_++;
  terms_.push_back(std::move(term));
  return static_cast<int>(terms_.size()) - 1;
}

}  // namespace hedge::rules

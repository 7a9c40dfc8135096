#include "pipeline/second_opinion.h"

#include <algorithm>
#include <thread>

#include "base/background_thread.h"
#include "capture/hand_over.h"
#include "pipeline/disagreement.h"

namespace hedge::pipeline {
namespace {

/// What the first model says of a frame: of its prediction only what is compared.
struct Question {
  media::Frame frame;
  Prediction first;
};

}  // namespace

struct SecondOpinion::Impl {
  Impl(Network given, ClassMap classes, SecondOpinionOptions with)
      : network(std::move(given)), meter(std::move(classes)), options(std::move(with)) {}

  void serve();
  Answer answer(const Question& question);
  void fetch_answers();

  Network network;
  DisagreementMeter meter;
  const SecondOpinionOptions options;
  Prediction prediction;  // of the second model
  bool failed = false;

  capture::FewInOrder<Question, 1> waiting;  // its place is free while the model rests
  capture::FewInOrder<Answer, 2> answers;    // one may come while another is not yet fetched
  capture::Wakeup wakeup;
  std::atomic<bool> stopping{false};

  // Of the frame's thread.
  std::optional<std::chrono::nanoseconds> last_asked;
  Answer newest;
  SecondOpinionStats stats;
  std::thread thread;
};

SecondOpinion::Answer SecondOpinion::Impl::answer(const Question& question) {
  Answer result{.time = question.frame.time};
  if (const base::Status ran = network.answer(question.frame, prediction); !ran) {
    if (!failed && options.log) options.log("second opinion: " + ran.error().message);
    failed = true;
    return result;
  }
  failed = false;
  result.disagreement = meter(question.first, prediction);
  return result;
}

void SecondOpinion::Impl::serve() {
  base::run_when_idle();
  while (true) {
    wakeup.wait();
    if (stopping) return;
    Question* question = waiting.front();
    if (question == nullptr) continue;
    const Answer answered = answer(*question);
    question->frame = media::Frame();
    if (Answer* place = answers.free_place()) {
      *place = answered;
      answers.push();
    }
    waiting.pop();
  }
}

void SecondOpinion::Impl::fetch_answers() {
  while (const Answer* answered = answers.front()) {
    newest = *answered;
    answers.pop();
  }
}

SecondOpinion::SecondOpinion(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SecondOpinion::~SecondOpinion() {
  if (!impl_->thread.joinable()) return;
  impl_->stopping = true;
  impl_->wakeup.post();
  impl_->thread.join();
}

base::Result<std::unique_ptr<SecondOpinion>> SecondOpinion::create(Network network, const Card& first,
                                                                   SecondOpinionOptions options) {
  if (network.card.task != first.task)
    return base::fail(base::ErrorKind::kInvalid, "its model has another task than that of [pipeline]");
  auto classes = ClassMap::create(first.output.labels, network.card.output.labels);
  if (!classes)
    return base::fail(base::ErrorKind::kInvalid, "{}, so there is nothing to compare", classes.error().message);
  auto impl = std::make_unique<Impl>(std::move(network), std::move(*classes), std::move(options));
  impl->prediction.reserve(0);  // tracks: it follows nothing
  Prediction& asked = impl->waiting.places()[0].first;
  asked.reserve(0);
  asked.classes.reserve(static_cast<std::size_t>(std::max(first.output.top_k, 0)));
  if (!impl->options.at_once) impl->thread = std::thread([&impl = *impl] { impl.serve(); });
  return std::unique_ptr<SecondOpinion>(new SecondOpinion(std::move(impl)));  // NOLINT: its constructor is private
}

void SecondOpinion::consider(const media::Frame& frame, const Prediction& prediction) {
  Impl& impl = *impl_;
  impl.fetch_answers();
  if (impl.last_asked && frame.time - *impl.last_asked < impl.options.interval) return;
  Question* question = impl.waiting.free_place();
  if (question == nullptr) {
    ++impl.stats.skipped;
    return;
  }
  impl.last_asked = frame.time;
  ++impl.stats.asked;
  question->frame = frame;
  question->first.detections.assign(prediction.detections.begin(), prediction.detections.end());
  question->first.classes.assign(prediction.classes.begin(), prediction.classes.end());
  if (impl.options.at_once) {
    impl.newest = impl.answer(*question);
    question->frame = media::Frame();
    return;
  }
  impl.waiting.push();
  impl.wakeup.post();
}

SecondOpinion::Answer SecondOpinion::newest() {
  impl_->fetch_answers();
  return impl_->newest;
}

SecondOpinionStats SecondOpinion::stats() const { return impl_->stats; }

}  // namespace hedge::pipeline

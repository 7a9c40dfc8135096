// GPIO: one output line through libgpiod 1.6, held as long as the actuator lives. Not sent in set(): a line of a chip
// behind I2C or USB takes milliseconds, and nothing tells which chips those are.
#include <gpiod.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "act/link.h"

namespace hedge::act {
namespace {

using base::ErrorKind;
using base::fail;

std::optional<unsigned> as_offset(const std::string& text) {
  unsigned offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return offset;
}

class GpioLink : public Link {
 public:
  explicit GpioLink(GpioConfig config) : config_(std::move(config)), value_(config_.values.safe) {}

  base::Status connect() override {
    disconnect();
    chip_.reset(::gpiod_chip_open_lookup(config_.chip.c_str()));
    if (chip_ == nullptr) return fail(ErrorKind::kUnavailable, "{}", problem("no such chip"));
    const auto offset = as_offset(config_.line);
    line_ = offset ? ::gpiod_chip_get_line(chip_.get(), *offset)
                   : ::gpiod_chip_find_line(chip_.get(), config_.line.c_str());
    if (line_ == nullptr) return fail(ErrorKind::kUnavailable, "{}", problem("no such line"));
    const int flags = (config_.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0) |
                      (config_.open_drain ? GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN : 0);
    // An output has a value from the first moment: safe, until something else was asked for.
    if (::gpiod_line_request_output_flags(line_, "hedge", flags, value_) != 0) {
      const std::string text = problem(errno == EBUSY ? "another program holds the line" : std::strerror(errno));
      line_ = nullptr;
      return fail(ErrorKind::kUnavailable, "{}", text);
    }
    return {};
  }

  void disconnect() override {
    if (line_ != nullptr) ::gpiod_line_release(line_);
    line_ = nullptr;
    chip_.reset();
  }

  SendOutcome send(const Message& message, std::string& error) override {
    value_ = config_.values.of(message.command.state);
    if (::gpiod_line_set_value(line_, value_) == 0) return SendOutcome::kSent;
    error = problem(std::strerror(errno));
    return SendOutcome::kBroken;
  }

 private:
  struct Close {
    void operator()(gpiod_chip* chip) const { ::gpiod_chip_close(chip); }
  };

  std::string problem(const char* text) const {
    return fmt::format("gpio {} line {}: {}", config_.chip, config_.line, text);
  }

  const GpioConfig config_;
  int value_;
  std::unique_ptr<gpiod_chip, Close> chip_;
  gpiod_line* line_ = nullptr;
};

}  // namespace

std::unique_ptr<Link> create_link(const GpioConfig& config, const LinkContext& context) {
  return std::make_unique<GpioLink>(config);
}

}  // namespace hedge::act

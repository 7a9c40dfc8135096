// Webhook: POSTs a message as JSON and waits for a 2xx answer (libcurl). One connection, kept alive between messages.
#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "act/link.h"

namespace hedge::act {
namespace {

using base::ErrorKind;
using base::fail;

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

class WebhookLink : public Link {
 public:
  WebhookLink(WebhookConfig config, LinkContext context) : config_(std::move(config)), context_(std::move(context)) {}

  base::Status connect() override {
    static std::once_flag once;
    std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
    disconnect();
    multi_.reset(::curl_multi_init());
    easy_.reset(::curl_easy_init());
    if (multi_ == nullptr || easy_ == nullptr) return fail(ErrorKind::kResourceLimit, "webhook: no memory");
    curl_slist* list = ::curl_slist_append(nullptr, "Content-Type: application/json");
    for (const std::string& header : config_.headers) list = ::curl_slist_append(list, header.c_str());
    headers_.reset(list);
    CURL* easy = easy_.get();
    ::curl_easy_setopt(easy, CURLOPT_URL, config_.url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout.count()));
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "hedge");
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    if (!config_.tls_ca_file.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, config_.tls_ca_file.c_str());
    return {};
  }

  void disconnect() override {
    easy_.reset();
    multi_.reset();
    headers_.reset();
  }

  SendOutcome send(const Message& message, std::string& error) override {
    const std::string body = to_json(message, context_.name, config_.values.of(message.command.state));
    ::curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    ::curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDS, body.c_str());
    ::curl_multi_add_handle(multi_.get(), easy_.get());
    const CURLcode code = perform();
    ::curl_multi_remove_handle(multi_.get(), easy_.get());
    if (code != CURLE_OK) {
      error = fmt::format("webhook {}: {}", config_.url, ::curl_easy_strerror(code));
      return SendOutcome::kRefused;  // libcurl connects anew by itself
    }
    long status = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 == 2) return SendOutcome::kSent;
    error = fmt::format("webhook {}: the server answers {}", config_.url, status);
    return SendOutcome::kRefused;
  }

 private:
  // Through the multi interface, since only that can be told to give up.
  CURLcode perform() {
    for (int running = 1; running > 0;) {
      if (::curl_multi_perform(multi_.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (running == 0) break;
      curl_waitfd abandon{.fd = context_.abandon_fd, .events = CURL_WAIT_POLLIN, .revents = 0};
      ::curl_multi_poll(multi_.get(), &abandon, 1, 1000, nullptr);
      if (abandon.revents != 0) return CURLE_ABORTED_BY_CALLBACK;
    }
    int left = 0;
    const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left);
    return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
  }

  struct Free {
    void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
  };

  const WebhookConfig config_;
  const LinkContext context_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<CURL, Free> easy_;
};

}  // namespace

std::unique_ptr<Link> create_link(const WebhookConfig& config, const LinkContext& context) {
  return std::make_unique<WebhookLink>(config, context);
}

}  // namespace hedge::act

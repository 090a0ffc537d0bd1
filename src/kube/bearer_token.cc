#include "kube/bearer_token.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "os/file.h"
#include "os/log.h"

namespace kube {
namespace {

constexpr base::Duration kMaxAge = std::chrono::minutes(1);

BearerToken::Header header_for(std::string_view token) {
  if (token.empty()) return nullptr;
  base::Secret header;
  header.append("Bearer ");
  header.append(token);
  return std::make_shared<const base::Secret>(std::move(header));
}

}  // namespace

BearerToken::BearerToken(base::Secret token, std::string file, os::Clock& clock)
    : clock_(clock), file_(std::move(file)), header_(header_for(token.view())), read_at_(clock.boot_now()) {}

Result<BearerToken::Header> BearerToken::authorization() {
  const os::MutexLock lock(mutex_);
  const base::BootTime now = clock_.boot_now();
  if (!file_.empty() && (stale_ || now - read_at_ >= kMaxAge)) {
    const auto content = os::read_file(file_);
    const std::string_view token = content ? base::trim(content->view()) : std::string_view();
    if (!token.empty()) {
      // A watch keeps the value that it started with, so that the same token is not in memory twice.
      Header read = header_for(token);
      if (!header_ || header_->view() != read->view()) header_ = std::move(read);
    } else {
      const std::string why = content ? file_ + ": empty" : content.error();
      if (!header_) {
        Error error{Error::Code::kUnauthorized, 0, "cannot read the bearer token " + why, std::nullopt, true};
        return base::Err(std::move(error));
      }
      os::log::warn("cannot read the bearer token again; the previous one stays in use", {{"cause", why}});
    }
    stale_ = false;
    read_at_ = now;
  }
  return header_;
}

void BearerToken::refused() {
  const os::MutexLock lock(mutex_);
  stale_ = true;
}

}  // namespace kube

#include "kube/bearer_token.h"

#include <chrono>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

namespace kube {
namespace {

constexpr base::Duration kMaxAge = std::chrono::minutes(1);

base::Secret header_for(std::string_view token) {
  base::Secret header;
  if (token.empty()) return header;
  header.append("Bearer ");
  header.append(token);
  return header;
}

}  // namespace

BearerToken::BearerToken(const Config& config, base::Clock& clock)
    : clock_(clock), file_(config.token_file), header_(header_for(config.token.view())), read_at_(clock.boot_now()) {}

Result<base::Secret> BearerToken::authorization() {
  const base::MutexLock lock(mutex_);
  const base::BootTime now = clock_.boot_now();
  if (!file_.empty() && (stale_ || now - read_at_ >= kMaxAge)) {
    const auto content = base::read_file(file_);
    const std::string_view token = content ? base::trim(content->view()) : std::string_view();
    if (!token.empty()) {
      header_ = header_for(token);
    } else {
      const std::string why = content ? file_ + ": empty" : content.error();
      if (header_.empty()) {
        Error error{Error::Code::kUnauthorized, 0, "cannot read the bearer token " + why, std::nullopt, true};
        return base::Err(std::move(error));
      }
      base::log::warn("cannot read the bearer token again; the last one stays in use", {{"cause", why}});
    }
    stale_ = false;
    read_at_ = now;
  }
  return header_.clone();
}

void BearerToken::refused() {
  const base::MutexLock lock(mutex_);
  stale_ = true;
}

}  // namespace kube

#include "credentials/secret_sources.h"

#include <optional>
#include <utility>

namespace credentials {
namespace {

class AccessKeySource final : public Source {
 public:
  explicit AccessKeySource(AccessKeyText text) : read_(read_access_key(std::move(text))) {}

  Result<cloud::Credentials> fetch(std::stop_token /*stop*/) override {
    if (!read_) return base::Err(read_.error());
    // Handed out once, so that the secret key is in memory once.
    return std::exchange(read_, base::Err(Failure{Failure::Code::kInvalid, "fetched already"}));
  }

  bool renews() const override { return false; }

 private:
  Result<cloud::Credentials> read_;
};

class TokenSource final : public Source {
 public:
  TokenSource(const Ports& ports, Iam iam, std::string project_id, PasswordText text)
      : ports_(ports), iam_(std::move(iam)), project_id_(std::move(project_id)) {
    for (const auto& [part, what] : {std::pair(&text.domain, "account name"), std::pair(&text.username, "user name"),
                                     std::pair(&text.password, "password")}) {
      if (auto defect = defect_of(*part, what)) {
        defect_ = text.origin + ": " + *defect;
        return;
      }
    }
    password_ = {std::string(text.domain.value.view()), std::string(text.username.value.view()),
                 std::move(text.password.value)};
  }

  Result<cloud::Credentials> fetch(std::stop_token stop) override {
    if (!defect_.empty()) return base::Err(Failure{Failure::Code::kInvalid, defect_});
    return token_of_password(ports_, iam_, password_, project_id_, std::move(stop));
  }

  bool renews() const override { return true; }

 private:
  const Ports& ports_;
  const Iam iam_;
  const std::string project_id_;
  std::string defect_;
  Password password_;
};

}  // namespace

std::unique_ptr<Source> make_access_key_source(AccessKeyText text) {
  return std::make_unique<AccessKeySource>(std::move(text));
}

std::unique_ptr<Source> make_token_source(const Ports& ports, const Iam& iam, std::string project_id,
                                          PasswordText text) {
  return std::make_unique<TokenSource>(ports, iam, std::move(project_id), std::move(text));
}

}  // namespace credentials

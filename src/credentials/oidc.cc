#include "credentials/oidc.h"

#include <utility>

#include "base/text.h"

namespace credentials {
namespace {

constexpr const char* kTokenFile = "HUAWEICLOUD_SDK_ID_TOKEN_FILE";
constexpr const char* kIdp = "HUAWEICLOUD_SDK_IDP_ID";

class OidcSource final : public Source {
 public:
  OidcSource(const Ports& ports, Iam iam, Oidc oidc) : ports_(ports), iam_(std::move(iam)), oidc_(std::move(oidc)) {}

  Result<cloud::Credentials> fetch(std::stop_token stop) override {
    const auto file = ports_.environment(kTokenFile);
    if (!file) return base::Err(Failure{Failure::Code::kAbsent, std::string(kTokenFile) + " is not set"});
    const std::string idp = oidc_.idp_id.empty() ? ports_.environment(kIdp).value_or("") : oidc_.idp_id;
    if (!oidc_.agency && idp.empty()) {
      return base::Err(Failure{Failure::Code::kInvalid,
                               "set spec.credentials.oidc.agency, or spec.credentials.oidc.identityProviderId (or " +
                                   std::string(kIdp) + ")"});
    }
    const auto content = ports_.read_file(*file);
    if (!content) return base::Err(Failure{Failure::Code::kInvalid, "cannot read " + content.error()});
    const std::string_view token = base::trim(content->view());
    if (token.empty()) return base::Err(Failure{Failure::Code::kInvalid, *file + " is empty"});
    if (oidc_.agency) return key_of_trust_agency(ports_, iam_, *oidc_.agency, token, std::move(stop));
    return key_of_identity_provider(ports_, iam_, idp, token, std::move(stop));
  }

  bool renews() const override { return true; }

 private:
  const Ports& ports_;
  const Iam iam_;
  const Oidc oidc_;
};

}  // namespace

std::unique_ptr<Source> make_oidc_source(const Ports& ports, const Iam& iam, const Oidc& oidc) {
  return std::make_unique<OidcSource>(ports, iam, oidc);
}

}  // namespace credentials

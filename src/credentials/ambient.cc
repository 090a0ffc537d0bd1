#include "credentials/ambient.h"

#include "credentials/environment.h"
#include "credentials/instance_metadata.h"
#include "credentials/oidc.h"
#include "credentials/pod_identity.h"

namespace credentials {
namespace {

class FirstOf final : public Source {
 public:
  FirstOf(const Ports& ports, const Iam& iam, const Oidc& oidc) {
    for (const AmbientSource& row : ambient_sources()) candidates_.push_back({row.name, row.make(ports, iam, oidc)});
  }

  Result<cloud::Credentials> fetch(std::stop_token stop) override {
    if (chosen_ != nullptr) return chosen_->fetch(std::move(stop));
    std::string tried;
    for (const auto& [name, source] : candidates_) {
      auto fetched = source->fetch(stop);
      if (fetched || fetched.error().code != Failure::Code::kAbsent) {
        chosen_ = fetched ? source.get() : nullptr;
        return fetched;
      }
      tried += std::string(tried.empty() ? "" : "; ") + std::string(name) + ": " + fetched.error().message;
    }
    return base::Err(Failure{Failure::Code::kAbsent, "no ambient credentials: " + tried});
  }

  bool renews() const override { return chosen_ == nullptr || chosen_->renews(); }

 private:
  struct Candidate {
    std::string_view name;
    std::unique_ptr<Source> source;
  };
  std::vector<Candidate> candidates_;
  Source* chosen_ = nullptr;
};

}  // namespace

const std::vector<AmbientSource>& ambient_sources() {
  static const std::vector<AmbientSource> kSources{
      {"Environment", "environment variables", make_environment_source},
      {"CredentialsFile", "credentials file", make_file_source},
      {"PodIdentity", "CCE pod identity", make_pod_identity_source},
      {"OIDC", "OIDC", make_oidc_source},
      {"InstanceMetadata", "instance metadata", make_metadata_source},
  };
  return kSources;
}

std::unique_ptr<Source> first_ambient_source(const Ports& ports, const Iam& iam, const Oidc& oidc) {
  return std::make_unique<FirstOf>(ports, iam, oidc);
}

}  // namespace credentials

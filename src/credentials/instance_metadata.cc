#include "credentials/instance_metadata.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "credentials/call.h"
#include "credentials/temporary_key.h"

namespace credentials {
namespace {

constexpr const char* kAddress = "http://169.254.169.254";
constexpr base::Duration kDeadline = std::chrono::seconds(3);

class InstanceMetadata final : public Source {
 public:
  explicit InstanceMetadata(const Ports& ports) : ports_(ports) {}

  Result<cloud::Credentials> fetch(std::stop_token stop) override {
    const std::string address = ports_.environment("HUAWEICLOUD_SDK_METADATA_ENDPOINT").value_or(kAddress);
    const auto origin = http::parse_origin(address);
    if (!origin) return base::Err(Failure{Failure::Code::kInvalid, "HUAWEICLOUD_SDK_METADATA_ENDPOINT is not a URL"});

    const http::Route route{.ca_pem = "", .direct = true};
    http::Request session;
    session.method = "PUT";
    session.target = "/meta-data/latest/api/token";
    session.deadline = kDeadline;
    session.headers.set("X-Metadata-Token-Ttl-Seconds", "21600");
    auto answer = ports_.send(Service::kInstanceMetadata, *origin, route, session, stop);
    if (!answer) return base::Err(Failure{absent_or_out(), "no response: " + answer.error().message});
    const int status = answer->status;
    const bool without = status == 404 || status == 405 || status == 503;
    if (status != 200 && !without) {
      return base::Err(Failure{absent_or_out(), address + ": status " + std::to_string(status)});
    }

    Call key{Service::kInstanceMetadata, "instance metadata", *origin, route, {}};
    key.request.target = "/openstack/latest/securitykey";
    key.request.deadline = kDeadline;
    if (!without) key.request.headers.set_secret("X-Metadata-Token", base::trim(answer->body));
    base::wipe(answer->body);
    auto response = call(ports_, key, std::move(stop));
    if (!response) {
      Failure failure = std::move(response).error();
      failure.code = absent_or_out();
      failure.message += "; the node has no agency, or Pods cannot reach the metadata service";
      return base::Err(std::move(failure));
    }
    auto read = read_temporary_key(std::move(*response), key.what, key.what);
    answered_ = answered_ || read.ok();
    return read;
  }

  bool renews() const override { return true; }

 private:
  /// Whether there is a metadata service can be known only after it has answered.
  Failure::Code absent_or_out() const { return answered_ ? Failure::Code::kUnavailable : Failure::Code::kAbsent; }

  const Ports& ports_;
  bool answered_ = false;
};

}  // namespace

std::unique_ptr<Source> make_metadata_source(const Ports& ports, const Iam& /*iam*/, const Oidc& /*oidc*/) {
  return std::make_unique<InstanceMetadata>(ports);
}

}  // namespace credentials

#include "simulator/refusal.h"

#include <array>

namespace simulator {
namespace {

struct Row {
  Refusal refusal;
  std::string_view name;
  int status;
  const char* code;
  const char* message;
};

#define IAM "Incorrect IAM authentication information: "
constexpr std::array<Row, kRefusals> kTable = {{
    {Refusal::kUnknownApi, "unknown_api", 404, "APIGW.0101",
     "The API does not exist or has not been published in the environment"},
    {Refusal::kMissingToken, "missing_token", 400, "",
     "Missing request header 'X-Auth-Token' for method parameter of type String"},
    {Refusal::kInvalidToken, "invalid_token", 403, "IOTDA.000004", "Invalid access token."},
    {Refusal::kTokenExpired, "token_expired", 401, "APIGW.0301", IAM "token expires"},
    {Refusal::kMalformedAuthorization, "malformed_authorization", 401, "APIGW.0301",
     IAM "authorization header is malformed"},
    {Refusal::kUnknownAccessKey, "unknown_access_key", 401, "APIGW.0301", IAM "Get secretKey failed,err:ak not exist"},
    {Refusal::kAccessKeyExpired, "access_key_expired", 401, "APIGW.0301", IAM "the security token has expired"},
    {Refusal::kSignatureMismatch, "signature_mismatch", 401, "APIGW.0301", IAM "verify aksk signature fail"},
    {Refusal::kSignatureExpired, "signature_expired", 401, "APIGW.0303", IAM "signature expired"},
    {Refusal::kAccessKeyLocked, "access_key_locked", 401, "APIGW.0301",
     IAM "AK access failed to reach the limit,forbidden"},
    {Refusal::kWrongAlgorithm, "wrong_algorithm", 401, "IOTDA.000002", "The authentication failed."},
    {Refusal::kUnknownInstance, "unknown_instance", 403, "IOTDA.000021",
     "The domain name is wrong or the service is not subscribed."},
    {Refusal::kPermissionDenied, "permission_denied", 403, "IOTDA.000022", "The user has no permission."},
    {Refusal::kThrottled, "throttled", 403, "IOTDA.021101", "Request reached the maximum rate limit."},
    {Refusal::kBadFormat, "bad_format", 400, "IOTDA.000008",
     "Invalid input. Bad request, for more detail, refer to the error message."},
    {Refusal::kInvalidInput, "invalid_input", 400, "IOTDA.000006", "Invalid input data."},
    {Refusal::kOutOfRange, "out_of_range", 400, "IOTDA.000017",
     "Invalid input. The specified parameter is out of range."},
    {Refusal::kInvalidCertificate, "invalid_certificate", 400, "IOTDA.014301", "Invalid certificate content."},
    {Refusal::kCertificateExpired, "certificate_expired", 400, "IOTDA.014301", "The certificate has expired."},
    {Refusal::kInvalidPrivateKey, "invalid_private_key", 400, "IOTDA.014301", "Invalid private key content."},
    {Refusal::kWrongPassword, "wrong_password", 400, "IOTDA.014301", "The private key password is wrong."},
    {Refusal::kKeyMismatch, "key_mismatch", 400, "IOTDA.014301", "The private key does not match the certificate."},
    {Refusal::kDuplicateCertificate, "duplicate_certificate", 400, "IOTDA.014302", "The certificate already exists."},
    {Refusal::kCertificateQuotaExceeded, "certificate_quota_exceeded", 400, "IOTDA.014300",
     "The number of server certificates has reached the upper limit."},
    {Refusal::kUnknownCertificate, "unknown_certificate", 404, "IOTDA.014303",
     "The server certificate does not exist."},
    {Refusal::kCertificateBound, "certificate_bound", 400, "IOTDA.014304",
     "Failed to delete the certificate: a domain configuration uses it."},
    {Refusal::kDomainQuotaExceeded, "domain_quota_exceeded", 400, "IOTDA.014310",
     "The number of domain configurations has reached the upper limit."},
    {Refusal::kUnknownConfiguration, "unknown_configuration", 404, "IOTDA.014311",
     "The domain configuration does not exist."},
}};
#undef IAM

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].refusal) != i) return false;
  }
  return true;
}
static_assert(in_order());

const Row& row(Refusal refusal) {
  return kTable[static_cast<std::size_t>(refusal)];
}

}  // namespace

std::string_view name_of(Refusal refusal) {
  return row(refusal).name;
}

std::optional<Refusal> refusal_named(std::string_view name) {
  for (const Row& r : kTable) {
    if (r.name == name) return r.refusal;
  }
  return std::nullopt;
}

ErrorAnswer usual_answer(Refusal refusal) {
  const Row& r = row(refusal);
  return {r.status, r.code, r.message, 0};
}

}  // namespace simulator

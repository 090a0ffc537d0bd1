#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "server/message.h"

/// The request signatures of Huawei Cloud, computed on the server side from the raw request:
/// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
namespace simulator {

enum class Algorithm {
  kStandard,  ///< SDK-HMAC-SHA256: signed with the secret key.
  kDerived,   ///< V11-HMAC-SHA256: signed with a key that is derived for one day, region and service.
};

/// A parsed Authorization header.
struct Authorization {
  Algorithm algorithm = Algorithm::kStandard;
  std::string access_key;
  /// "YYYYMMDD/region/service"; empty for the standard algorithm.
  std::string scope;
  std::vector<std::string> signed_headers;
  std::string signature;
};

/// Nothing if it has neither of the two forms.
std::optional<Authorization> parse_authorization(std::string_view header);

/// Query pairs sorted by name, then by value, and encoded again.
std::string canonical_query(std::string_view query);

/// The text whose hash is signed. Uses exactly the headers that the client lists; nothing if one is missing, or if
/// X-Sdk-Content-Sha256 is not the hash of the body. A header that occurs twice gives two lines.
std::optional<std::string> canonical_request(const server::Request& request,
                                             const std::vector<std::string>& signed_headers);

/// The signature of the holder of the secret key, in lower-case hex.
std::string signature(const Authorization& authorization, std::string_view x_sdk_date,
                      std::string_view canonical_request, const base::Secret& secret_key);

/// The key of the derived algorithm: the characters of this hex text are used for signing, not the bytes that they
/// encode.
base::Secret derived_key(std::string_view access_key, const base::Secret& secret_key, std::string_view scope);

}  // namespace simulator

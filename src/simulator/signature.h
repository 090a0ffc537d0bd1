#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "server/message.h"

/// The request signatures of Huawei Cloud, worked out on the receiving side from the request as it was on the wire:
/// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
namespace simulator {

enum class Algorithm {
  kStandard,  ///< SDK-HMAC-SHA256: the secret key signs.
  kDerived,   ///< V11-HMAC-SHA256: a key derived for one day, region and service signs.
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

/// None if this is neither of the two forms.
std::optional<Authorization> parse_authorization(std::string_view header);

/// Query pairs sorted by name, then value, and encoded anew.
std::string canonical_query(std::string_view query);

/// The text whose hash is signed. Takes exactly the headers that the client names; none if one is not there, or if
/// an X-Sdk-Content-Sha256 is not the hash of the body. A header that stands there twice gives two lines.
std::optional<std::string> canonical_request(const server::Request& request,
                                             const std::vector<std::string>& signed_headers);

/// The signature that the holder of the secret key makes: lower-case hex.
std::string signature(const Authorization& authorization, std::string_view x_sdk_date,
                      std::string_view canonical_request, const base::Secret& secret_key);

/// The key of the derived algorithm: the characters of this hex text sign, not the bytes that they stand for.
base::Secret derived_key(std::string_view access_key, const base::Secret& secret_key, std::string_view scope);

}  // namespace simulator

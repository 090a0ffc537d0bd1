#include "simulator/signature.h"

#include <algorithm>

#include "base/hex.h"
#include "base/percent.h"
#include "base/sha256.h"
#include "base/text.h"
#include "simulator/query.h"

namespace simulator {
namespace {

constexpr std::string_view kStandardName = "SDK-HMAC-SHA256";
constexpr std::string_view kDerivedName = "V11-HMAC-SHA256";

std::string canonical_path(std::string_view path) {
  std::string out;
  for (const std::string& segment : base::split(base::percent_decode(path), '/')) {
    out += base::percent_encode(segment);
    out += '/';
  }
  // split() returns one more part than there are slashes; for a path that ends with one, the last part is empty.
  if (out.size() > 1 && out.ends_with("//")) out.pop_back();
  return out;
}

}  // namespace

std::optional<Authorization> parse_authorization(std::string_view header) {
  const auto space = header.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view name = header.substr(0, space);
  if (name != kStandardName && name != kDerivedName) return std::nullopt;

  Authorization out;
  out.algorithm = name == kStandardName ? Algorithm::kStandard : Algorithm::kDerived;
  for (const std::string& part : base::split(header.substr(space + 1), ',')) {
    const std::string_view field = base::trim(part);
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = field.substr(0, equals);
    const std::string_view value = field.substr(equals + 1);
    if (key == "Access" && out.algorithm == Algorithm::kStandard) {
      out.access_key = value;
    } else if (key == "Credential" && out.algorithm == Algorithm::kDerived) {
      const auto slash = value.find('/');
      if (slash == std::string_view::npos) return std::nullopt;
      out.access_key = value.substr(0, slash);
      out.scope = value.substr(slash + 1);
    } else if (key == "SignedHeaders") {
      out.signed_headers = base::split(value, ';');
    } else if (key == "Signature") {
      out.signature = value;
    } else {
      return std::nullopt;
    }
  }
  if (out.access_key.empty() || out.signed_headers.empty() || out.signature.empty()) return std::nullopt;
  return out;
}

std::string canonical_query(std::string_view query) {
  Query pairs = parse_query(query);
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += base::percent_encode(name) + '=' + base::percent_encode(value);
  }
  return out;
}

std::optional<std::string> canonical_request(const server::Request& request,
                                             const std::vector<std::string>& signed_headers) {
  const std::string_view target = request.target;
  std::string out = request.method + '\n' + canonical_path(target.substr(0, target.find('?'))) + '\n' +
                    canonical_query(query_of(target)) + '\n';

  std::vector<std::string> names = signed_headers;
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string& name : names) {
    bool there = false;
    for (const auto& [n, value] : request.headers) {
      if (base::to_lower(n) != name) continue;
      out += name + ':' + std::string(base::trim(value)) + '\n';
      there = true;
    }
    if (!there) return std::nullopt;
    joined += (joined.empty() ? "" : ";") + name;
  }

  const std::string hash = base::sha256_hex(request.body);
  if (request.header("X-Sdk-Content-Sha256").value_or(hash) != hash) return std::nullopt;
  return out + '\n' + joined + '\n' + hash;
}

base::Secret derived_key(std::string_view access_key, const base::Secret& secret_key, std::string_view scope) {
  const base::Secret prk = base::hmac_sha256(access_key, secret_key.view());
  const base::Secret okm = base::hmac_sha256(prk.view(), std::string(scope) + '\x01');
  return base::Secret(base::to_hex(okm.view()));
}

std::string signature(const Authorization& authorization, std::string_view x_sdk_date,
                      std::string_view canonical_request, const base::Secret& secret_key) {
  const std::string hash = base::sha256_hex(canonical_request);
  const std::string date(x_sdk_date);
  if (authorization.algorithm == Algorithm::kStandard) {
    const std::string to_sign = std::string(kStandardName) + '\n' + date + '\n' + hash;
    return base::to_hex(base::hmac_sha256(secret_key.view(), to_sign).view());
  }
  const base::Secret key = derived_key(authorization.access_key, secret_key, authorization.scope);
  const std::string to_sign = std::string(kDerivedName) + '\n' + date + '\n' + authorization.scope + '\n' + hash;
  return base::to_hex(base::hmac_sha256(key.view(), to_sign).view());
}

}  // namespace simulator

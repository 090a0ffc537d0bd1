#include "cloud/signer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "base/percent.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/time_format.h"

namespace cloud {
namespace {

/// Names of the headers that are signed if a request has them, sorted.
constexpr std::array<std::string_view, 6> kSigned{"content-type", "host",       "instance-id",
                                                  "x-project-id", "x-sdk-date", "x-security-token"};

std::string names_of_signed(const http::Headers& headers) {
  std::string names;
  for (const std::string_view name : kSigned) {
    if (!headers.get(name)) continue;
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

}  // namespace

std::string canonical_uri(std::string_view target) {
  const std::string path = base::percent_decode(target.substr(0, target.find('?')));
  std::string uri;
  for (const std::string& segment : base::split(path, '/')) {
    uri += base::percent_encode(segment);
    uri += '/';
  }
  if (uri.size() > 1 && path.ends_with('/')) uri.pop_back();  // the empty segment after the last '/'
  return uri;
}

std::string canonical_query(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& part : base::split(target.substr(mark + 1), '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    std::string value =
        equals == std::string::npos ? "" : base::percent_decode(std::string_view(part).substr(equals + 1));
    pairs.emplace_back(base::percent_decode(std::string_view(part).substr(0, equals)), std::move(value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string query;
  for (const auto& [key, value] : pairs) {
    if (!query.empty()) query += '&';
    query += base::percent_encode(key) + '=' + base::percent_encode(value);
  }
  return query;
}

base::Secret canonical_request(const http::Request& request, std::string_view signed_headers) {
  base::Secret out;
  const auto line = [&out](std::string_view s) {
    out.append(s);
    out.append("\n");
  };
  line(request.method);
  line(canonical_uri(request.target));
  line(canonical_query(request.target));
  for (const std::string& name : base::split(signed_headers, ';')) {
    out.append(name);
    out.append(":");
    line(base::trim(request.headers.get(name).value_or("")));
  }
  line("");
  line(signed_headers);
  out.append(base::sha256_hex(request.body.view()));
  return out;
}

base::Secret derive_key(const Credentials& credentials, std::string_view info) {
  const base::Secret extracted = base::hmac_sha256(credentials.access_key, credentials.secret_key.view());
  const base::Secret expanded = base::hmac_sha256(extracted.view(), std::string(info) + '\x01');
  return base::Secret(base::to_hex(expanded.view()));
}

Signer::Signer(Signing signing, std::string region, std::string service)
    : signing_(signing), region_(std::move(region)), service_(std::move(service)) {}

void Signer::authorise(http::Request& request, const std::shared_ptr<const Credentials>& credentials,
                       base::SystemTime now) {
  if (credentials->is_token()) {
    request.headers.set_secret("X-Auth-Token", credentials->token.view());
    return;
  }
  const std::string date = base::to_compact(now);
  request.headers.set("X-Sdk-Date", date);
  if (!credentials->security_token.empty()) {
    request.headers.set_secret("X-Security-Token", credentials->security_token.view());
  }
  const std::string names = names_of_signed(request.headers);
  const std::string hash = base::sha256_hex(canonical_request(request, names).view());

  base::Secret signature;
  std::string authorization;
  if (signing_ == Signing::kDerived) {
    const std::string info = date.substr(0, 8) + '/' + region_ + '/' + service_;
    const std::string to_sign = "V11-HMAC-SHA256\n" + date + '\n' + info + '\n' + hash;
    signature = base::hmac_sha256(derived_key(credentials, info).view(), to_sign);
    authorization = "V11-HMAC-SHA256 Credential=" + credentials->access_key + '/' + info;
  } else {
    const std::string to_sign = "SDK-HMAC-SHA256\n" + date + '\n' + hash;
    signature = base::hmac_sha256(credentials->secret_key.view(), to_sign);
    authorization = "SDK-HMAC-SHA256 Access=" + credentials->access_key;
  }
  authorization += ", SignedHeaders=" + names + ", Signature=" + base::to_hex(signature.view());
  request.headers.set("Authorization", authorization);
}

base::Secret Signer::derived_key(const std::shared_ptr<const Credentials>& credentials, const std::string& info) {
  const os::MutexLock lock(mutex_);
  if (key_info_ != info || key_of_ != credentials) {
    key_ = derive_key(*credentials, info);
    key_info_ = info;
    key_of_ = credentials;
  }
  return key_.clone();
}

}  // namespace cloud

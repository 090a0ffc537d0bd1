#include "http/proxy.h"

#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/percent.h"
#include "base/sha256.h"
#include "base/text.h"
#include "http/url.h"

namespace http {
namespace {

base::Err<std::string> problem(const std::string& what) {
  return base::Err<std::string>(what + "; use http://[user:password@]host:port");
}

std::shared_ptr<const base::Secret> decoded_authorization(std::string_view user_info) {
  const auto colon = user_info.find(':');
  std::string username = base::percent_decode(user_info.substr(0, colon));
  std::string password = colon == std::string_view::npos ? "" : base::percent_decode(user_info.substr(colon + 1));
  auto authorization = basic_authorization(username, password);
  base::wipe(username);
  base::wipe(password);
  return authorization;
}

}  // namespace

std::string Proxy::to_string() const {
  return "http://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::string Proxy::fingerprint() const {
  return to_string() + (authorization ? " " + base::sha256_hex(authorization->view()) : "");
}

base::Result<Proxy, std::string> parse_proxy(std::string_view url) {
  if (const auto end = url.find("://"); end != std::string_view::npos) {
    const std::string scheme = base::to_lower(url.substr(0, end));
    if (scheme == "https" || scheme.starts_with("socks")) {
      return problem("proxies with " + scheme + ":// are not supported");
    }
    if (scheme != "http") return problem("this is not the URL of an HTTP proxy");
    url.remove_prefix(end + 3);
  }
  Proxy proxy;
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (at > 0) proxy.authorization = decoded_authorization(authority.substr(0, at));
    url.remove_prefix(at + 1);
  }
  const std::optional<Origin> origin = parse_origin("http://" + std::string(url));
  if (!origin) return problem("this is not the URL of an HTTP proxy");
  proxy.host = origin->host;
  proxy.port = origin->port;
  return proxy;
}

std::shared_ptr<const base::Secret> basic_authorization(std::string_view username, std::string_view password) {
  base::Secret plain = base::Secret::copy_of(username);
  plain.append(":");
  plain.append(password);
  base::Secret value = base::Secret::copy_of("Basic ");
  value.append(base::base64_encode_secret(plain.view()).view());
  return std::make_shared<const base::Secret>(std::move(value));
}

}  // namespace http

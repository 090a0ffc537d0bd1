#include "credentials/access_key.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/text.h"

namespace credentials {
namespace {

/// Access keys of Huawei Cloud have 20 characters and secret keys 40; temporary ones are the same. The limits are wide,
/// because neither length is a promise.
constexpr std::size_t kMinAccessKey = 8;
constexpr std::size_t kMaxAccessKey = 64;
constexpr std::size_t kMinSecretKey = 20;
constexpr std::size_t kMaxSecretKey = 128;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// "AK=…", "accessKey: …", "export AK=…": a line of a file instead of the value.
bool is_assignment(std::string_view value) {
  const auto sign = value.find_first_of("=:");
  if (sign == std::string_view::npos || sign == 0 || sign + 1 >= value.size()) return false;
  const std::string name = base::to_lower(base::trim(value.substr(0, sign)));
  for (const std::string_view known :
       {"ak", "sk", "access", "secret", "accesskey", "secretkey", "access_key", "secret_key", "access key id",
        "secret access key", "huaweicloud_sdk_ak", "huaweicloud_sdk_sk"}) {
    if (name == known || name.ends_with(" " + std::string(known))) return true;
  }
  return false;
}

/// The value is the base64 encoding of printable text of a likely length.
bool is_encoded(std::string_view value, std::size_t least) {
  if (value.size() < 4 || value.size() % 4 != 0 || !value.ends_with('=')) return false;
  const auto decoded = base::base64_decode_secret(value);
  return decoded && decoded->size() >= least &&
         base::consists_of(decoded->view(), [](char c) { return base::is_alphanumeric(c) || is_space(c); });
}

Failure invalid(const std::string& origin, const std::string& defect) {
  return {Failure::Code::kInvalid, origin + ": " + defect};
}

std::optional<std::string> wrong_length(const Text& text, std::string_view what, std::size_t least, std::size_t most,
                                        const char* usual) {
  const std::size_t size = text.value.size();
  if (size >= least && size <= most) return std::nullopt;
  return "key " + text.name + ": the " + std::string(what) + " has " + std::to_string(size) +
         " characters, usual are " + usual + "; copy it again from the console";
}

}  // namespace

std::optional<std::string> defect_of(const Text& text, std::string_view what) {
  const std::string_view value = text.value.view();
  const std::string key = "key " + text.name + ": the " + std::string(what) + " ";
  if (value.empty()) return "key " + text.name + " is missing or empty; it must hold the " + std::string(what);
  if (value.starts_with("\xEF\xBB\xBF")) return key + "begins with a byte order mark; save it as UTF-8 without one";
  if (value.ends_with('\n') || value.ends_with('\r')) {
    return key + "ends with a line break; create the Secret with printf or --from-literal, not with echo";
  }
  if (is_space(value.front()) || is_space(value.back())) return key + "begins or ends with a space; remove it";
  const char first = value.front();
  if (value.size() > 1 && (first == '"' || first == '\'') && value.back() == first) {
    return key + "is in quotes; remove them";
  }
  if (is_assignment(value)) return key + "is a whole line such as AK=…; store only the value";
  if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U; })) {
    return key + "has a line break or a control character; store only the value";
  }
  return std::nullopt;
}

Result<cloud::Credentials> read_access_key(AccessKeyText text) {
  const auto check = [&](const Text& part, std::string_view what, std::size_t least, std::size_t most,
                         const char* usual) -> std::optional<std::string> {
    if (auto defect = defect_of(part, what)) return defect;
    const std::string_view value = part.value.view();
    if (is_encoded(value, least)) {
      return "key " + part.name + ": the " + std::string(what) +
             " is encoded in base64 twice; put the plain value in stringData, or encode it once for data";
    }
    const bool plain = base::consists_of(value, [](char c) { return c > ' ' && c <= '~'; });
    if (!plain)
      return "key " + part.name + ": the " + std::string(what) +
             " has a character that keys do not have; copy it again from the console";
    return wrong_length(part, what, least, most, usual);
  };
  if (auto defect = check(text.access_key, "access key", kMinAccessKey, kMaxAccessKey, "20")) {
    return base::Err(invalid(text.origin, *defect));
  }
  if (auto defect = check(text.secret_key, "secret key", kMinSecretKey, kMaxSecretKey, "40")) {
    return base::Err(invalid(text.origin, *defect));
  }
  if (!text.security_token.value.empty()) {
    if (auto defect = defect_of(text.security_token, "security token")) {
      return base::Err(invalid(text.origin, *defect));
    }
  }
  cloud::Credentials credentials;
  credentials.access_key = text.access_key.value.view();
  credentials.secret_key = std::move(text.secret_key.value);
  credentials.security_token = std::move(text.security_token.value);
  credentials.origin = std::move(text.origin);
  return credentials;
}

}  // namespace credentials

#include "validate/secret_rules.h"

#include <string>
#include <utility>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/text.h"
#include "certificate/content.h"
#include "certificate/formats.h"
#include "validate/metadata.h"

namespace validate {
namespace {

using Type = YamlNode::Type;

constexpr std::size_t kMaxKey = 253;
constexpr std::size_t kMaxSecret = std::size_t{1} << 20U;

/// IsConfigMapKey: [-._a-zA-Z0-9]+, but not a path that leaves the directory.
std::string key_problem(std::string_view key) {
  if (key.size() > kMaxKey) return "must be no more than " + std::to_string(kMaxKey) + " characters";
  const bool plain =
      base::consists_of(key, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
  if (!plain) return "must consist of letters, digits, '-', '_' and '.'";
  if (key == "." || key.starts_with("..")) return "must not be '.' or begin with '..'";
  return {};
}

/// Explains a value in `data` that is not base64.
certificate::Explanation why_no_base64(const YamlNode& value) {
  if (value.binary) {
    return {"is already decoded by its tag !!binary, and the result is not base64",
            "remove the tag, or move the value to stringData"};
  }
  if (auto placeholder = certificate::explain_placeholder(value.text)) {
    return {"is not base64: " + placeholder->message, std::move(placeholder->hint)};
  }
  const certificate::Recognised found = certificate::recognise(value.text);
  if (found.form == certificate::Form::kPem && found.encodings == 0) {
    return {"is PEM text, not base64", "move it to stringData, or encode it with base64 -w 0"};
  }
  std::string joined = value.text;
  const std::size_t spaces =
      std::erase_if(joined, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  const bool fits = spaces > 0 && base::base64_decode_secret(joined).has_value();
  base::wipe(joined);
  if (fits) {
    return {
        "contains spaces in its base64; a folded block (>) or a plain value of several lines turns line breaks into "
        "spaces",
        "write it on one line, or use a literal block (|)"};
  }
  return {"is not base64", "encode it with base64 -w 0, or use stringData"};
}

class Check {
 public:
  explicit Check(const YamlNode& secret) : secret_(secret) {}

  Violations run() {
    for (const YamlNode::Member& field : secret_.members) check_field(field);
    check_size();
    check_type();
    return std::move(found_);
  }

 private:
  void add(std::size_t line, std::string message, std::string hint = {}) {
    found_.push_back({line, std::move(message), std::move(hint)});
  }

  void check_field(const YamlNode::Member& field) {
    const YamlNode& value = *field.value;
    if (field.key == "apiVersion" || field.key == "kind" || field.key == "metadata") return;
    if (field.key == "data" || field.key == "stringData") {
      if (value.is_null()) return;
      if (!value.is_map()) {
        incomplete_ = true;
        return add(field.line, field.key + ": Invalid value: must be a map of keys to values");
      }
      for (const YamlNode::Member& entry : value.members) check_entry(field.key, entry);
    } else if (field.key == "type") {
      if (!value.is_null() && !value.is_string())
        add(field.line, "type: Invalid value: must be a string", "enclose it in quotes");
    } else if (field.key == "immutable") {
      if (!value.is_null() && value.type != Type::kBoolean)
        add(field.line, "immutable: Invalid value: must be true or false");
    } else {
      incomplete_ = incomplete_ || base::equals_ignoring_case(field.key, "data") ||
                    base::equals_ignoring_case(field.key, "stringData");
      add(field.line, unknown_field(field.key, {"data", "stringData", "type", "immutable", "metadata"}));
    }
  }

  void check_entry(const std::string& field, const YamlNode::Member& entry) {
    if (const std::string problem = key_problem(entry.key); !problem.empty()) {
      add(entry.line, field + ": Invalid key " + quoted(entry.key) + ": " + problem);
    }
    const std::string path = field + "." + std::string(base::truncate(entry.key, kMaxKey));
    const YamlNode& value = *entry.value;
    const bool data = field == "data";
    if (value.is_null()) return;
    if (!value.is_string()) {
      return add(entry.line, path + ": Invalid value: must be a string" + (data ? " of base64" : ""),
                 value.is_map() || value.type == Type::kSequence ? "" : "enclose it in quotes");
    }
    if (!data) {
      size_ += value.text.size();
    } else if (const auto bytes = decode_data(value)) {
      size_ += secret_["stringData"].find(entry.key) == nullptr ? bytes->size() : 0;
    } else {
      certificate::Explanation why = why_no_base64(value);
      add(entry.line, path + " " + why.message, std::move(why.hint));
    }
  }

  void check_size() {
    if (size_ > kMaxSecret) {
      add(secret_.line, "data: Too long: may not be more than " + std::to_string(kMaxSecret) + " bytes in total");
    }
  }

  bool has(const char* key) const {
    return secret_["data"].find(key) != nullptr || secret_["stringData"].find(key) != nullptr;
  }

  void require(const char* key) {
    if (!has(key) && !incomplete_)
      add(secret_.line, std::string("data.") + key + ": Required value for type " + secret_["type"].text);
  }

  void check_type() {
    const std::string& type = secret_["type"].text;
    if (type == "kubernetes.io/tls") {
      require("tls.crt");
      require("tls.key");
    } else if (type == "kubernetes.io/dockerconfigjson") {
      require(".dockerconfigjson");
    } else if (type == "kubernetes.io/dockercfg") {
      require(".dockercfg");
    } else if (type == "kubernetes.io/ssh-auth") {
      require("ssh-privatekey");
    } else if (type == "kubernetes.io/basic-auth") {
      if (!has("username") && !has("password")) {
        add(secret_.line, "data.username: Required value for type " + type + ", or data.password");
      }
    } else if (type == "kubernetes.io/service-account-token") {
      if (secret_["metadata"]["annotations"]["kubernetes.io/service-account.name"].text.empty()) {
        add(secret_.line, "metadata.annotations[kubernetes.io/service-account.name]: Required value for type " + type);
      }
    }
  }

  const YamlNode& secret_;
  std::size_t size_ = 0;
  bool incomplete_ = false;  ///< the values could not be read, and this was reported
  Violations found_;
};

}  // namespace

Violations check_secret(const YamlNode& secret) {
  return Check(secret).run();
}

std::optional<base::Secret> decode_data(const YamlNode& value) {
  if (value.is_null()) return base::Secret();
  if (!value.is_string()) return std::nullopt;
  // The API server ignores line breaks.
  std::string joined = value.text;
  std::erase_if(joined, [](char c) { return c == '\n' || c == '\r'; });
  auto bytes = base::base64_decode_secret(joined);
  base::wipe(joined);
  return bytes;
}

bool is_sops(const YamlNode& object) {
  const YamlNode& sops = object["sops"];
  return sops.is_map() && (sops.find("mac") != nullptr || sops.find("version") != nullptr ||
                           sops.find("lastmodified") != nullptr || sops.find("age") != nullptr);
}

}  // namespace validate

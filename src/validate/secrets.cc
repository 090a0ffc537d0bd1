#include "validate/secrets.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/secret.h"
#include "certificate/inspect.h"
#include "validate/secret_rules.h"

namespace validate {
namespace {

using Name = std::pair<std::string, std::string>;

/// Caches the last document, so that the Secrets of one list, and a Secret that several objects use, are read once.
class Shelf {
 public:
  explicit Shelf(std::vector<Input>& inputs) : inputs_(inputs) {}

  /// Null if the file has changed.
  const YamlNode* get(const SecretEntry& secret) {
    if (!filled_ || file_ != secret.id.file || offset_ != secret.offset) read(secret);
    return secret.index < objects_.size() ? objects_[secret.index].node : nullptr;
  }

 private:
  void read(const SecretEntry& secret) {
    filled_ = true;
    file_ = secret.id.file;
    offset_ = secret.offset;
    roots_.clear();
    objects_.clear();
    std::istream& stream = *inputs_[file_].stream;
    stream.clear();
    stream.seekg(secret.offset);
    std::string text(secret.size, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.gcount() != static_cast<std::streamsize>(text.size())) return;
    if (auto roots = parse_yaml(text, secret.line); roots.ok()) {
      roots_ = std::move(*roots);
      objects_ = objects_in(roots_);
    }
    base::wipe(text);
  }

  std::vector<Input>& inputs_;
  bool filled_ = false;
  std::size_t file_ = 0;
  std::streamoff offset_ = 0;
  std::vector<YamlPointer> roots_;
  std::vector<ObjectView> objects_;
};

/// The value of one key of a Secret.
struct Value {
  base::Secret bytes;
  std::size_t line = 0;       ///< of the key
  std::size_t text_line = 0;  ///< the line above its first one, if the file contains it unchanged; otherwise 0
  bool plain = false;         ///< from stringData
};

/// The inputs of one certificate.
struct Use {
  const SecretEntry* secret = nullptr;
  std::string certificate_key;
  std::string private_key_key;
  const SecretEntry* password = nullptr;
  bool has_password = false;  ///< a password is referenced; it can be missing
  std::string password_key;
  std::string domain;
  std::optional<bool> stapling;
};

class SecretCheck {
 public:
  SecretCheck(std::vector<Input>& inputs, const Catalog& catalog, base::SystemTime now, base::Duration expiry_warning,
              Report& report)
      : inputs_(inputs),
        catalog_(catalog),
        now_(now),
        expiry_warning_(expiry_warning),
        report_(report),
        certificates_(inputs),
        passwords_(inputs) {}

  void run() {
    for (const Use& use : uses()) check(use);
    if (catalog_.certificates.empty()) name_the_others();
  }

 private:
  std::vector<Use> uses() const {
    std::map<Name, const SecretEntry*> by_name;
    for (const SecretEntry& secret : catalog_.secrets) by_name[{secret.id.ns, secret.id.name}] = &secret;
    const auto find = [&](const std::string& ns, const std::string& name) {
      const auto found = by_name.find({ns, name});
      return found == by_name.end() ? nullptr : found->second;
    };
    std::vector<Use> all;
    for (const CertificateEntry& c : catalog_.certificates) {
      const resources::ServerCertificate& object = c.object;
      const SecretEntry* secret = find(c.id.ns, object.secret);
      if (secret == nullptr) continue;
      all.push_back({secret, object.certificate_key, object.private_key_key, find(c.id.ns, object.password_secret),
                     !object.password_secret.empty(), object.password_key, c.domain(),
                     object.domain && object.domain->ocsp.stapling});
    }
    if (catalog_.certificates.empty()) {
      for (const SecretEntry& secret : catalog_.secrets) {
        if (secret.tls) all.push_back({&secret, "tls.crt", "tls.key", nullptr, false, "", "", std::nullopt});
      }
    }
    // In the order of the documents, so that each is read once.
    std::stable_sort(all.begin(), all.end(), [](const Use& a, const Use& b) { return a.secret < b.secret; });
    return all;
  }

  /// Reports Secrets that look as if they should be validated.
  void name_the_others() {
    for (const SecretEntry& secret : catalog_.secrets) {
      if (secret.tls || !secret.holds_certificate) continue;
      Issue issue = issue_about(inputs_, "Secret", secret.id);
      issue.severity = certificate::Severity::kWarning;
      issue.reason = "NotChecked";
      issue.message =
          "its certificate was not validated: no ServerCertificate references it, and it is not of type "
          "kubernetes.io/tls";
      issue.hint = "validate it together with its ServerCertificate";
      report_.add(std::move(issue));
    }
  }

  void check(const Use& use) {
    if (use.secret->unreadable || (use.password != nullptr && use.password->unreadable)) return;
    const YamlNode* node = certificates_.get(*use.secret);
    if (node == nullptr) {
      report_.unusable.push_back(
          {inputs_[use.secret->id.file].name, use.secret->id.line, "the file changed while it was read"});
      return;
    }
    auto pem = value(*use.secret, *node, use.certificate_key);
    auto key = value(*use.secret, *node, use.private_key_key);
    std::optional<Value> password;
    if (use.password != nullptr) {
      if (const YamlNode* holder = passwords_.get(*use.password)) {
        password = value(*use.password, *holder, use.password_key);
      }
    }
    if (!pem || !key) return;
    if (counted_.insert(use.secret).second) ++report_.checked.contents;

    certificate::Material material{pem->bytes.view(), key->bytes.view(), std::nullopt, use.domain};
    if (password) material.password = password->bytes.view();
    const std::optional<Value> authorities =
        has(*node, "ca.crt") && use.certificate_key != "ca.crt" ? value(*use.secret, *node, "ca.crt") : std::nullopt;
    if (authorities) material.authorities = authorities->bytes.view();
    material.stapling = use.stapling;
    material.source = pem->plain && key->plain ? certificate::Source::kStringData : certificate::Source::kObject;
    certificate::Verdict verdict = certificate::inspect(material, now_);
    if (verdict.facts) {
      if (auto soon = certificate::expires_soon(*verdict.facts, now_, expiry_warning_)) {
        verdict.findings.push_back(std::move(*soon));
      }
    }
    for (const certificate::Finding& finding : verdict.findings) {
      switch (finding.part) {
        case certificate::Part::kCertificate:
          report(finding, *use.secret, use.certificate_key, *pem);
          break;
        case certificate::Part::kPassword:
          if (password) {
            report(finding, *use.password, use.password_key, *password);
            break;
          }
          // If a password is referenced but not in the input, it must not be reported as missing.
          if (use.has_password) break;
          report(finding, *use.secret, use.private_key_key, *key);
          break;
        case certificate::Part::kPrivateKey:
          report(finding, *use.secret, use.private_key_key, *key);
          break;
      }
    }
  }

  static bool has(const YamlNode& node, const std::string& key) {
    return node["stringData"].find(key) != nullptr || node["data"].find(key) != nullptr;
  }

  /// stringData takes precedence over data, as in the API server. Invalid forms were already reported.
  std::optional<Value> value(const SecretEntry& secret, const YamlNode& node, const std::string& key) {
    if (const YamlNode::Member* member = node["stringData"].find(key)) {
      if (!member->value->is_string() && !member->value->is_null()) return std::nullopt;
      const std::string text = member->value->is_null() ? "" : member->value->text;
      return Value{base::Secret::copy_of(text), member->line, member->value->text_line, true};
    }
    if (const YamlNode::Member* encoded = node["data"].find(key)) {
      auto bytes = decode_data(*encoded->value);
      if (!bytes) return std::nullopt;
      return Value{std::move(*bytes), encoded->line, 0, false};
    }
    // A key that the type of the Secret requires was already reported, and a value that is not a map has no keys.
    const bool told = (secret.tls && (key == "tls.crt" || key == "tls.key")) ||
                      (!node["data"].is_null() && !node["data"].is_map()) || node.find("stringdata") != nullptr;
    if (told) return std::nullopt;
    Issue issue = issue_about(inputs_, "Secret", secret.id);
    issue.reason = "SecretKeyMissing";
    issue.message = "the Secret has no key " + key;
    issue.hint = "add it, or correct the key in the ServerCertificate";
    report_.add(std::move(issue));
    return std::nullopt;
  }

  void report(const certificate::Finding& finding, const SecretEntry& secret, const std::string& key,
              const Value& where) {
    Issue issue = issue_about(inputs_, "Secret", secret.id);
    issue.severity = finding.severity;
    issue.line = where.text_line != 0 ? where.text_line + std::max<std::size_t>(finding.line, 1) : where.line;
    issue.reason = finding.reason;
    issue.message = "key " + key + ": ";
    if (finding.line != 0) issue.message += "line " + std::to_string(finding.line) + ": ";
    issue.message += finding.message;
    issue.hint = finding.hint;
    report_.add(std::move(issue));
  }

  std::vector<Input>& inputs_;
  const Catalog& catalog_;
  const base::SystemTime now_;
  const base::Duration expiry_warning_;
  Report& report_;
  Shelf certificates_;
  Shelf passwords_;
  std::set<const SecretEntry*> counted_;
};

}  // namespace

void check_secrets(std::vector<Input>& inputs, const Catalog& catalog, base::SystemTime now,
                   base::Duration expiry_warning, Report& report) {
  SecretCheck(inputs, catalog, now, expiry_warning, report).run();
}

}  // namespace validate

#include "validate/catalog.h"

#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/invariant.h"
#include "base/secret.h"
#include "base/text.h"
#include "certificate/content.h"
#include "json/value.h"
#include "validate/definitions.h"
#include "validate/documents.h"
#include "validate/json_text.h"
#include "validate/metadata.h"
#include "validate/schema.h"
#include "validate/secret_rules.h"

namespace validate {
namespace {

using resources::kApiVersion;

constexpr std::string_view kGroup = kApiVersion.substr(0, resources::kGroup.size() + 1);  // with the slash

/// The line where a person would look for a reference of a spec that has its defaults.
std::size_t line_of(const YamlNode& reference) {
  const YamlNode::Member* name = reference.find("name");
  return name != nullptr ? name->line : 0;
}

/// The object as the operator reads it, with the spec that the API server would store.
template <class Object>
Object read(Object (*parse)(const json::Value&), const YamlNode& spec) {
  const auto object = json::Document::parse("{\"spec\":" + to_json(spec) + "}");
  base::must(object.ok(), "what was written is JSON");
  return parse(object->root());
}

class Cataloguer {
 public:
  Cataloguer(std::vector<Input>& inputs, bool allow_empty, Report& report)
      : inputs_(inputs), allow_empty_(allow_empty), report_(report) {}

  Catalog run() {
    for (file_ = 0; file_ < inputs_.size(); ++file_) read_file();
    return std::move(catalog_);
  }

 private:
  void read_file() {
    if (const std::string instead = what_else(*inputs_[file_].stream); !instead.empty()) return unusable(0, instead);
    const std::size_t before = objects_ + report_.unusable.size();
    Documents documents(*inputs_[file_].stream);
    DocumentText document;
    while (documents.next(document)) {
      if (document.too_long) {
        unusable(document.line, "the document is larger than " + std::to_string(kMaxDocument >> 20U) + " MiB");
        continue;
      }
      const auto roots = parse_yaml(document.text, document.line);
      if (!roots.ok()) {
        unusable(roots.error().line, roots.error().message);
        continue;
      }
      const std::vector<ObjectView> objects = objects_in(*roots);
      for (std::size_t i = 0; i < objects.size(); ++i) take(objects[i], document, i);
    }
    if (inputs_[file_].stream->bad()) unusable(0, "cannot be read completely");
    if (objects_ + report_.unusable.size() == before && !allow_empty_) {
      report_.add({certificate::Severity::kWarning, inputs_[file_].name, 0, "", "", "", std::string(kNothingToCheck),
                   "the file contains no Kubernetes object", "check that it is the right file"});
    }
  }

  /// The format of a file that cannot be YAML; empty if it can be. Restores the position of the stream.
  static std::string what_else(std::istream& stream) {
    std::string head(4096, '\0');
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(stream.gcount()));
    stream.clear();
    stream.seekg(0);
    const std::string_view content = base::trim(head);
    using certificate::Form;
    const Form form = certificate::recognise(head).form;
    std::string what;
    if (content.starts_with("-----BEGIN ")) {
      what = "this is a PEM file, not YAML; validate it with --cert and --key";
    } else if (form == Form::kUtf16) {
      what =
          "the file is UTF-16, as PowerShell writes with >; flux, kustomize and other tools reject it; save it as "
          "UTF-8";
    } else if (form != Form::kText && form != Form::kPem && form != Form::kEmpty &&
               (form != Form::kBinary || head.find('\0') != std::string::npos) && !certificate::is_text(head)) {
      what = "the file is binary, not YAML: it is " + std::string(certificate::name_of(form));
      if (form == Form::kCertificate || form == Form::kPkcs12) what += "; validate PEM files with --cert and --key";
    }
    base::wipe(head);
    return what;
  }

  void take(const ObjectView& object, const DocumentText& document, std::size_t index) {
    const YamlNode& node = *object.node;
    if (!node.is_map()) return no_object(node);
    const bool ours = object.kind == "ServerCertificate" || object.kind == "IoTDAInstance";
    if (object.kind.empty()) {
      if (node.find("kind") != nullptr || object.api_version.starts_with(kGroup)) {
        ++objects_;
        return refuse("", {file_, node.line, "", ""}, node.line, "kind: Required value, a string", "set kind");
      }
      return no_object(node);
    }
    ++objects_;
    if (object.api_version.empty() && (ours || object.kind == "Secret" || object.kind == "List")) {
      return refuse_kind(object, "apiVersion: Required value",
                         "set apiVersion: " + std::string(ours ? kApiVersion : "v1"));
    }
    if (object.kind == "Secret" && object.api_version == "v1") return take_secret(object, document, index);
    if (object.api_version == kApiVersion && object.kind == "ServerCertificate") return take_certificate(object);
    if (object.api_version == kApiVersion && object.kind == "IoTDAInstance") return take_instance(object);
    if (ours) {
      return refuse_kind(object, "apiVersion " + quoted(object.api_version) + " has no kind " + object.kind,
                         "set apiVersion: " + std::string(kApiVersion));
    }
    if (object.api_version.starts_with(kGroup)) {
      const std::string right = base::equals_ignoring_case(object.kind, "ServerCertificate") ? "ServerCertificate"
                                : base::equals_ignoring_case(object.kind, "IoTDAInstance")   ? "IoTDAInstance"
                                                                                             : "";
      return refuse_kind(object, "there is no kind " + quoted(object.kind) + " in " + std::string(kGroup),
                         right.empty() ? "the kinds are ServerCertificate and IoTDAInstance" : "set kind: " + right);
    }
    const bool core = object.api_version.find('.') == std::string::npos;
    if (core && base::equals_ignoring_case(object.kind, "Secret")) {
      return refuse_kind(object, "apiVersion " + quoted(object.api_version) + " has no kind " + quoted(object.kind),
                         "a Secret has apiVersion: v1 and kind: Secret");
    }
    ++report_.checked.others;
  }

  void no_object(const YamlNode& node) {
    if (allow_empty_) return;
    const bool text = node.is_string();
    unusable(node.line, text            ? "the document is text, not a Kubernetes object"
                        : node.is_map() ? "the document is not a Kubernetes object: it has no kind and no apiVersion"
                                        : "the document is not a Kubernetes object");
  }

  void refuse_kind(const ObjectView& object, std::string message, std::string hint) {
    const YamlNode& meta = (*object.node)["metadata"];
    const std::string ns = object.kind == "IoTDAInstance" ? "" : meta["namespace"].string_or("default");
    const Identity id{file_, object.node->line, ns, meta["name"].string_or("")};
    // Objects that reference it must not report it as missing as well.
    if (object.kind == "Secret") catalog_.refused_secrets.push_back(id);
    if (object.kind == "IoTDAInstance") catalog_.refused_instances.push_back(id);
    refuse(object.kind, id, object.node->line, std::move(message), std::move(hint));
  }

  void refuse_all(const ObjectView& object, const Identity& id, Violations violations) {
    for (Violation& violation : violations) {
      refuse(object.kind, id, violation.line, std::move(violation.message),
             violation.hint.empty() ? "the API server rejects this object" : std::move(violation.hint));
    }
  }

  void take_secret(const ObjectView& object, const DocumentText& document, std::size_t index) {
    ++report_.checked.secrets;
    const auto id = identify(object, true);
    const Identity place = id.value_or(Identity{file_, object.node->line, "", ""});
    const bool encrypted = is_sops(*object.node);
    if (encrypted) {
      refuse(object.kind, place, object.node->find("sops")->line,
             "the Secret is encrypted with SOPS and differs from the Secret in the cluster",
             "decrypt it first (sops -d), or omit the Secret and set --allow-missing-refs");
    } else {
      refuse_all(object, place, check_secret(*object.node));
    }
    if (!id) return;
    const YamlNode& node = *object.node;
    const bool tls = node["type"].text == "kubernetes.io/tls";
    SecretEntry entry{*id,           tls,  encrypted, holds_certificate(node), document.offset, document.text.size(),
                      document.line, index};
    catalog_.secrets.push_back(std::move(entry));
  }

  static bool holds_certificate(const YamlNode& secret) {
    for (const char* field : {"data", "stringData"}) {
      for (const YamlNode::Member& member : secret[field].members) {
        const std::string key = base::to_lower(member.key);
        if (key.ends_with(".crt") || key.ends_with(".pem") || key.ends_with(".cer") || key.ends_with(".key"))
          return true;
      }
    }
    return false;
  }

  void take_certificate(const ObjectView& object) {
    ++report_.checked.certificates;
    const auto id = identify(object, true);
    const YamlPointer spec = check(object, certificate_schema_, kServerCertificateDefinition, id);
    if (!id || !spec) return;
    const YamlNode& s = *spec;
    catalog_.certificates.push_back({*id, read(resources::parse_server_certificate, s), line_of(s["instanceRef"]),
                                     line_of(s["secretRef"]), line_of(s["privateKeyPasswordSecretRef"])});
  }

  void take_instance(const ObjectView& object) {
    ++report_.checked.instances;
    const auto id = identify(object, false);
    const YamlPointer spec = check(object, instance_schema_, kInstanceDefinition, id);
    if (!id || !spec) return;
    catalog_.instances.push_back({*id, read(resources::parse_instance, *spec),
                                  line_of((*spec)["credentials"]["secretRef"]),
                                  line_of((*spec)["proxy"]["secretRef"])});
  }

  /// The spec with its defaults, if there are no errors.
  YamlPointer check(const ObjectView& object, std::optional<Schema>& schema, std::string_view definition,
                    const std::optional<Identity>& id) {
    if (!schema) schema.emplace(definition);
    Schema::Checked checked = schema->check(*object.node);
    const bool fit = checked.violations.empty();
    refuse_all(object, id.value_or(Identity{file_, object.node->line, "", ""}), std::move(checked.violations));
    return fit ? checked.spec : nullptr;
  }

  /// Nothing for an object without a name, and for one that already exists.
  std::optional<Identity> identify(const ObjectView& object, bool namespaced) {
    const YamlNode& meta = (*object.node)["metadata"];
    const auto text = [](const YamlNode& value, const char* otherwise) {
      const bool scalar = !value.is_null() && !value.is_map() && value.type != YamlNode::Type::kSequence;
      return scalar ? value.text : std::string(otherwise);
    };
    Identity id{file_, object.node->line, "", text(meta["name"], "")};
    if (namespaced) id.ns = text(meta["namespace"], "default");
    if (id.ns.empty() && namespaced) id.ns = "default";
    refuse_all(object, id, check_metadata(*object.node));
    if (id.name.empty()) {
      // metadata.generateName is for kubectl create; no object can reference such an object.
      if (meta["generateName"].is_null()) {
        refuse(object.kind, id, id.line, "metadata.name: Required value, a string", "set metadata.name");
      }
      return std::nullopt;
    }
    if (names_.insert({object.kind, id.ns, id.name}).second) return id;
    Issue issue = issue_about(inputs_, object.kind, id);
    issue.severity = certificate::Severity::kWarning;
    issue.reason = "DefinedTwice";
    issue.message = "an object of this kind and name is already in the input";
    issue.hint =
        "only the first one is validated; validate files that belong together, such as one overlay, separately";
    report_.add(std::move(issue));
    return std::nullopt;
  }

  void refuse(std::string_view kind, const Identity& id, std::size_t line, std::string message, std::string hint) {
    Issue issue = issue_about(inputs_, kind, id);
    issue.line = line;
    issue.reason = "InvalidObject";
    issue.message = std::move(message);
    issue.hint = std::move(hint);
    report_.add(std::move(issue));
  }

  void unusable(std::size_t line, std::string message) {
    report_.unusable.push_back({inputs_[file_].name, line, std::move(message)});
  }

  std::vector<Input>& inputs_;
  const bool allow_empty_;
  Report& report_;
  // Created for the first object of the kind: parsing a CRD takes longer than most files.
  std::optional<Schema> certificate_schema_;
  std::optional<Schema> instance_schema_;
  Catalog catalog_;
  std::set<std::tuple<std::string, std::string, std::string>> names_;
  std::size_t file_ = 0;
  std::size_t objects_ = 0;  ///< of any kind
};

void add_objects(const YamlNode& node, const std::string& api_version, const std::string& kind,
                 std::vector<ObjectView>& objects) {
  const std::string own_kind = node["kind"].string_or(kind);
  const std::string own_version = node["apiVersion"].string_or(api_version);
  const YamlNode& items = node["items"];
  if (!own_kind.ends_with("List") || items.type != YamlNode::Type::kSequence) {
    objects.push_back({&node, own_version, own_kind});
    return;
  }
  const std::string kind_of_items = own_kind.substr(0, own_kind.size() - 4);
  for (const YamlPointer& item : items.items) add_objects(*item, own_version, kind_of_items, objects);
}

}  // namespace

std::vector<ObjectView> objects_in(const std::vector<YamlPointer>& roots) {
  std::vector<ObjectView> objects;
  for (const YamlPointer& root : roots) add_objects(*root, "", "", objects);
  return objects;
}

Catalog make_catalog(std::vector<Input>& inputs, bool allow_empty, Report& report) {
  return Cataloguer(inputs, allow_empty, report).run();
}

Issue issue_about(const std::vector<Input>& inputs, std::string_view kind, const Identity& id) {
  Issue issue;
  issue.file = inputs[id.file].name;
  issue.line = id.line;
  issue.kind = kind;
  issue.ns = id.ns;
  issue.name = id.name;
  return issue;
}

}  // namespace validate

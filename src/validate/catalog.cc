#include "validate/catalog.h"

#include <charconv>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "validate/definitions.h"
#include "validate/documents.h"
#include "validate/schema.h"

namespace validate {
namespace {

constexpr std::string_view kGroup = "iotda.huaweicloud.com/";
constexpr std::string_view kApiVersion = "iotda.huaweicloud.com/v1alpha1";

std::string host_of(const YamlNode& domain) {
  std::string host = base::to_lower(domain.string_or(""));
  if (host.ends_with('.')) host.pop_back();
  return host;
}

/// A member of a spec that has its defaults, with the line where a person would look for it.
Reference reference(const YamlNode& spec, std::string_view field) {
  const YamlNode& ref = spec[field];
  const YamlNode::Member* name = ref.find("name");
  if (name == nullptr) return {};
  return {name->value->text, name->line};
}

class Cataloguer {
 public:
  Cataloguer(std::vector<Input>& inputs, Report& report) : inputs_(inputs), report_(report) {}

  Catalog run() {
    for (file_ = 0; file_ < inputs_.size(); ++file_) read_file();
    return std::move(catalog_);
  }

 private:
  void read_file() {
    Documents documents(*inputs_[file_].stream);
    DocumentText document;
    while (documents.next(document)) {
      if (document.too_long) {
        unusable(document.line, "a document of more than " + std::to_string(kMaxDocument >> 20U) + " MiB");
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
    if (inputs_[file_].stream->bad()) unusable(0, "cannot be read to its end");
  }

  void take(const ObjectView& object, const DocumentText& document, std::size_t index) {
    if (object.kind == "Secret" && object.api_version == "v1") {
      const auto id = identify(object, true);
      if (!id) return;
      const bool tls = (*object.node)["type"].text == "kubernetes.io/tls";
      catalog_.secrets.push_back({*id, tls, document.offset, document.text.size(), document.line, index});
    } else if (object.api_version.starts_with(kGroup)) {
      if (object.api_version == kApiVersion && object.kind == "ServerCertificate") {
        take_certificate(object);
      } else if (object.api_version == kApiVersion && object.kind == "IoTDAInstance") {
        take_instance(object);
      } else {
        refuse(object.kind, {file_, object.node->line, "", ""}, object.node->line,
               "there is no such kind in " + std::string(kApiVersion), "it has ServerCertificate and IoTDAInstance");
      }
    }
  }

  void take_certificate(const ObjectView& object) {
    const auto id = identify(object, true);
    const YamlPointer spec = check(object, certificate_schema_, kServerCertificateDefinition, id);
    if (!id || !spec) return;
    const YamlNode& s = *spec;
    catalog_.certificates.push_back(
        {*id, reference(s, "instanceRef"), reference(s, "secretRef"), s["secretRef"]["certificateKey"].text,
         s["secretRef"]["privateKeyKey"].text, reference(s, "privateKeyPasswordSecretRef"),
         s["privateKeyPasswordSecretRef"]["key"].text, host_of(s["domainConfiguration"]["domainName"])});
  }

  void take_instance(const ObjectView& object) {
    const auto id = identify(object, false);
    const YamlPointer spec = check(object, instance_schema_, kInstanceDefinition, id);
    if (!id || !spec) return;
    const YamlNode& s = *spec;
    int quota = 0;
    const std::string& limit = s["quota"]["serverCertificates"].text;
    std::from_chars(limit.data(), limit.data() + limit.size(), quota);
    catalog_.instances.push_back({*id, s["endpoint"].text, s["projectId"].text, s["instanceId"].text, quota,
                                  reference(s["credentials"], "secretRef"),
                                  s["credentials"]["secretRef"]["namespace"].text});
  }

  /// The spec with its defaults, if nothing is wrong with it.
  YamlPointer check(const ObjectView& object, std::optional<Schema>& schema, std::string_view definition,
                    const std::optional<Identity>& id) {
    if (!schema) schema.emplace(definition);
    Schema::Checked checked = schema->check(*object.node);
    for (Schema::Violation& violation : checked.violations) {
      refuse(object.kind, id.value_or(Identity{file_, object.node->line, "", ""}), violation.line,
             std::move(violation.message), "the API server refuses this object");
    }
    return checked.violations.empty() ? checked.spec : nullptr;
  }

  /// None for an object without a name, and for one that stands there already.
  std::optional<Identity> identify(const ObjectView& object, bool namespaced) {
    const YamlNode& meta = (*object.node)["metadata"];
    Identity id{file_, object.node->line, "", meta["name"].string_or("")};
    if (namespaced) id.ns = meta["namespace"].string_or("default");
    if (id.name.empty()) {
      // metadata.generateName is for kubectl create; nothing can refer to such an object.
      if (meta["generateName"].is_null()) {
        refuse(object.kind, id, id.line, "metadata.name: Required value, a string", "name the object");
      }
      return std::nullopt;
    }
    if (names_.insert({object.kind, id.ns, id.name}).second) return id;
    Issue issue = issue_about(inputs_, object.kind, id);
    issue.severity = certificate::Severity::kWarning;
    issue.reason = "DefinedTwice";
    issue.message = "an object of this kind and name stands in the input before";
    issue.hint = "only that one is looked at: validate what belongs together, as one overlay, by itself";
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
  Report& report_;
  // Made when the first object of the kind comes: reading a definition takes longer than most files.
  std::optional<Schema> certificate_schema_;
  std::optional<Schema> instance_schema_;
  Catalog catalog_;
  std::set<std::tuple<std::string, std::string, std::string>> names_;
  std::size_t file_ = 0;
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

Catalog make_catalog(std::vector<Input>& inputs, Report& report) {
  return Cataloguer(inputs, report).run();
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

#pragma once

#include <compare>
#include <cstddef>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "validate/issue.h"
#include "validate/yaml.h"

namespace validate {

/// A file to validate. Its stream can be read again from any place.
struct Input {
  std::string name;
  std::unique_ptr<std::istream> stream;
};

/// Where an object is, and what it is called.
struct Identity {
  std::size_t file = 0;  ///< index into the inputs
  std::size_t line = 0;
  std::string ns;  ///< "default" where the object names none, as kubectl has it; empty for an IoTDAInstance
  std::string name;
};

/// Another object that a spec names; no name if it names none.
struct Reference {
  std::string name;
  std::size_t line = 0;
};

struct CertificateEntry {
  Identity id;
  Reference instance;
  Reference secret;
  std::string certificate_key;
  std::string private_key_key;
  Reference password;
  std::string password_key;
  std::string domain;  ///< lower case, without a dot at the end; empty for none
  bool stapling = false;
};

struct InstanceEntry {
  Identity id;
  std::string endpoint;
  std::string project;
  std::string instance_id;
  int quota = 0;
  int domain_quota = 1;  ///< domain configurations that the platform has for the instance
  Reference credentials;
  std::string credentials_namespace;  ///< empty: that of the operator
};

/// A Secret; its content stays in the file.
struct SecretEntry {
  Identity id;
  bool tls = false;                ///< of type kubernetes.io/tls
  bool unreadable = false;         ///< encrypted in the file, as by SOPS: its values mean nothing
  bool holds_certificate = false;  ///< one of its keys is called as that of a certificate is
  std::streamoff offset = 0;
  std::size_t size = 0;   ///< of the document that it is in
  std::size_t line = 0;   ///< of the document
  std::size_t index = 0;  ///< among the objects of the document
};

/// Everything in the input, in its order, each name of a kind once. Grows with the number of objects, not with what is
/// in the Secrets.
struct Catalog {
  std::vector<CertificateEntry> certificates;
  std::vector<InstanceEntry> instances;
  std::vector<SecretEntry> secrets;
  // Under a wrong apiVersion: that was told, so they are not missing besides.
  std::vector<Identity> refused_secrets;
  std::vector<Identity> refused_instances;
};

/// An object of a document; `kind` also where a list says it for its items.
struct ObjectView {
  const YamlNode* node = nullptr;
  std::string api_version;
  std::string kind;
};

/// The objects of a document, those of lists too.
std::vector<ObjectView> objects_in(const std::vector<YamlPointer>& roots);

/// Reads the inputs once, one document at a time, and checks each ServerCertificate, IoTDAInstance and Secret by
/// itself: InvalidObject for what the API server would refuse, the warning DefinedTwice. Other kinds are counted. What
/// is no Kubernetes object is unusable input; with `allow_empty`, files of text and maps that are none are passed over.
Catalog make_catalog(std::vector<Input>& inputs, bool allow_empty, Report& report);

/// An issue about an object of the catalog, without line and reason yet.
Issue issue_about(const std::vector<Input>& inputs, std::string_view kind, const Identity& id);

}  // namespace validate

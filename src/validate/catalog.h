#pragma once

#include <compare>
#include <cstddef>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resources/instance.h"
#include "resources/server_certificate.h"
#include "validate/issue.h"
#include "validate/yaml.h"

namespace validate {

/// A file to validate. Its stream can be read again from any position.
struct Input {
  std::string name;
  std::unique_ptr<std::istream> stream;
};

/// The location and the name of an object.
struct Identity {
  std::size_t file = 0;  ///< index into the inputs
  std::size_t line = 0;
  std::string ns;  ///< "default" where the object names none, as kubectl has it; empty for an IoTDAInstance
  std::string name;
};

/// A ServerCertificate as the operator will read it.
struct CertificateEntry {
  Identity id;
  resources::ServerCertificate object;  ///< only its spec
  // The lines of the references, where a person would look for them; 0 if there is none.
  std::size_t instance_line = 0;
  std::size_t secret_line = 0;
  std::size_t password_line = 0;

  std::string domain() const { return object.domain ? object.domain->name : ""; }
};

/// An IoTDAInstance as the operator will read it.
struct InstanceEntry {
  Identity id;
  resources::Instance object;        ///< only its spec
  std::size_t credentials_line = 0;  ///< of the reference
  std::size_t proxy_line = 0;        ///< of the reference to the credentials of the proxy
};

/// A Secret; its content stays in the file.
struct SecretEntry {
  Identity id;
  bool tls = false;                ///< of type kubernetes.io/tls
  bool unreadable = false;         ///< encrypted in the file, for example with SOPS: its values cannot be used
  bool holds_certificate = false;  ///< a key of the Secret has the name of a certificate
  std::streamoff offset = 0;
  std::size_t size = 0;   ///< of the document that it is in
  std::size_t line = 0;   ///< of the document
  std::size_t index = 0;  ///< among the objects of the document
};

/// All objects of the input, in its order, each name of a kind once. Its size depends on the number of objects, not on
/// the content of the Secrets.
struct Catalog {
  std::vector<CertificateEntry> certificates;
  std::vector<InstanceEntry> instances;
  std::vector<SecretEntry> secrets;
  // Objects with a wrong apiVersion: this was reported, so they are not reported as missing.
  std::vector<Identity> refused_secrets;
  std::vector<Identity> refused_instances;
};

/// An object of a document; for items of a list, `kind` is derived from the list.
struct ObjectView {
  const YamlNode* node = nullptr;
  std::string api_version;
  std::string kind;
};

/// The objects of a document, including the items of lists.
std::vector<ObjectView> objects_in(const std::vector<YamlPointer>& roots);

/// Reads the inputs once, one document at a time, and checks each ServerCertificate, IoTDAInstance and Secret on its
/// own: InvalidObject if the API server would reject it, the warning DefinedTwice. Other kinds are counted. A document
/// that is not a Kubernetes object is unusable input; with `allow_empty`, text and maps that are not objects are
/// skipped.
Catalog make_catalog(std::vector<Input>& inputs, bool allow_empty, Report& report);

/// An issue about an object of the catalog, without line and reason.
Issue issue_about(const std::vector<Input>& inputs, std::string_view kind, const Identity& id);

}  // namespace validate

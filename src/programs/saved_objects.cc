#include "saved_objects.h"

#include <fstream>

#include "json/value.h"
#include "validate/catalog.h"
#include "validate/documents.h"
#include "validate/json_text.h"
#include "validate/yaml.h"

namespace programs {

base::Result<overview::Objects, std::string> read_saved_objects(const std::vector<std::string>& files) {
  overview::Objects objects;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) return base::Err("cannot read " + file);
    validate::Documents documents(in);
    for (validate::DocumentText document; documents.next(document);) {
      const auto roots = validate::parse_yaml(document.text, document.line);
      if (!roots.ok()) {
        return base::Err(file + ":" + std::to_string(roots.error().line) + ": " + roots.error().message);
      }
      for (const validate::ObjectView& view : validate::objects_in(*roots)) {
        if (view.api_version != resources::kApiVersion) continue;
        const auto object = json::Document::parse(validate::to_json(*view.node));
        if (!object.ok()) return base::Err(file + ": " + object.error().message);
        if (view.kind == "IoTDAInstance") objects.instances.push_back(resources::parse_instance(object->root()));
        if (view.kind == "ServerCertificate") {
          objects.certificates.push_back(resources::parse_server_certificate(object->root()));
        }
      }
    }
  }
  return objects;
}

}  // namespace programs

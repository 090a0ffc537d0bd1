#include "troubles.h"

namespace simulation {
namespace {

ObjectTrouble::Call call_of(std::string_view verb, std::string_view subresource) {
  if (verb == "get") return ObjectTrouble::Call::kGet;
  return subresource == "status" ? ObjectTrouble::Call::kStatus : ObjectTrouble::Call::kFinalizer;
}

}  // namespace

std::optional<kube::Error> Troubles::about(const kube::Resource& resource, const kube::ObjectName& name,
                                           std::string_view verb, std::string_view subresource) {
  for (auto trouble = all_.begin(); trouble != all_.end(); ++trouble) {
    const bool meant =
        trouble->resource == resource.plural && trouble->name == name && trouble->call == call_of(verb, subresource);
    if (!meant) continue;
    kube::Error error = trouble->error;
    if (trouble->times > 0 && --trouble->times == 0) all_.erase(trouble);
    return error;
  }
  return std::nullopt;
}

std::string to_string(const ObjectTrouble& trouble) {
  const char* call = trouble.call == ObjectTrouble::Call::kGet         ? "get"
                     : trouble.call == ObjectTrouble::Call::kFinalizer ? "patch"
                                                                       : "status patch";
  return std::string(call) + " of " + trouble.resource + " " + trouble.name.to_string() + " gets " +
         std::to_string(trouble.error.status) +
         (trouble.times < 0 ? ", always" : ", " + std::to_string(trouble.times) + " times");
}

}  // namespace simulation

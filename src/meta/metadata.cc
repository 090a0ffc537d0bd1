#include "meta/metadata.h"

#include <algorithm>

#include "base/time_format.h"

namespace meta {

bool Metadata::has_finalizer(std::string_view finalizer) const {
  return std::find(finalizers.begin(), finalizers.end(), finalizer) != finalizers.end();
}

Metadata parse_metadata(const json::Value& object) {
  const json::Value m = object["metadata"];
  Metadata meta;
  meta.name = {m["namespace"].string_or(""), m["name"].string_or("")};
  meta.uid = Uid(m["uid"].string_or(""));
  meta.resource_version = m["resourceVersion"].string_or("");
  meta.generation = m["generation"].integer_or(0);
  meta.created = base::parse_rfc3339(m["creationTimestamp"].string_or("")).value_or(base::SystemTime{});
  meta.deleting = !m["deletionTimestamp"].is_null();
  for (const json::Value& f : m["finalizers"].items()) meta.finalizers.push_back(f.string_or(""));
  return meta;
}

}  // namespace meta

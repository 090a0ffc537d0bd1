#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "json/value.h"
#include "meta/object_name.h"
#include "meta/uid.h"

namespace meta {

/// ObjectMeta (meta/v1), as far as it is needed.
struct Metadata {
  ObjectName name;
  Uid uid;
  std::string resource_version;
  std::int64_t generation = 0;
  base::SystemTime created{};
  bool deleting = false;  ///< it has a deletionTimestamp
  std::vector<std::string> finalizers;

  bool has_finalizer(std::string_view finalizer) const;
};

/// Of an object as the API server returns it. Members that are missing have their default.
Metadata parse_metadata(const json::Value& object);

}  // namespace meta

#include "platform/id.h"

#include "base/ascii.h"

namespace platform {

bool is_usable_id(std::string_view id) {
  return id.size() <= kMaxId &&
         base::consists_of(id, [](char c) { return base::is_alphanumeric(c) || c == '_' || c == '-'; });
}

}  // namespace platform

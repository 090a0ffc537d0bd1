#include "http/route.h"

#include "base/sha256.h"

namespace http {

std::string Route::fingerprint() const {
  return base::sha256_hex(ca_pem) + (proxy ? " " + proxy->fingerprint() : "") + (direct ? " direct" : "");
}

}  // namespace http

#include "http/system_roots.h"

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <openssl/x509.h>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace http {
namespace {

struct Places {
  std::string file;
  std::string directory;
};

// "4a6481c9.0", the form of the links that c_rehash creates.
bool is_hashed_name(std::string_view name) {
  constexpr std::size_t kHash = 8;
  if (name.size() < kHash + 2 || name[kHash] != '.') return false;
  return base::consists_of(name.substr(0, kHash), [](char c) { return base::hex_digit(c) >= 0; }) &&
         base::is_digit(name[kHash + 1]);
}

bool has_hashed_names(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (is_hashed_name(entry.path().filename().string())) return true;
  }
  return false;
}

Places find_places() {
  const char* file = std::getenv("SSL_CERT_FILE");      // NOLINT(concurrency-mt-unsafe): before other threads
  const char* directory = std::getenv("SSL_CERT_DIR");  // NOLINT(concurrency-mt-unsafe)
  if (file != nullptr || directory != nullptr) {
    return {file != nullptr ? file : "", directory != nullptr ? directory : ""};
  }
  for (const char* usual : {X509_get_default_cert_dir(), "/etc/ssl/certs"}) {
    if (has_hashed_names(usual)) return {{}, usual};
  }
  for (const char* usual : {X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt",
                            "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"}) {
    std::error_code error;
    if (std::filesystem::is_regular_file(usual, error)) return {usual, {}};
  }
  return {};
}

const Places& places() {
  static const Places found = find_places();
  return found;
}

}  // namespace

void take_over_system_roots() {
  static std::once_flag once;
  std::call_once(once, [] {
    places();
    setenv("SSL_CERT_FILE", "/dev/null", 1);  // NOLINT(concurrency-mt-unsafe)
    setenv("SSL_CERT_DIR", "/dev/null", 1);   // NOLINT(concurrency-mt-unsafe)
  });
}

bool add_system_roots(X509_STORE* store) {
  const Places& from = places();
  bool added = false;
  if (!from.file.empty()) added = X509_STORE_load_file(store, from.file.c_str()) == 1;
  if (!from.directory.empty()) added = X509_STORE_load_path(store, from.directory.c_str()) == 1 || added;
  return added;
}

}  // namespace http

#include "certificate/name.h"

#include <functional>

#include "base/openssl.h"
#include "base/text.h"

namespace certificate {
namespace {

constexpr std::size_t kMaxName = 256;

constexpr unsigned long kText = ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER;

std::string printed(const std::function<int(BIO*)>& print) {
  const base::Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || print(bio.get()) < 0) return {};
  return base::truncate(base::printable(base::written(bio.get())), kMaxName);
}

}  // namespace

std::string to_text(const X509_NAME* name) {
  return printed([&](BIO* bio) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_2253 | kText);
  });
}

std::string common_name_of(const X509_NAME* name) {
  int last = -1;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;) last = i;
  if (last < 0) return {};
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
  return printed([&](BIO* bio) { return ASN1_STRING_print_ex(bio, value, kText); });
}

}  // namespace certificate

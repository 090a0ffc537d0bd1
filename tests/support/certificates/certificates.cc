#include "support/certificates/certificates.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <utility>

#include "base/openssl.h"
#include "base/time_format.h"

namespace test {
namespace {

/// A test that cannot make its input has nothing to show.
void check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("cannot make a certificate for the test: ") + what);
}

using Pkcs8 = base::Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedPkcs8 = base::Owned<X509_SIG, X509_SIG_free>;

std::string written(const std::function<int(BIO*)>& write) {
  const base::Bio bio(BIO_new(BIO_s_mem()));
  check(bio != nullptr && write(bio.get()) == 1, "writing PEM");
  return base::written(bio.get());
}

base::X509Certificate parse(std::string_view pem) {
  const auto bio = base::reader(pem);
  base::X509Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  check(certificate != nullptr, "reading the issuer");
  return certificate;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const base::Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

void add_name(X509_NAME* name, const std::string& type, const std::string& value) {
  check(X509_NAME_add_entry_by_txt(name, type.c_str(), MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()),
                                   -1, 0) == 1,
        "the subject");
}

std::string alternative_names(const CertificateSpec& spec) {
  std::string names;
  const auto add = [&](const char* type, const std::string& name) {
    if (!names.empty()) names += ',';
    names += type + name;
  };
  for (const auto& name : spec.dns_names) add("DNS:", name);
  for (const auto& address : spec.ip_addresses) add("IP:", address);
  return names;
}

void add_extensions(X509* x, X509* signer, const CertificateSpec& spec) {
  const auto add = [&](int nid, const std::string& value) {
    if (!value.empty()) add_extension(x, signer, nid, value);
  };
  add(NID_basic_constraints, spec.basic_constraints.value_or(spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE"));
  add(NID_key_usage, spec.key_usage.value_or(spec.ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature"));
  add(NID_ext_key_usage, spec.extended_key_usage.value_or(spec.ca ? "" : "serverAuth"));
  add(NID_name_constraints, spec.name_constraints);
  add(NID_subject_key_identifier, "hash");
  if (signer != x) add(NID_authority_key_identifier, "keyid");
  add(NID_subject_alt_name, alternative_names(spec));
}

Identity sign(const CertificateSpec& spec, const Key& key, const Identity* issuer) {
  const base::X509Certificate certificate(X509_new());
  X509* x = certificate.get();
  check(x != nullptr && X509_set_version(x, spec.version) == 1, "the version");

  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "a serial number");
  const std::int64_t number = spec.serial.value_or(static_cast<std::int64_t>(serial >> 1U));
  check(ASN1_INTEGER_set_int64(X509_get_serialNumber(x), number) == 1, "the serial number");
  check(ASN1_TIME_set_string_X509(X509_getm_notBefore(x), spec.not_before.c_str()) == 1, "not_before");
  check(ASN1_TIME_set_string_X509(X509_getm_notAfter(x), spec.not_after.c_str()) == 1, "not_after");

  X509_NAME* subject = X509_get_subject_name(x);
  for (const auto& [type, value] : spec.subject) add_name(subject, type, value);
  if (!spec.common_name.empty()) add_name(subject, "CN", spec.common_name);

  const base::X509Certificate parent = issuer == nullptr ? nullptr : parse(issuer->certificate);
  X509* signer = parent == nullptr ? x : parent.get();
  check(X509_set_issuer_name(x, X509_get_subject_name(signer)) == 1, "the issuer");
  check(X509_set_pubkey(x, key.get()) == 1, "the public key");

  if (spec.version == 2) add_extensions(x, signer, spec);
  EVP_PKEY* signing_key = issuer == nullptr ? key.get() : issuer->key.get();
  const bool own_digest = EVP_PKEY_get_base_id(signing_key) == EVP_PKEY_ED25519;
  const EVP_MD* digest = own_digest ? nullptr : EVP_get_digestbyname(spec.digest.c_str());
  check(X509_sign(x, signing_key, digest) > 0, "the signature");
  return {written([&](BIO* bio) { return PEM_write_bio_X509(bio, x); }), key, spec.common_name};
}

using Context = base::Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

EVP_PKEY* generated(const Context& context) {
  EVP_PKEY* key = nullptr;
  check(EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_keygen(context.get(), &key) == 1, "the key");
  return key;
}

EVP_PKEY* dsa_key() {
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* made = nullptr;
  check(EVP_PKEY_paramgen_init(context.get()) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(context.get(), 1024) == 1 &&
            EVP_PKEY_paramgen(context.get(), &made) == 1,
        "DSA parameters");
  const base::PublicOrPrivateKey parameters(made);
  return generated(Context(EVP_PKEY_CTX_new(parameters.get(), nullptr)));
}

}  // namespace

Key::Key(evp_pkey_st* key) : key_(key, EVP_PKEY_free) {
  check(key != nullptr, "the key");
}

Key Key::make(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return Key(EVP_EC_gen("P-256"));
    case KeyType::kP384:
      return Key(EVP_EC_gen("P-384"));
    case KeyType::kP521:
      return Key(EVP_EC_gen("P-521"));
    case KeyType::kSecp256k1:
      return Key(EVP_EC_gen("secp256k1"));
    case KeyType::kRsa1024:
      return Key(EVP_RSA_gen(1024));
    case KeyType::kRsa2048:
      return Key(EVP_RSA_gen(2048));
    case KeyType::kRsaPss:
      return Key(generated(Context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr))));
    case KeyType::kDsa:
      return Key(dsa_key());
    case KeyType::kEd25519:
      return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  std::abort();
}

std::string Key::pkcs8() const {
  return written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string Key::encrypted_pkcs8(std::string_view password, int rounds) const {
  const Pkcs8 plain(EVP_PKEY2PKCS8(get()));
  check(plain != nullptr, "PKCS#8");
  const EncryptedPkcs8 encrypted(PKCS8_encrypt(-1, EVP_aes_256_cbc(), password.data(),
                                               static_cast<int>(password.size()), nullptr, 0, rounds, plain.get()));
  check(encrypted != nullptr, "the encryption");
  return written([&](BIO* bio) { return PEM_write_bio_PKCS8(bio, encrypted.get()); });
}

std::string Key::scrypt_pkcs8(std::string_view password, unsigned n, unsigned r, unsigned p) const {
  const Pkcs8 plain(EVP_PKEY2PKCS8(get()));
  check(plain != nullptr, "PKCS#8");
  X509_ALGOR* algorithm = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, n, r, p);
  check(algorithm != nullptr, "scrypt");
  const EncryptedPkcs8 encrypted(
      PKCS8_set0_pbe(password.data(), static_cast<int>(password.size()), plain.get(), algorithm));
  check(encrypted != nullptr, "the encryption");
  return written([&](BIO* bio) { return PEM_write_bio_PKCS8(bio, encrypted.get()); });
}

std::string Key::traditional() const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string Key::encrypted_traditional(std::string_view password) const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, get(), EVP_aes_256_cbc(), base::bytes(password),
                                                static_cast<int>(password.size()), nullptr, nullptr);
  });
}

std::string Key::public_pem() const {
  return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, get()); });
}

std::string asn1_time(base::SystemTime t) {
  std::string text = base::to_compact(t);
  text.erase(text.find('T'), 1);
  return text;
}

Identity self_signed(const CertificateSpec& spec, const Key& key) {
  return sign(spec, key, nullptr);
}

Identity issue(const CertificateSpec& spec, const Identity& issuer, const Key& key) {
  return sign(spec, key, &issuer);
}

Chain make_chain(const CertificateSpec& leaf) {
  CertificateSpec authority;
  authority.ca = true;
  authority.common_name = "Test Root";
  Identity root = self_signed(authority);
  authority.common_name = "Test Intermediate";
  Identity intermediate = issue(authority, root);
  Identity end = issue(leaf, intermediate);
  return {std::move(root), std::move(intermediate), std::move(end)};
}

Identity loopback_server() {
  CertificateSpec spec;
  spec.common_name = "localhost";
  spec.dns_names = {"localhost"};
  spec.ip_addresses = {"127.0.0.1", "::1"};
  return self_signed(spec);
}

std::string der_of(std::string_view certificate_pem) {
  const base::X509Certificate certificate = parse(certificate_pem);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  check(size > 0, "DER");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace test

#include "http/tls_policy.h"

#include <arpa/inet.h>
#include <array>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <utility>

#include "base/text.h"
#include "http/system_roots.h"

namespace http {
namespace {

constexpr std::size_t kMaxNameLength = 200;
constexpr int kMaxListedNames = 8;

std::string name_text(const X509_NAME* name) {
  const base::Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  return base::truncate(base::printable(base::written(bio.get())), kMaxNameLength);
}

std::string time_text(const ASN1_TIME* time) {
  const base::Bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  return base::written(bio.get());
}

std::string ip_text(const ASN1_OCTET_STRING* ip) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(ip) != 16) return "?";
  return inet_ntop(family, ASN1_STRING_get0_data(ip), text.data(), text.size()) != nullptr ? text.data() : "?";
}

// The names that a certificate is valid for: "a.example, 192.0.2.1".
std::string alternative_names(X509* certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    if (i == kMaxListedNames) {
      out += ", …";
      break;
    }
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    std::string text;
    if (name->type == GEN_DNS) {
      const auto* dns = name->d.dNSName;
      text.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(dns)),
                  static_cast<std::size_t>(ASN1_STRING_length(dns)));
    } else if (name->type == GEN_IPADD) {
      text = ip_text(name->d.iPAddress);
    } else {
      continue;
    }
    if (!out.empty()) out += ", ";
    out += base::truncate(base::printable(text), kMaxNameLength);
  }
  GENERAL_NAMES_free(names);
  return out;
}

// Why a chain was rejected, with the details that help to find the mistake.
std::string describe_refusal(X509_STORE_CTX* store, const std::string& server_name) {
  const int error = X509_STORE_CTX_get_error(store);
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    const std::string names = leaf != nullptr ? alternative_names(leaf) : "";
    return "the certificate is not valid for " + server_name +
           (names.empty() ? "; it has no subject alternative names" : "; it is valid for " + names);
  }
  X509* culprit = X509_STORE_CTX_get_current_cert(store);
  if (culprit == nullptr) culprit = leaf;
  std::string text = "the certificate is not trusted: ";
  text += X509_verify_cert_error_string(error);
  if (culprit == nullptr) return text;
  text +=
      " (subject " + name_text(X509_get_subject_name(culprit)) + ", issuer " + name_text(X509_get_issuer_name(culprit));
  if (error == X509_V_ERR_CERT_HAS_EXPIRED) text += ", not after " + time_text(X509_get0_notAfter(culprit));
  if (error == X509_V_ERR_CERT_NOT_YET_VALID) text += ", not before " + time_text(X509_get0_notBefore(culprit));
  return text + ")";
}

base::Err<Error> invalid(std::string message) {
  ERR_clear_error();
  return base::Err(Error{Error::Code::kInvalid, std::move(message)});
}

// True if reading PEM stopped at the end of the text, not at an error.
bool at_end_of_pem() {
  const unsigned long error = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return end;
}

int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

// The ex_data index of an SSL for its TlsWatch.
int watch_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

TlsWatch* watch_of(const SSL* ssl) {
  return static_cast<TlsWatch*>(SSL_get_ex_data(ssl, watch_index()));
}

// The ex_data index of an SSL_CTX for its TlsPolicy.
int policy_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void advance(TlsWatch* watch, TlsWatch::Phase phase) {
  if (watch->phase < phase) watch->phase = phase;
}

std::string alert_text(int value) {
  // OpenSSL 3.0 has no text for this alert of TLS 1.3 (RFC 8446 §6).
  if ((value & 0xff) == SSL_AD_CERTIFICATE_REQUIRED) return "certificate required";
  return SSL_alert_desc_string_long(value);
}

void on_info(const SSL* ssl, int where, int value) {
  TlsWatch* watch = watch_of(ssl);
  if (watch == nullptr) return;
  if ((where & SSL_CB_HANDSHAKE_START) != 0) advance(watch, TlsWatch::Phase::kHandshake);
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) advance(watch, TlsWatch::Phase::kEstablished);
  // A peer that closes the connection sends close_notify, which is not a failure.
  if (where == SSL_CB_READ_ALERT && (value & 0xff) != SSL_AD_CLOSE_NOTIFY) {
    watch->failure = "the server sent the TLS alert \"" + alert_text(value) + "\"";
  }
}

void on_message(int writing, int /*version*/, int type, const void* data, std::size_t size, SSL* ssl, void* /*arg*/) {
  constexpr std::size_t kRecordHeader = 5;
  if (writing != 0 || type != SSL3_RT_HEADER || size != kRecordHeader) return;
  TlsWatch* watch = watch_of(ssl);
  if (watch == nullptr) return;
  const auto* header = static_cast<const unsigned char*>(data);
  watch->received += kRecordHeader + (static_cast<std::size_t>(header[3]) << 8U) + header[4];
  if (watch->received > watch->receive_limit && watch->on_flood) watch->on_flood();
}

}  // namespace

TlsPolicy::TlsPolicy(SSL_CTX* context, std::string server_name, bool verify)
    : context_(context), server_name_(std::move(server_name)), verify_(verify) {
  SSL_CTX_set_ex_data(context, policy_index(), this);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);  // of records that were read
  SSL_CTX_set_cert_verify_callback(context, verify_peer, this);
  SSL_CTX_set_info_callback(context, on_info);
  SSL_CTX_set_msg_callback(context, on_message);
  // Only the newest session is kept, and it is kept here: tickets are used once, so there is nothing to look up.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);

  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set_flags(expected, X509_V_FLAG_PARTIAL_CHAIN);
  if (is_ip_address(server_name_)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, server_name_.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(expected, server_name_.c_str(), server_name_.size());
  }
}

TlsPolicy::~TlsPolicy() = default;

base::Result<std::shared_ptr<TlsPolicy>, Error> TlsPolicy::make(const TlsConfig& config, const Origin& origin) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return invalid("OpenSSL cannot create a TLS context");
  const std::string& name = config.server_name.empty() ? origin.host : config.server_name;
  std::shared_ptr<TlsPolicy> policy(new TlsPolicy(context, name, !config.insecure));
  if (auto loaded = policy->load(config); !loaded) return base::Err(std::move(loaded).error());
  return policy;
}

base::Result<void, Error> TlsPolicy::load(const TlsConfig& config) {
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  int roots = 0;
  if (!config.ca_pem.empty()) {
    const base::Bio pem = base::reader(config.ca_pem);
    while (const base::X509Certificate root{PEM_read_bio_X509(pem.get(), nullptr, no_password, nullptr)}) {
      if (X509_STORE_add_cert(store, root.get()) != 1) return invalid("a trusted CA certificate cannot be used");
      ++roots;
    }
    if (!at_end_of_pem())
      return invalid("the trusted CA certificates are not valid PEM after certificate " + std::to_string(roots));
    if (roots == 0) return invalid("the trusted CA certificates contain no certificate");
  }
  if (config.system_roots && !add_system_roots(store)) return invalid("this system has no trusted CA certificates");
  if (verify_ && roots == 0 && !config.system_roots) return invalid("no trusted CA certificates are configured");

  if (config.client_certificate_pem.empty()) return {};
  const base::Bio chain = base::reader(config.client_certificate_pem);
  const base::X509Certificate leaf(PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context_.get(), leaf.get()) != 1) {
    return invalid("the client certificate is not valid PEM");
  }
  while (base::X509Certificate next{PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context_.get(), next.get()) != 1)
      return invalid("the chain of the client certificate cannot be used");
  }
  if (!at_end_of_pem()) return invalid("the chain of the client certificate is not valid PEM");
  const base::Bio key_pem = base::reader(config.client_key_pem.view());
  const base::PublicOrPrivateKey key(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, no_password, nullptr));
  if (!key) return invalid("the private key of the client certificate is not valid, unencrypted PEM");
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
    return invalid("the private key does not match the client certificate");
  }
  return {};
}

void TlsPolicy::prepare(SSL* ssl, TlsWatch* watch) {
  SSL_set_ex_data(ssl, watch_index(), watch);
  if (!is_ip_address(server_name_)) {  // RFC 6066 §3: no literal addresses
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(server_name_.c_str()));
  }
  const os::MutexLock lock(mutex_);
  if (!session_) return;
  const Session copy(SSL_SESSION_dup(session_.get()));
  if (copy) SSL_set_session(ssl, copy.get());
}

int TlsPolicy::verify_peer(X509_STORE_CTX* store, void* self) {
  const auto* policy = static_cast<const TlsPolicy*>(self);
  if (!policy->verify_) return 1;
  // The HTTP library has installed its own callback here, which accepts a common name.
  X509_STORE_CTX_set_verify_cb(store, [](int ok, X509_STORE_CTX* /*store*/) { return ok; });
  if (X509_verify_cert(store) == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (TlsWatch* watch = ssl != nullptr ? watch_of(ssl) : nullptr; watch != nullptr) {
    watch->failure = describe_refusal(store, policy->server_name_);
  }
  return 0;
}

int TlsPolicy::on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* policy = static_cast<TlsPolicy*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), policy_index()));
  policy->keep_session(session);
  return 0;
}

// Copies the session, because OpenSSL marks a session as unusable if its connection is closed without a close_notify,
// which is how the HTTP library closes it.
void TlsPolicy::keep_session(SSL_SESSION* session) {
  Session copy(SSL_SESSION_dup(session));
  const os::MutexLock lock(mutex_);
  session_ = std::move(copy);
}

}  // namespace http

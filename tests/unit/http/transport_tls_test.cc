// Whom a transport trusts and as whom it appears.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <openssl/x509.h>
#include <unistd.h>

#include "base/openssl.h"
#include "transport_test_support.h"

namespace http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A CA that stands in for those of this system: SSL_CERT_FILE is read once, before the first transport is made.
class SystemRoots : public ::testing::Environment {
 public:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("http_test_roots_" + std::to_string(getpid()));
    std::ofstream(file_) << authority().certificate;
    setenv("SSL_CERT_FILE", file_.c_str(), 1);
    initialize_process();
  }
  void TearDown() override { std::filesystem::remove(file_); }

  static const test::Identity& authority() {
    static const test::Identity made = test::self_signed({.common_name = "System Root", .ca = true});
    return made;
  }

 private:
  std::filesystem::path file_;
};
const auto* const kSystemRoots = ::testing::AddGlobalTestEnvironment(new SystemRoots);

class TransportTls : public TransportTest {
 protected:
  static void answer_all(Connection& connection) {
    while (!connection.read_request().empty()) connection.write(ok_answer());
  }

  /// One GET to `server`, as `host`, trusting `ca_pem`.
  base::Result<Response, Error> ask(const ScriptServer& server, TlsConfig tls, const std::string& host = "127.0.0.1") {
    TransportOptions options;
    options.origin = {true, host, server.port()};
    options.tls = std::move(tls);
    return made(std::move(options))->send(get(), {});
  }

  static TlsConfig trusting(const std::string& ca_pem) {
    TlsConfig tls;
    tls.ca_pem = ca_pem;
    return tls;
  }

  static ServerTls as(const test::Identity& identity) { return {identity.certificate, identity.key_pem()}; }
};

void expect_untrusted(const base::Result<Response, Error>& result, const std::string& reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Error::Code::kTls) << result.error().message;
  EXPECT_TRUE(result.error().nothing_sent());
  EXPECT_THAT(result.error().message, HasSubstr(reason));
}

TEST_F(TransportTls, TrustsAServerWhoseAlternativeNamesHoldTheHost) {
  const ScriptServer server(answer_all, server_tls());
  EXPECT_TRUE(ask(server, trusting(identity().certificate), "127.0.0.1").ok());
  EXPECT_TRUE(ask(server, trusting(identity().certificate), "localhost").ok());
}

TEST_F(TransportTls, RefusesAWrongAlternativeNameEvenIfTheCommonNameMatches) {
  const auto wrong = test::self_signed({.common_name = "localhost", .dns_names = {"other.example"}});
  const ScriptServer server(answer_all, as(wrong));
  expect_untrusted(ask(server, trusting(wrong.certificate), "localhost"),
                   "localhost:" + std::to_string(server.port()) +
                       " (127.0.0.1): TLS handshake failed: the certificate is "
                       "not valid for localhost; it is valid for other.example");
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(TransportTls, RefusesACommonNameWithoutAlternativeNames) {
  const auto wrong = test::self_signed({.common_name = "localhost"});
  const ScriptServer server(answer_all, as(wrong));
  expect_untrusted(ask(server, trusting(wrong.certificate), "localhost"), "it has no subject alternative names");
}

TEST_F(TransportTls, ComparesAnAddressWithTheAddressesOnly) {
  const auto wrong =
      test::self_signed({.common_name = "127.0.0.1", .dns_names = {"127.0.0.1"}, .ip_addresses = {"127.0.0.2"}});
  const ScriptServer server(answer_all, as(wrong));
  expect_untrusted(ask(server, trusting(wrong.certificate)),
                   "not valid for 127.0.0.1; it is valid for 127.0.0.1, 127.0.0.2");
}

TEST_F(TransportTls, RefusesAnUnknownAuthorityAndSaysWhoSigned) {
  const auto authority = test::self_signed({.common_name = "Known CA", .ca = true});
  const auto stranger = test::self_signed({.common_name = "Unknown CA", .ca = true});
  const auto leaf = test::issue({.common_name = "x", .ip_addresses = {"127.0.0.1"}}, stranger);
  const ScriptServer server(answer_all, as(leaf));
  expect_untrusted(ask(server, trusting(authority.certificate)), "issuer CN=Unknown CA");
}

TEST_F(TransportTls, RefusesASelfSignedCertificateThatIsNotAmongTheRoots) {
  const auto stranger = test::self_signed({.common_name = "x", .ip_addresses = {"127.0.0.1"}});
  const ScriptServer server(answer_all, as(stranger));
  expect_untrusted(ask(server, trusting(identity().certificate)), "self-signed certificate");
}

TEST_F(TransportTls, RefusesAnExpiredCertificateAndSaysSinceWhen) {
  const auto expired =
      test::self_signed({.common_name = "x", .ip_addresses = {"127.0.0.1"}, .not_after = "20210203040506Z"});
  const ScriptServer server(answer_all, as(expired));
  expect_untrusted(ask(server, trusting(expired.certificate)), "expired");
  expect_untrusted(ask(server, trusting(expired.certificate)), "not after Feb  3 04:05:06 2021 GMT");
}

TEST_F(TransportTls, DoesNotTrustTheSystemsRootsBesideGivenOnes) {
  const auto leaf = test::issue({.common_name = "x", .ip_addresses = {"127.0.0.1"}}, SystemRoots::authority());
  const ScriptServer server(answer_all, as(leaf));
  expect_untrusted(ask(server, trusting(identity().certificate)), "issuer CN=System Root");

  TlsConfig both = trusting(identity().certificate);
  both.system_roots = true;
  EXPECT_TRUE(ask(server, std::move(both)).ok());
}

TEST_F(TransportTls, TakesAnIntermediateForARootIfItIsGiven) {
  const test::Chain chain = test::make_chain({.common_name = "x", .ip_addresses = {"127.0.0.1"}});
  const ScriptServer server(answer_all, as(chain.leaf));
  EXPECT_TRUE(ask(server, trusting(chain.intermediate.certificate)).ok());
}

TEST_F(TransportTls, RefusesVersionsBeforeTls12) {
  ServerTls old = server_tls();
  old.max_version = TLS1_1_VERSION;
  const ScriptServer server(answer_all, old);
  expect_untrusted(ask(server, trusting(identity().certificate)), "protocol version");

  old.max_version = TLS1_2_VERSION;
  const ScriptServer good_enough(answer_all, old);
  EXPECT_TRUE(ask(good_enough, trusting(identity().certificate)).ok());
}

TEST_F(TransportTls, ExpectsTheGivenServerNameAndAsksForIt) {
  const auto internal = test::self_signed({.common_name = "x", .dns_names = {"api.internal"}});
  std::string asked_for;
  std::string request;
  const ScriptServer server(
      [&](Connection& connection) {
        const char* name = SSL_get_servername(connection.ssl(), TLSEXT_NAMETYPE_host_name);
        asked_for = name != nullptr ? name : "(none)";
        request = connection.read_request();
        connection.write(ok_answer());
      },
      as(internal));
  expect_untrusted(ask(server, trusting(internal.certificate)), "not valid for 127.0.0.1");
  TlsConfig named = trusting(internal.certificate);
  named.server_name = "api.internal";
  EXPECT_TRUE(ask(server, std::move(named)).ok());
  EXPECT_EQ(asked_for, "api.internal");
  EXPECT_THAT(request, HasSubstr("Host:127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
}

TEST_F(TransportTls, AsksForNoNameWhereTheHostIsAnAddress) {
  std::string asked_for = "unset";
  const ScriptServer server(
      [&](Connection& connection) {
        const char* name = SSL_get_servername(connection.ssl(), TLSEXT_NAMETYPE_host_name);
        asked_for = name != nullptr ? name : "(none)";
        answer_all(connection);
      },
      server_tls());
  EXPECT_TRUE(ask(server, trusting(identity().certificate)).ok());
  EXPECT_EQ(asked_for, "(none)");
}

TEST_F(TransportTls, SendsTheClientCertificate) {
  const auto authority = test::self_signed({.common_name = "Client CA", .ca = true});
  const auto client = test::issue({.common_name = "operator"}, authority);
  ServerTls tls = server_tls();
  tls.client_ca_pem = authority.certificate;
  std::string seen;
  const ScriptServer server(
      [&](Connection& connection) {
        const base::X509Certificate peer(SSL_get1_peer_certificate(connection.ssl()));
        std::array<char, 64> name{};
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name.data(), name.size());
        seen = name.data();
        answer_all(connection);
      },
      tls);

  const auto refused = ask(server, trusting(identity().certificate));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("certificate required"));

  TlsConfig with = trusting(identity().certificate);
  with.client_certificate_pem = client.certificate;
  with.client_key_pem = base::Secret::copy_of(client.key_pem());
  const auto taken = ask(server, std::move(with));
  EXPECT_TRUE(taken.ok()) << taken.error().message;
  EXPECT_EQ(seen, "operator");
}

TEST_F(TransportTls, TrustsAnybodyIfTheConfigurationSaysSo) {
  const auto stranger = test::self_signed({.common_name = "x"});
  const ScriptServer server(answer_all, as(stranger));
  TlsConfig tls;
  tls.insecure = true;
  EXPECT_TRUE(ask(server, std::move(tls)).ok());
}

TEST_F(TransportTls, ResumesTheSessionForAFreshConnection) {
  std::vector<bool> resumed;
  const ScriptServer server(
      [&](Connection& connection) {
        resumed.push_back(SSL_session_reused(connection.ssl()) == 1);
        answer_all(connection);
      },
      server_tls());
  const auto transport = secure(server);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(transport->send(post("x", true), {}).ok());
  EXPECT_THAT(resumed, ::testing::ElementsAre(false, true, true));
}

TEST_F(TransportTls, SaysThatAPeerWhichSpeaksNoTlsIsNoTlsServer) {
  const ScriptServer server([](Connection& connection) { connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  expect_untrusted(ask(server, trusting(identity().certificate)), "wrong version number");
}

TEST_F(TransportTls, RefusesPemThatCannotBeUsed) {
  const auto other_key = test::Key::make();
  const auto client = [&](const std::string& certificate, const std::string& key) {
    TlsConfig tls = trusting(identity().certificate);
    tls.client_certificate_pem = certificate;
    tls.client_key_pem = base::Secret::copy_of(key);
    return tls;
  };
  struct Case {
    TlsConfig tls;
    std::string reason;
  };
  std::vector<Case> cases;
  cases.push_back({{}, "no trusted CA certificates are configured"});
  cases.push_back({trusting("no PEM at all"), "contain no certificate"});
  cases.push_back({trusting(identity().certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                   "not valid PEM after certificate 1"});
  cases.push_back({client("nothing", identity().key_pem()), "client certificate is not valid PEM"});
  cases.push_back({client(identity().certificate, "nothing"), "key of the client certificate"});
  cases.push_back({client(identity().certificate, identity().key.encrypted_pkcs8("password")), "unencrypted"});
  cases.push_back({client(identity().certificate, other_key.pkcs8()), "does not match"});
  for (Case& c : cases) {
    const auto transport = make_cpprest_transport({.origin = {}, .tls = std::move(c.tls)}, clock_);
    ASSERT_FALSE(transport.ok()) << c.reason;
    EXPECT_EQ(transport.error().code, Error::Code::kInvalid);
    EXPECT_THAT(transport.error().message, HasSubstr(c.reason));
    EXPECT_THAT(transport.error().message, Not(HasSubstr("PRIVATE KEY")));
  }
}

}  // namespace
}  // namespace http

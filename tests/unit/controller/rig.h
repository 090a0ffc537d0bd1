#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/reconciler.h"
#include "controller/store.h"
#include "fake_platform.h"
#include "os/fake_clock.h"
#include "support/base64.h"
#include "support/certificates/certificates.h"
#include "support/fake_kube_api.h"

namespace controller {

/// The real reconciler on an API server and a platform in memory. Watches are played by pump(): what it has not brought
/// yet, the reconciler does not know.
class Rig {
 public:
  Rig() {
    api.serve(
        {kServerCertificates, "ServerCertificate", true, true,
         R"({"spec":{"instanceRef":{"name":"default"},"deletionPolicy":"Delete"},"status":{"observedGeneration":-1}})"});
    api.serve({kInstances, "IoTDAInstance", false, true, R"({"status":{"observedGeneration":-1}})"});
    provider.current = {platform, std::nullopt, false, platform::Signing::kDerived, "1"};
    restart();
  }

  /// A new process: everything in memory is lost.
  void restart() {
    reconciler.reset();
    store = std::make_unique<Store>("iotda-system", [](const std::string&) {});
    reconciler = std::make_unique<Reconciler>(api, *store, provider, events, clock, leadership,
                                              ReconcilerConfig{timing, [](const std::string&) { return true; }});
    pump();
  }

  /// A complete list that was asked for now: what it says holds, whatever the versions are.
  void relist() { pump(store->moment()); }

  void pump(Store::Moment asked = 0) {
    const auto each = [&](const kube::Resource& resource, const auto& put) {
      for (const kube::ObjectName& name : api.names(resource)) put(*json::Document::parse(*api.object(resource, name)));
    };
    each(kInstances, [&](const json::Document& d) { store->watched(parse_instance(d.root()), asked); });
    each(kServerCertificates,
         [&](const json::Document& d) { store->watched(parse_server_certificate(d.root()), asked); });
    each(kube::kSecrets, [&](const json::Document& d) {
      const meta::Metadata meta = meta::parse_metadata(d.root());
      store->watched_secret(meta.name, meta.uid, meta.resource_version, asked);
    });
    const auto gone = [&](const kube::Resource& resource, std::set<kube::ObjectName> known) {
      for (const kube::ObjectName& name : api.names(resource)) known.erase(name);
      return known;
    };
    for (const auto& name : gone(kServerCertificates, store->certificates_in(""))) store->deleted_certificate(name);
    for (const auto& name : gone(kInstances, store->instances())) store->deleted_instance(name.name);
    for (const auto& name : gone(kube::kSecrets, store->present_secrets_in(""))) store->deleted_secret(name);
  }

  ReconcileResult reconcile(const std::string& instance = "default") {
    pump();
    return reconciler->reconcile(instance, {}, {});
  }

  /// Reconciles and lets time pass as the reconciler asks for, until it asks for a pause of at least `rest`.
  void settle(base::Duration rest = std::chrono::minutes(5)) {
    for (int i = 0; i < 500; ++i) {
      const ReconcileResult result = reconcile();
      if (!result.failed && (!result.again_after || *result.again_after >= rest)) return;
      clock.advance(result.failed ? std::chrono::seconds(1) : *result.again_after);
    }
    throw std::runtime_error("does not come to rest");
  }

  /// Reconciles whenever that is asked for, and at least once a minute, as changes elsewhere make it. Tells how often.
  int run_for(base::Duration time) {
    const base::BootTime end = clock.boot_now() + time;
    int visits = 0;
    for (; clock.boot_now() < end; ++visits) {
      const ReconcileResult result = reconcile();
      const base::Duration wait = result.failed ? std::chrono::seconds(1) : result.again_after.value_or(time);
      clock.advance(std::min<base::Duration>(wait, std::chrono::minutes(1)));
    }
    return visits;
  }

  void instance(const std::string& name = "default") {
    api.put(
        R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"IoTDAInstance","metadata":{"name":")" + name +
        R"("},"spec":{"endpoint":"https://platform.example.com","region":"r","projectId":"p","credentials":{"type":)"
        R"("AccessKey","secretRef":{"name":"credentials"}},"signing":"Auto","quota":{"serverCertificates":2}}})");
  }
  void certificate(const std::string& name, const std::string& more_spec = "") {
    api.put(R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","metadata":{"namespace":")" +
            home + R"(","name":")" + name + R"("},"spec":{"secretRef":{"name":")" + name + R"(-tls"})" + more_spec +
            "}}");
    clock.advance(std::chrono::seconds(1));  // creation times in order
  }
  void secret(const std::string& name, const std::string& certificate_pem, const std::string& key_pem) {
    api.put(R"({"apiVersion":"v1","kind":"Secret","metadata":{"namespace":")" + home + R"(","name":")" + name +
            R"(-tls"},"data":{"tls.crt":")" + test::base64_encode(certificate_pem) + R"(","tls.key":")" +
            test::base64_encode(key_pem) + R"("}})");
  }
  /// A Secret with a fresh certificate; returns its fingerprint.
  Fingerprint fresh_secret(const std::string& name, const std::string& not_after = test::CertificateSpec{}.not_after) {
    const test::Identity identity = test::self_signed(
        {.common_name = name + ".example.com", .dns_names = {name + ".example.com"}, .not_after = not_after});
    secret(name, identity.certificate, identity.key_pem());
    return *certificate::fingerprint_of_pem(identity.certificate);
  }
  /// An object and its Secret.
  Fingerprint object(const std::string& name, const std::string& more_spec = "") {
    Fingerprint fingerprint = fresh_secret(name);
    certificate(name, more_spec);
    return fingerprint;
  }

  std::optional<ServerCertificate> get(const std::string& name) const {
    const auto text = api.object(kServerCertificates, {home, name});
    if (!text) return std::nullopt;
    return parse_server_certificate(json::Document::parse(*text)->root());
  }
  Instance get_instance(const std::string& name = "default") const {
    return parse_instance(json::Document::parse(*api.object(kInstances, {"", name}))->root());
  }
  std::string reason(const std::string& name) const {
    const auto object = get(name);
    const Condition* ready = object ? find(object->status.conditions, kReady) : nullptr;
    return ready == nullptr ? "" : ready->reason;
  }
  std::string message(const std::string& name) const {
    const auto object = get(name);
    const Condition* ready = object ? find(object->status.conditions, kReady) : nullptr;
    return ready == nullptr ? "" : ready->message;
  }
  Ledger ledger() const { return get_instance().status.slots.value_or(Ledger{}); }

  struct Provider final : PlatformProvider {
    PlatformAccess access(const Instance& /*instance*/, std::stop_token /*stop*/) override { return current; }
    void forget(const std::string& /*instance*/) override {}
    PlatformAccess current;
  };
  struct Events final : kube::EventSink {
    void publish(kube::Event event) override {
      published.push_back(event.regarding.name.name + " " + event.reason);
      if (event.warning) warnings.push_back(event.note);
    }
    std::vector<std::string> published;
    std::vector<std::string> warnings;  ///< their notes
  };
  struct Leader final : runtime::Leadership {
    bool leading() const override { return yes; }
    bool yes = true;
  };

  std::string home = "prod";  ///< of the objects that are made and asked for
  os::FakeClock clock{base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1))};
  testing_support::FakeKubeApi api{clock};
  std::shared_ptr<FakePlatform> platform = std::make_shared<FakePlatform>();
  Provider provider;
  Events events;
  Leader leadership;
  Timing timing;
  std::unique_ptr<Store> store;
  std::unique_ptr<Reconciler> reconciler;
};

}  // namespace controller

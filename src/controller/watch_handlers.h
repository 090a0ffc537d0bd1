#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "controller/store.h"
#include "runtime/watch_handler.h"

// Handlers that put what a watch sees into the store.
namespace controller {

/// Puts what one watch sees into the store. Between init and init_done it notes which objects were listed, to remove
/// those that were deleted during a gap. `ns`: the namespace of the watch; empty for all.
class StoreHandler : public runtime::WatchHandler {
 public:
  /// `on_synced` is called at the end of each list, and when another condition that Watches waits for may be true, from
  /// the thread of the reflector.
  StoreHandler(Store& store, std::string ns, std::function<void()> on_synced)
      : store_(store), ns_(std::move(ns)), on_synced_(std::move(on_synced)) {}

  /// True after the first complete list. Thread-safe.
  bool synced() const { return synced_.load(); }

  void asking() final;
  void init() final;
  void init_apply(const json::Value& object) final;
  void init_done() final;
  void apply(const json::Value& object) final { put(object); }
  void deleted(const json::Value& object) final;

 protected:
  virtual void put(const json::Value& object) = 0;
  virtual void remove(const kube::ObjectName& name, const Uid& uid) = 0;
  virtual std::set<kube::ObjectName> present() const = 0;
  /// Other objects are ignored.
  virtual bool concerns(const kube::ObjectName& name) const = 0;

  void notify() const { on_synced_(); }

  Store& store_;
  const std::string ns_;
  /// Before the last list: what the store knew then is older than everything from this watch.
  Store::Moment asked_ = 0;

 private:
  const std::function<void()> on_synced_;
  std::atomic<bool> synced_ = false;
  std::set<kube::ObjectName> missing_;  ///< in the store before, not seen since init
};

class CertificateHandler final : public StoreHandler {
 public:
  using StoreHandler::StoreHandler;

 private:
  void put(const json::Value& object) override { store_.watched(parse_server_certificate(object), asked_); }
  void remove(const kube::ObjectName& name, const Uid& uid) override { store_.deleted_certificate(name, uid); }
  std::set<kube::ObjectName> present() const override { return store_.certificates_in(ns_); }
  bool concerns(const kube::ObjectName& /*name*/) const override { return true; }
};

class InstanceHandler final : public StoreHandler {
 public:
  InstanceHandler(Store& store, std::function<void()> on_synced) : StoreHandler(store, "", std::move(on_synced)) {}

 private:
  void put(const json::Value& object) override {
    store_.watched(parse_instance(object), asked_);
    notify();  // it may select namespaces
  }
  void remove(const kube::ObjectName& name, const Uid& uid) override { store_.deleted_instance(name.name, uid); }
  std::set<kube::ObjectName> present() const override { return store_.instances(); }
  bool concerns(const kube::ObjectName& /*name*/) const override { return true; }
};

class SecretHandler final : public StoreHandler {
 public:
  using StoreHandler::StoreHandler;

 private:
  void put(const json::Value& object) override;
  void remove(const kube::ObjectName& name, const Uid& uid) override { store_.deleted_secret(name, uid); }
  std::set<kube::ObjectName> present() const override { return store_.present_secrets_in(ns_); }
  bool concerns(const kube::ObjectName& name) const override { return store_.references_secret(name); }
};

/// The labels of namespaces, by which an IoTDAInstance can select who may use it.
class NamespaceHandler final : public StoreHandler {
 public:
  NamespaceHandler(Store& store, std::function<void()> on_synced) : StoreHandler(store, "", std::move(on_synced)) {}

 private:
  void put(const json::Value& object) override;
  void remove(const kube::ObjectName& name, const Uid& /*uid*/) override { store_.deleted_namespace(name.name); }
  std::set<kube::ObjectName> present() const override { return store_.namespaces(); }
  bool concerns(const kube::ObjectName& /*name*/) const override { return true; }
};

}  // namespace controller

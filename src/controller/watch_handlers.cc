#include "controller/watch_handlers.h"

namespace controller {
namespace {

kube::ObjectName name_of(const json::Value& object) {
  const json::Value meta = object["metadata"];
  return {meta["namespace"].string_or(""), meta["name"].string_or("")};
}

}  // namespace

void StoreHandler::asking() {
  asked_ = store_.moment();
}

void StoreHandler::init() {
  missing_ = present();
}

void StoreHandler::init_apply(const json::Value& object) {
  const kube::ObjectName name = name_of(object);
  if (!concerns(name)) return;
  missing_.erase(name);
  put(object);
}

void StoreHandler::init_done() {
  for (const kube::ObjectName& name : missing_) remove(name, "");
  missing_.clear();
  synced_ = true;
  on_synced_();
}

void StoreHandler::deleted(const json::Value& object) {
  remove(name_of(object), Uid(object["metadata"]["uid"].string_or("")));
}

void NamespaceHandler::put(const json::Value& object) {
  Labels labels;
  for (const auto& [key, value] : object.path("metadata.labels").members()) {
    labels[std::string(key)] = value.string_or("");
  }
  store_.watched_namespace(name_of(object).name, std::move(labels));
}

void SecretHandler::put(const json::Value& object) {
  const json::Value meta = object["metadata"];
  store_.watched_secret(name_of(object), Uid(meta["uid"].string_or("")), meta["resourceVersion"].string_or(""), asked_);
}

}  // namespace controller

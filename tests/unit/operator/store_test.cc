#include "operator/store.h"

#include <gtest/gtest.h>

namespace controller {
namespace {

class StoreTest : public testing::Test {
 protected:
  ServerCertificate object(const std::string& version, const std::string& secret = "tls") {
    ServerCertificate object;
    object.meta.name = {"prod", "a"};
    object.meta.uid = "uid-a";
    object.meta.resource_version = version;
    object.instance = "default";
    object.secret = secret;
    return object;
  }
  Instance instance(const std::string& version) {
    Instance instance;
    instance.meta.name = {"", "default"};
    instance.meta.uid = "uid-default";
    instance.meta.resource_version = version;
    instance.endpoint = "https://platform.example.com";
    instance.credentials.name = "keys";
    return instance;
  }
  bool knows(const kube::ObjectName& secret) { return store.secret(secret).state == SecretRecord::State::kPresent; }

  std::vector<std::string> woken;
  Store store{"iotda-system", [this](const std::string& name) { woken.push_back(name); }};
};

TEST_F(StoreTest, WhatIsKnownOfASecretOutlivesEachNewVersionOfTheObjectsThatNameIt) {
  store.watched(object("1"));
  store.watched(instance("1"));
  store.watched_secret({"prod", "tls"}, "uid-s", "5");
  store.watched_secret({"iotda-system", "keys"}, "uid-k", "6");
  store.watched(object("2"));
  store.wrote(object("3"));
  store.watched(instance("2"));
  store.wrote(instance("3"));
  EXPECT_TRUE(knows({"prod", "tls"}));
  EXPECT_TRUE(knows({"iotda-system", "keys"}));
}

TEST_F(StoreTest, ASecretThatNobodyNamesAnyMoreIsForgotten) {
  store.watched(object("1"));
  store.watched_secret({"prod", "tls"}, "uid-s", "5");
  store.watched(object("2", "other"));
  EXPECT_FALSE(store.references_secret({"prod", "tls"}));
  EXPECT_TRUE(store.references_secret({"prod", "other"}));
  store.deleted_certificate({"prod", "a"}, "uid-a");
  EXPECT_FALSE(store.references_secret({"prod", "other"}));
}

TEST_F(StoreTest, SecretsThatNoObjectNamesAreNotKept) {
  store.watched_secret({"prod", "foreign"}, "uid-f", "5");
  EXPECT_FALSE(store.references_secret({"prod", "foreign"}));
  EXPECT_TRUE(woken.empty());
}

TEST_F(StoreTest, AnOlderVersionChangesNothing) {
  store.watched(object("10"));
  woken.clear();
  store.watched(object("9", "older"));
  EXPECT_TRUE(woken.empty());
  EXPECT_FALSE(store.references_secret({"prod", "older"}));
}

TEST_F(StoreTest, AWatchThatLagsDoesNotBringBackTheNamesakeOfBefore) {
  store.watched(object("10"));
  ServerCertificate before = object("9", "older");
  before.meta.uid = "uid-of-before";
  store.watched(before);
  EXPECT_FALSE(store.references_secret({"prod", "older"}));
  ServerCertificate after = object("11", "newer");
  after.meta.uid = "uid-of-after";
  store.watched(after);
  EXPECT_TRUE(store.references_secret({"prod", "newer"}));
}

}  // namespace
}  // namespace controller

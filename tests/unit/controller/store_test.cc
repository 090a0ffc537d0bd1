#include "controller/store.h"

#include <gtest/gtest.h>

#include "controller/watch_handlers.h"

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
    instance.credentials.secret.name = "keys";
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

TEST_F(StoreTest, WhatAListBringsReplacesWhatWasKnownBeforeWhateverTheNumbersSay) {
  store.watched(object("900", "later"));
  store.watched(instance("901"));
  store.watched_secret({"prod", "later"}, "uid-s", "902");
  const Store::Moment asked = store.moment();
  woken.clear();
  store.watched(object("20", "tls"), asked);
  EXPECT_EQ(woken, std::vector<std::string>{"default"});
  store.watched(instance("21"), asked);
  store.watched_secret({"prod", "tls"}, "uid-s", "22", asked);
  EXPECT_EQ(store.snapshot("default").certificates.front()->meta.resource_version, "20");
  EXPECT_EQ(store.snapshot("default").instance->meta.resource_version, "21");
  EXPECT_EQ(store.secret({"prod", "tls"}).resource_version, "22");
  // And so it goes on from there.
  store.watched(object("23"), asked);
  EXPECT_EQ(store.snapshot("default").certificates.front()->meta.resource_version, "23");
}

TEST_F(StoreTest, ASecretThatAListShowsWithAnOlderVersionIsTheOlderOneAgain) {
  store.watched(object("1"));
  store.watched_secret({"prod", "tls"}, "uid-s", "900");
  woken.clear();
  store.watched_secret({"prod", "tls"}, "uid-s", "30", store.moment());
  EXPECT_EQ(store.secret({"prod", "tls"}).resource_version, "30");
  EXPECT_EQ(woken, std::vector<std::string>{"default"});
}

TEST_F(StoreTest, AWatchThatLagsDoesNotUndoAWriteOfOurOwn) {
  const Store::Moment session = store.moment();
  store.watched(object("10"), session);
  store.watched(instance("11"), session);
  store.wrote(object("15", "ours"), store.moment());
  store.wrote(instance("16"), store.moment());
  store.watched(object("12", "lags"), session);
  store.watched(instance("13"), session);
  EXPECT_TRUE(store.references_secret({"prod", "ours"}));
  EXPECT_EQ(store.snapshot("default").instance->meta.resource_version, "16");
}

TEST_F(StoreTest, AnAnswerIsTakenThoughItsVersionWasSeenBeforeARestore) {
  store.watched(object("10"));
  ServerCertificate written = object("10");
  written.status.server_certificate_id = "id-1";
  store.wrote(written, store.moment());
  EXPECT_EQ(store.snapshot("default").certificates.at(0)->status.server_certificate_id, "id-1");
}

TEST_F(StoreTest, AnAnswerThatWasOvertakenByAWatchChangesNothing) {
  store.watched(object("10"));
  store.watched(instance("10"));
  const Store::Moment asked = store.moment();
  store.watched(object("12", "watched"));
  store.watched(instance("12"));
  store.wrote(object("11", "answered"), asked);
  store.wrote(instance("11"), asked);
  EXPECT_TRUE(store.references_secret({"prod", "watched"}));
  EXPECT_EQ(store.snapshot("default").instance->meta.resource_version, "12");
}

TEST_F(StoreTest, AnAnswerThatHoldsWhatAUserChangedMeanwhileWakesUpTheInstance) {
  store.watched(object("10"));
  woken.clear();
  store.wrote(object("11"));
  EXPECT_TRUE(woken.empty()) << "a write of our own is no news";
  ServerCertificate changed = object("13");
  changed.meta.generation = 2;
  store.wrote(changed);
  EXPECT_EQ(woken, std::vector<std::string>{"default"});
  woken.clear();
  store.watched(changed);
  EXPECT_TRUE(woken.empty()) << "the watch brings nothing newer";
}

TEST_F(StoreTest, ALiveReadIsNewerThanAllThatWasKnownWhenItBegan) {
  store.watched(object("900", "later"));
  store.watched(instance("900"));
  const Store::Moment asked = store.moment();
  store.wrote(object("20"), asked);
  store.wrote(instance("21"), asked);
  EXPECT_TRUE(store.references_secret({"prod", "tls"}));
  EXPECT_EQ(store.snapshot("default").instance->meta.resource_version, "21");
}

TEST_F(StoreTest, ALiveReadShowsTheNamesakeThatARestoreBroughtBack) {
  store.watched(instance("900"));
  Instance before = instance("20");
  before.meta.uid = "uid-of-before";
  before.endpoint = "https://other.example.com";
  store.wrote(before, store.moment());
  EXPECT_EQ(store.snapshot("default").instance->meta.uid, "uid-of-before");
  Instance twin = instance("22");
  twin.meta.name = {"", "twin"};
  twin.meta.uid = "uid-twin";
  twin.endpoint = before.endpoint;
  store.watched(twin);
  EXPECT_EQ(store.snapshot("twin").duplicate_of, "default") << "the target went along";
}

TEST_F(StoreTest, AnAnswerAboutTheNamesakeOfBeforeDoesNotReplaceWhatCameMeanwhile) {
  store.watched(object("10"));
  const Store::Moment asked = store.moment();
  ServerCertificate after = object("12", "after");
  after.meta.uid = "uid-of-after";
  store.watched(after);
  store.wrote(object("13", "answered"), asked);
  EXPECT_TRUE(store.references_secret({"prod", "after"}));
}

TEST_F(StoreTest, AnAnswerDoesNotBringBackWhatIsGone) {
  store.watched(object("10"));
  store.deleted_certificate({"prod", "a"}, "uid-a");
  store.wrote(object("11"), store.moment());
  EXPECT_TRUE(store.certificates_in("").empty());
}

TEST_F(StoreTest, ASecretThatIsDeletedWhileItIsReadStaysDeleted) {
  store.watched(object("1"));
  store.watched_secret({"prod", "tls"}, "uid-s", "4");
  const Store::Moment asked = store.moment();
  store.watched_secret({"prod", "tls"}, "uid-s", "5");
  store.deleted_secret({"prod", "tls"}, "uid-s");
  store.read_secret({"prod", "tls"}, SecretVersion{"tls", "uid-s", "5"}, asked);
  EXPECT_EQ(store.secret({"prod", "tls"}).state, SecretRecord::State::kAbsent);
  // One that is asked for afterwards tells of what is there now.
  store.read_secret({"prod", "tls"}, SecretVersion{"tls", "uid-t", "7"}, store.moment());
  EXPECT_TRUE(knows({"prod", "tls"}));
}

TEST_F(StoreTest, ASecretThatIsRenewedWhileItIsReadKeepsTheNewerVersion) {
  store.watched(object("1"));
  store.watched_secret({"prod", "tls"}, "uid-s", "4");
  const Store::Moment asked = store.moment();
  store.watched_secret({"prod", "tls"}, "uid-s", "6");
  store.read_secret({"prod", "tls"}, SecretVersion{"tls", "uid-s", "5"}, asked);
  EXPECT_EQ(store.secret({"prod", "tls"}).resource_version, "6");
  store.read_secret({"prod", "tls"}, SecretVersion{"tls", "uid-s", "8"}, asked);
  EXPECT_EQ(store.secret({"prod", "tls"}).resource_version, "8");
  store.read_secret({"prod", "tls"}, std::nullopt, asked);
  EXPECT_TRUE(knows({"prod", "tls"})) << "that it was not there is older";
}

TEST_F(StoreTest, TheDeletionOfASecretsPredecessorIsNoDeletionOfIt) {
  store.watched(object("1"));
  store.read_secret({"prod", "tls"}, SecretVersion{"tls", "uid-new", "9"}, store.moment());
  store.deleted_secret({"prod", "tls"}, "uid-old");
  EXPECT_TRUE(knows({"prod", "tls"}));
}

TEST_F(StoreTest, AChangeOfASecretWakesWhoNamesItAndTheSameAgainNobody) {
  store.watched(object("1"));
  store.watched(instance("2"));
  woken.clear();
  store.watched_secret({"prod", "tls"}, "uid-s", "5");
  store.watched_secret({"iotda-system", "keys"}, "uid-k", "6");
  EXPECT_EQ(woken, (std::vector<std::string>{"default", "default"}));
  store.watched_secret({"prod", "tls"}, "uid-s", "5", store.moment());
  store.watched(object("1"), store.moment());
  store.watched(instance("2"), store.moment());
  EXPECT_EQ(woken.size(), 2U) << "a list without news";
}

class HandlerTest : public StoreTest {
 protected:
  json::Document certificate(const std::string& name, const std::string& version) {
    return json::Document::parse(R"({"metadata":{"namespace":"prod","name":")" + name + R"(","uid":"uid-)" + name +
                                 R"(","resourceVersion":")" + version +
                                 R"("},"spec":{"instanceRef":{"name":"default"},"secretRef":{"name":"tls"}}})")
        .value();
  }
  void list(const std::vector<std::pair<std::string, std::string>>& objects) {
    handler.asking();
    handler.init();
    for (const auto& [name, version] : objects) handler.init_apply(certificate(name, version).root());
    handler.init_done();
  }
  std::string version_of(const std::string& name) {
    for (const auto& known : store.all_certificates()) {
      if (known->meta.name.name == name) return known->meta.resource_version;
    }
    return "";
  }

  CertificateHandler handler{store, "", [] {}};
};

TEST_F(HandlerTest, ACompleteListReplacesAllThatWasKnown) {
  list({{"a", "900"}, {"b", "901"}});
  list({{"a", "20"}, {"c", "21"}});
  EXPECT_EQ(version_of("a"), "20");
  EXPECT_EQ(version_of("b"), "");
  EXPECT_EQ(version_of("c"), "21");
}

TEST_F(HandlerTest, AListThatBeganBeforeAWriteOfOurOwnDoesNotUndoIt) {
  list({{"a", "10"}});
  handler.asking();
  ServerCertificate ours = object("15", "ours");
  store.wrote(ours, store.moment());
  handler.init();
  handler.init_apply(certificate("a", "12").root());
  handler.init_done();
  EXPECT_EQ(version_of("a"), "15");
  handler.apply(certificate("a", "13").root());
  EXPECT_EQ(version_of("a"), "15") << "the watch that goes on from it lags likewise";
}

}  // namespace
}  // namespace controller

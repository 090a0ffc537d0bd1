#include "overview/overview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "json/value.h"
#include "overview/text.h"

namespace overview {
namespace {

using testing::HasSubstr;

const base::SystemTime kNow = *base::parse_rfc3339("2026-12-01T10:00:00Z");

resources::Instance instance(const std::string& name, const std::string& status) {
  const auto document = json::Document::parse(R"({"metadata":{"name":")" + name + R"(","uid":"u-)" + name +
                                              R"(","generation":1,"creationTimestamp":"2026-11-01T00:00:00Z"},
          "spec":{"endpoint":"https://iotda.example.com","region":"cn-north-4","projectId":"p1"},"status":)" +
                                              status + "}");
  EXPECT_TRUE(document.ok()) << status;
  return resources::parse_instance(document->root());
}

resources::ServerCertificate certificate(const std::string& name, const std::string& status,
                                         const std::string& spec = "") {
  const auto document = json::Document::parse(
      R"({"metadata":{"namespace":"prod","name":")" + name + R"(","uid":"u-)" + name +
      R"(","generation":1,"creationTimestamp":"2026-11-30T00:00:00Z"},"spec":{"secretRef":{"name":")" + name +
      R"(-tls"})" + spec + R"(},"status":)" + status + "}");
  EXPECT_TRUE(document.ok()) << status;
  return resources::parse_server_certificate(document->root());
}

std::string conditions(const std::string& ready, const std::string& reason, const std::string& message,
                       const std::string& beside = "", const std::string& available = "True") {
  const auto one = [&](const std::string& type, const std::string& status) {
    return R"({"type":")" + type + R"(","status":")" + status + R"(","reason":")" + reason + R"(","message":")" +
           message + R"(","observedGeneration":1,"lastTransitionTime":"2026-12-01T07:00:00Z"})";
  };
  return R"("observedGeneration":1,"conditions":[)" + one("Available", available) + "," + one("Ready", ready) +
         (beside.empty() ? "" : "," + one(beside, "True")) + "]";
}

const std::string kDomain = R"(,"domainConfiguration":{"domainName":"mqtt.example.com"})";

/// On the platform, with the dates of 90 days.
std::string held(const std::string& id, const std::string& expiry, const std::string& effective) {
  return R"(,"serverCertificateId":")" + id + R"(","commonName":"mqtt.example.com","effectiveDate":")" + effective +
         R"(","expiryDate":")" + expiry + R"(","fingerprint":"sha256:aa",
         "observedSecrets":[{"name":"com-tls","uid":"s","resourceVersion":"48390"}])";
}

std::string entry(const std::string& owner, const std::string& id, const std::string& more = "") {
  return R"({"attempt":"a-)" + owner + R"(","state":"Active","origin":"Created","owner":{"namespace":"prod","name":")" +
         owner + R"(","uid":"u-)" + owner + R"("},"fingerprint":"sha256:aa","serverCertificateId":")" + id +
         R"(","since":"2026-11-12T10:00:00Z")" + more + "}";
}

const std::string kFull = R"("quota":{"limit":2,"used":2,"foreign":0})";

Objects full_with_one_waiting() {
  Objects objects;
  objects.instances = {instance("default", "{" + conditions("True", "Succeeded", "2 of 2 slots are in use") + "," +
                                               kFull + R"(,"slots":[)" + entry("com", "5f2c01") + "," +
                                               entry("org", "5f2c02") + "]}")};
  objects.certificates = {
      certificate("com",
                  "{" + conditions("True", "Succeeded", "on the platform") +
                      held("5f2c01", "2027-02-10T10:00:00Z", "2026-11-12T10:00:00Z") + "}",
                  kDomain),
      certificate("org", "{" + conditions("True", "Succeeded", "on the platform") +
                             held("5f2c02", "2026-12-21T10:00:00Z", "2026-09-22T10:00:00Z") + "}"),
      certificate("net", "{" +
                             conditions("False", "QuotaExceeded",
                                        "server certificate quota reached (2 of 2): the slots are used by prod/com "
                                        "and prod/org; it will be uploaded automatically",
                                        "Stalled", "False") +
                             R"(,"observedSecrets":[{"name":"net-tls","uid":"s","resourceVersion":"7"}]})")};
  return objects;
}

TEST(OverviewTest, AFullInstanceIsShownWithItsSlotsAndWhoWaits) {
  EXPECT_EQ(to_text(make_overview(full_with_one_waiting(), kNow), {}),
            R"(INSTANCE default - Ready - 2/2 slots - 1 waiting
  1  prod/com  ########..  expires in 71 d  serves mqtt.example.com
  2  prod/org  ###.......  expires in 20 d
  .  prod/net  QuotaExceeded for 3 h
     server certificate quota reached (2 of 2): the slots are used by prod/com
     and prod/org; it will be uploaded automatically
)");
}

TEST(OverviewTest, ATerminalWithUnicodeAndColourGetsBoth) {
  const std::string text = to_text(make_overview(full_with_one_waiting(), kNow), {120, true, true});
  EXPECT_THAT(text, HasSubstr("INSTANCE default · \x1b[32mReady\x1b[0m · 2/2 slots"));
  EXPECT_THAT(text, HasSubstr("\x1b[32m████████████████░░░░\x1b[0m  expires in 71 d"));
  EXPECT_THAT(text, HasSubstr("\x1b[33m█████░░░░░░░░░░░░░░░\x1b[0m  expires in 20 d"));
  EXPECT_THAT(text, HasSubstr("\x1b[31mQuotaExceeded for 3 h\x1b[0m"));
}

TEST(OverviewTest, AnInstanceWithoutAccessSaysWhatToDo) {
  Objects objects;
  objects.instances = {
      instance("edge", "{" +
                           conditions("False", "CredentialsRejected",
                                      "the platform rejected the access key of Secret iotda-system/edge", "Stalled") +
                           R"(,"lastError":{"time":"2026-12-01T09:57:00Z","reason":"CredentialsRejected",
                             "message":"x","httpStatus":401,"errorCode":"IOTDA.000002","requestId":"8f3c"},
                             "nextAttemptTime":"2026-12-01T10:03:00Z"})"),
      instance("alpha", "{" + conditions("True", "Succeeded", "0 of 3 slots are in use") +
                            R"(,"quota":{"limit":3,"used":2,"foreign":1},"slots":[)" +
                            entry("gone", "5f2c03", R"(,"reservedFor":{"namespace":"prod","name":"x","uid":"u"})") +
                            R"(],"foreign":[{"serverCertificateId":"6b0a","commonName":"made.in.console"}]})")};
  EXPECT_EQ(to_text(make_overview(objects, kNow), {}), R"(INSTANCE edge - NOT READY - CredentialsRejected for 3 h
  the platform rejected the access key of Secret iotda-system/edge
  error code IOTDA.000002, request id 8f3c, next attempt in 3 min
  -> check the credentials, then spec.signing and spec.endpoint of IoTDAInstance
     edge; then retry
  -> kubectl annotate --overwrite iotdainstance edge iotda.huaweicloud.com/reconcile-requested-at=$(date +%s)

INSTANCE alpha - Ready - 2/3 slots
  1  prod/gone                reserved for prod/x
  2  foreign made.in.console
  3  free
)");
}

TEST(OverviewTest, ALongNameAndALongNoteGetLinesOfTheirOwn) {
  const std::string name(70, 'n');
  Objects objects;
  objects.instances = {instance("default", "{" + conditions("True", "Succeeded", "") + "," + kFull + R"(,"slots":[)" +
                                               entry(name, "5f2c01") + "]}")};
  objects.certificates = {
      certificate(name,
                  "{" + conditions("True", "Succeeded", "on the platform") +
                      held("5f2c01", "2027-02-10T10:00:00Z", "2026-11-12T10:00:00Z") + "}",
                  R"(,"domainConfiguration":{"domainName":"a-rather-long-name.devices.example.com"})")};
  EXPECT_EQ(to_text(make_overview(objects, kNow), {}), "INSTANCE default - Ready - 2/2 slots\n  1  prod/" + name + R"(
               ########..  expires in 71 d
       serves a-rather-long-name.devices.example.com
  2  free
)");
}

TEST(OverviewTest, TheStoryOfABlockedRotationNamesTheStepToActOn) {
  Objects objects = full_with_one_waiting();
  objects.certificates = {certificate(
      "com",
      "{" + conditions("False", "RotationBlocked", "no slot is free: prod/org and foreign 6b0a use them", "Stalled") +
          held("5f2c01", "2026-12-10T10:00:00Z", "2026-09-10T10:00:00Z") +
          R"(,"pending":{"fingerprint":"sha256:bb","expiryDate":"2027-02-22T10:00:00Z"}})",
      kDomain)};
  objects.events = {{"ServerCertificate",
                     {"prod", "com"},
                     kNow - std::chrono::minutes(40),
                     true,
                     "RotationBlocked",
                     "no slot is free",
                     3},
                    {"ServerCertificate", {"prod", "other"}, kNow, true, "NotOfThis", "", 1}};
  const Overview overview = make_overview(objects, kNow);
  ASSERT_EQ(overview.certificates.size(), 1U);
  EXPECT_EQ(to_text(overview, overview.certificates[0], {}),
            R"(prod/com - NOT READY - RotationBlocked for 3 h - expires in 9 d
  + Secret  prod/com-tls, version 48390
  + Valid   sha256:bb, expires 2027-02-22T10:00:00Z
  x Slot    no slot is free: prod/org and foreign 6b0a use them
            -> free a slot, or allow to delete a certificate first
            -> kubectl -n prod patch servercertificate com --type=merge -p '{"spec":{"rotation":{"strategy":"Auto"}}}'
  . Upload  not uploaded yet
  . Domain  mqtt.example.com serves the previous certificate
  . Served  the certificate on the platform, 5f2c01, expires
            2026-12-10T10:00:00Z
  events    40 min ago RotationBlocked (3 times): no slot is free
)");
}

TEST(OverviewTest, TheStoryOfAReadyCertificateHasNothingToDo) {
  const Overview overview = make_overview(full_with_one_waiting(), kNow);
  const Certificate& org = overview.certificates[2];
  ASSERT_EQ(org.name.name, "org");
  EXPECT_EQ(to_text(overview, org, {}), R"(prod/org - Ready - expires in 20 d
  + Secret  prod/org-tls
  + Valid   mqtt.example.com, expires 2026-12-21T10:00:00Z
  + Slot    on IoTDAInstance default
  + Upload  5f2c02
  - Domain  spec.domainConfiguration is not set
  + Served  the certificate on the platform, 5f2c02, expires
            2026-12-21T10:00:00Z
)");
}

TEST(OverviewTest, TextOfObjectsCannotControlTheTerminal) {
  Objects objects;
  objects.instances = {instance(
      "evil", "{" + conditions("False", "Unheard\\u001b[2J", "one\\u001b]0;x\\u0007\\ntwo \\u20ac", "Stalled") + "}")};
  const std::string text = to_text(make_overview(objects, kNow), {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("two ?"));
}

struct HealthCase {
  const char* what;
  std::string status;
  State state;
  const char* reason;
};

TEST(OverviewTest, TheStateOfAnObject) {
  const std::string fresh = "2026-12-01T09:55:00Z";
  const auto since = [&](std::string text) {
    for (auto at = text.find("2026-12-01T07:00:00Z"); at != std::string::npos; at = text.find("2026-12-01T07:00:00Z")) {
      text.replace(at, fresh.size(), fresh);
    }
    return text;
  };
  const std::vector<HealthCase> cases{
      {"never seen for a day", "{}", State::kNeedsAction, "NotHandled"},
      {"ready", "{" + conditions("True", "Succeeded", "") + "}", State::kReady, "Succeeded"},
      {"stalled", "{" + conditions("False", "KeyMismatch", "", "Stalled") + "}", State::kNeedsAction, "KeyMismatch"},
      {"ready, but stalled", "{" + conditions("True", "OldCertificateBound", "", "Stalled") + "}", State::kNeedsAction,
       "OldCertificateBound"},
      {"at work", "{" + conditions("True", "Rotating", "", "Reconciling") + "}", State::kWorking, "Rotating"},
      {"missing for minutes", since("{" + conditions("False", "SecretNotFound", "", "Reconciling") + "}"),
       State::kWorking, "SecretNotFound"},
      {"missing for hours", "{" + conditions("False", "SecretNotFound", "", "Reconciling") + "}", State::kNeedsAction,
       "SecretNotFound"},
      {"waits for its instance for hours", "{" + conditions("False", "InstanceNotReady", "", "Reconciling") + "}",
       State::kWorking, "InstanceNotReady"},
      {"suspended", "{" + conditions("False", "Suspended", "") + "}", State::kSuspended, "Suspended"},
      {"about to expire",
       "{" + conditions("True", "Succeeded", "") + held("5f", "2026-12-05T10:00:00Z", "2026-09-05T10:00:00Z") + "}",
       State::kNeedsAction, "ExpiresSoon"},
      {"about to expire, but the next one is there",
       "{" + conditions("True", "Succeeded", "") + held("5f", "2026-12-05T10:00:00Z", "2026-09-05T10:00:00Z") +
           R"(,"pending":{"fingerprint":"sha256:bb"}})",
       State::kReady, "Succeeded"},
  };
  for (const HealthCase& c : cases) {
    SCOPED_TRACE(c.what);
    Objects objects;
    objects.certificates = {certificate("com", c.status)};
    const Overview overview = make_overview(objects, kNow);
    EXPECT_EQ(to_string(overview.certificates[0].health.state), to_string(c.state));
    EXPECT_EQ(overview.certificates[0].health.reason, c.reason);
    EXPECT_EQ(overview.needs.size(), c.state == State::kNeedsAction ? 1U : 0U);
  }
}

TEST(OverviewTest, WhatIsNotServedAtAllComesFirst) {
  Objects objects;
  const auto stalled = [](const std::string& name, const std::string& expiry, const std::string& available) {
    return certificate(name, "{" + conditions("False", "KeyMismatch", "", "Stalled", available) +
                                 held("5f", expiry, "2026-09-05T10:00:00Z") + "}");
  };
  objects.certificates = {stalled("late", "2027-01-05T10:00:00Z", "True"),
                          stalled("dark", "2027-02-05T10:00:00Z", "False"),
                          stalled("soon", "2026-12-05T10:00:00Z", "True")};
  std::vector<std::string> order;
  for (const Need& need : make_overview(objects, kNow).needs) order.push_back(need.name.name);
  EXPECT_THAT(order, testing::ElementsAre("dark", "soon", "late"));
}

TEST(OverviewTest, AllReadyIsFalseWhileOneWaits) {
  Objects objects = full_with_one_waiting();
  EXPECT_FALSE(make_overview(objects, kNow).all_ready());
  objects.certificates.pop_back();
  EXPECT_TRUE(make_overview(objects, kNow).all_ready());
}

TEST(OverviewTest, TheJsonForm) {
  const std::string text = to_json(make_overview(full_with_one_waiting(), kNow));
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok()) << text;
  const json::Value root = document->root();
  EXPECT_EQ(root["version"].integer(), 1);
  EXPECT_EQ(root["time"].string(), "2026-12-01T10:00:00Z");
  EXPECT_EQ(root["allReady"].boolean(), false);
  ASSERT_EQ(root["needsAction"].size(), 1U);
  EXPECT_EQ(root["needsAction"].items()[0].dump(),
            R"({"kind":"ServerCertificate","namespace":"prod","name":"net","reason":"QuotaExceeded","message":)"
            R"("server certificate quota reached (2 of 2): the slots are used by prod/com and prod/org; it will be )"
            R"(uploaded automatically","since":"2026-12-01T07:00:00Z"})");
  ASSERT_EQ(root["instances"].size(), 1U);
  EXPECT_EQ(root["instances"].items()[0]["slots"].items()[0].dump(),
            R"({"state":"Active","origin":"Created","owner":{"namespace":"prod","name":"com"},)"
            R"("serverCertificateId":"5f2c01","fingerprint":"sha256:aa","commonName":"mqtt.example.com",)"
            R"("effectiveDate":"2026-11-12T10:00:00Z","expiryDate":"2027-02-10T10:00:00Z","lifetimeLeftPercent":78,)"
            R"("renewalPending":false,"domains":["mqtt.example.com"],"since":"2026-11-12T10:00:00Z"})");
  EXPECT_EQ(root["instances"].items()[0]["waiting"].dump(), R"([{"namespace":"prod","name":"net"}])");
  ASSERT_EQ(root["certificates"].size(), 3U);
  const json::Value first = root["certificates"].items()[0];
  EXPECT_EQ(first["name"].string(), "net");
  EXPECT_EQ(first["story"].size(), 6U);
  EXPECT_EQ(first["story"].items()[2]["state"].string(), "Failed");
}

TEST(OverviewTest, EveryReasonThatNeedsAPersonHasAdvice) {
  for (const resources::ReasonRow& row : resources::reasons()) {
    if (row.standing != resources::Standing::kStalled) continue;
    const auto advice = advice_for(row.name, {{"prod", "com"}, "com-tls", "default"});
    EXPECT_FALSE(advice.empty()) << row.name;
    for (const std::string& line : advice) {
      for (const char* place : {"{ns}", "{name}", "{secret}", "{instance}"}) {
        EXPECT_EQ(line.find(place), std::string::npos) << line;
      }
    }
  }
}

TEST(EventTest, ReadsEventsOfTheOperatorsObjects) {
  const auto document = json::Document::parse(
      R"({"regarding":{"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","namespace":"prod",
          "name":"com"},"type":"Warning","reason":"RotationBlocked","note":"no slot","eventTime":
          "2026-12-01T09:00:00.000000Z","series":{"count":4,"lastObservedTime":"2026-12-01T09:20:00.000000Z"}})");
  const auto event = parse_event(document->root());
  ASSERT_TRUE(event);
  EXPECT_EQ(event->count, 4);
  EXPECT_EQ(event->time, *base::parse_rfc3339("2026-12-01T09:20:00Z"));
  EXPECT_TRUE(event->warning);
  const auto other = json::Document::parse(R"({"regarding":{"apiVersion":"v1","kind":"Pod","name":"x"},"eventTime":
      "2026-12-01T09:00:00Z"})");
  EXPECT_FALSE(parse_event(other->root()));
}

}  // namespace
}  // namespace overview

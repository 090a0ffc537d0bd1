#include "controller/metrics.h"

#include <map>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/time_format.h"
#include "controller/process_metrics.h"
#include "controller/vocabulary.h"

namespace controller {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::map<std::string, std::string>;

constexpr const char* kController = "iotdainstance";

MetricFamily family(const char* name, const char* help, MetricType type) {
  return {name, help, type, {}};
}

void add(MetricFamily& f, const Labels& labels, double value) {
  ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  if (f.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  f.metric.push_back(std::move(metric));
}

double seconds_of(base::SystemTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// The series of the condition Ready. None before the first status, and no reason that this version does not know.
void add_ready(const Conditions& conditions, const Labels& labels, MetricFamily& ready, MetricFamily& reasons) {
  const Condition* c = find(conditions, kReady);
  if (c == nullptr) return;
  add(ready, labels, c->status ? 1 : 0);
  if (resources::find_reason(c->reason) == nullptr) return;
  Labels with_reason = labels;
  with_reason["reason"] = c->reason;
  add(reasons, with_reason, 1);
}

void collect_certificates(const Store& store, std::vector<MetricFamily>& out) {
  MetricFamily expiry =
      family("iotda_certificate_expiration_timestamp_seconds",
             "Time when the certificate on the platform expires, in Unix seconds.", MetricType::Gauge);
  MetricFamily effective =
      family("iotda_certificate_effective_timestamp_seconds",
             "Time when the certificate on the platform becomes valid, in Unix seconds.", MetricType::Gauge);
  MetricFamily ready =
      family("iotda_certificate_ready", "1 if the certificate in the Secret is the one on the platform, otherwise 0.",
             MetricType::Gauge);
  MetricFamily reason =
      family("iotda_certificate_reason",
             "1 for the reason of the condition Ready of the ServerCertificate; other reasons have no series.",
             MetricType::Gauge);
  for (const auto& object : store.all_certificates()) {
    const Labels labels{
        {"namespace", object->meta.name.ns}, {"name", object->meta.name.name}, {"instance", object->instance}};
    add_ready(object->status.conditions, labels, ready, reason);
    if (const auto t = base::parse_rfc3339(object->status.expiry_date)) {
      add(expiry, labels, seconds_of(*t));
    }
    if (const auto t = base::parse_rfc3339(object->status.effective_date)) {
      add(effective, labels, seconds_of(*t));
    }
  }
  for (MetricFamily* f : {&expiry, &effective, &ready, &reason}) out.push_back(std::move(*f));
}

void collect_instances(const Metrics::Sources& sources, std::vector<MetricFamily>& out) {
  MetricFamily ready =
      family("iotda_instance_ready", "1 if the platform instance can be managed, otherwise 0.", MetricType::Gauge);
  MetricFamily reason = family("iotda_instance_reason",
                               "1 for the reason of the condition Ready of the IoTDAInstance; other reasons have no "
                               "series.",
                               MetricType::Gauge);
  MetricFamily limit =
      family("iotda_instance_slots",
             "Server certificate quota of the platform instance. No series until the platform has responded once.",
             MetricType::Gauge);
  MetricFamily used =
      family("iotda_instance_slots_used",
             "Server certificates on the platform instance. No series until the platform has responded once.",
             MetricType::Gauge);
  MetricFamily foreign =
      family("iotda_instance_slots_foreign",
             "Server certificates on the platform instance that the operator does not manage. No series until the "
             "platform has responded once.",
             MetricType::Gauge);
  MetricFamily fetched = family("iotda_instance_credentials_fetched_timestamp_seconds",
                                "Time when the credentials in use were fetched, in Unix seconds. Only of the leader, "
                                "and only if their expiry is known.",
                                MetricType::Gauge);
  MetricFamily expires = family("iotda_instance_credentials_expiration_timestamp_seconds",
                                "Time when the credentials in use expire, in Unix seconds. Only of the leader, and "
                                "only if it is known.",
                                MetricType::Gauge);
  for (const auto& object : sources.store.all_instances()) {
    const Labels labels{{"instance", object->name()}};
    add_ready(object->status.conditions, labels, ready, reason);
    if (const auto it = sources.credentials.find(object->name()); it != sources.credentials.end()) {
      add(fetched, labels, seconds_of(it->second.fetched));
      add(expires, labels, seconds_of(it->second.expires));
    }
    if (!object->status.used) continue;  // the platform was never reached
    add(limit, labels, object->quota);
    add(used, labels, *object->status.used);
    add(foreign, labels, object->status.foreign_count);
  }
  for (MetricFamily* f : {&ready, &reason, &limit, &used, &foreign, &fetched, &expires}) out.push_back(std::move(*f));
}

void collect_runtime(const Metrics::Sources& sources, std::vector<MetricFamily>& out) {
  const runtime::WorkQueue::Stats stats = sources.queue.stats();
  const Labels queue{{"name", kController}, {"controller", kController}};
  const auto one = [&](const char* name, const char* help, MetricType type, const Labels& labels, double value) {
    add(out.emplace_back(family(name, help, type)), labels, value);
  };
  one("workqueue_depth", "Keys waiting.", MetricType::Gauge, queue, static_cast<double>(stats.depth));
  one("workqueue_adds_total", "Keys added.", MetricType::Counter, queue, static_cast<double>(stats.adds));
  one("workqueue_retries_total", "Keys added again after a failure.", MetricType::Counter, queue,
      static_cast<double>(stats.retries));
  one("workqueue_unfinished_work_seconds", "Total duration of the work in progress.", MetricType::Gauge, queue,
      stats.unfinished_seconds);
  one("workqueue_longest_running_processor_seconds", "Duration of the longest work in progress.", MetricType::Gauge,
      queue, stats.longest_running_seconds);
  one("controller_runtime_max_concurrent_reconciles", "Workers.", MetricType::Gauge, {{"controller", kController}},
      sources.workers);
  one("leader_election_master_status", "1 if this process is the leader.", MetricType::Gauge,
      {{"name", "iotda-operator"}}, sources.leadership.leading() ? 1 : 0);
  if (const auto transitions = sources.leadership.transitions()) {
    one("iotda_leader_transitions_total", "How often the leader changed, as the Lease counts it.", MetricType::Counter,
        {}, static_cast<double>(*transitions));
  }
  one("iotda_events_dropped_total", "Events that were not written.", MetricType::Counter, {},
      static_cast<double>(sources.events.dropped()));
}

void collect_process(std::vector<MetricFamily>& out) {
  const auto usage = process_usage();
  if (!usage) return;
  const auto one = [&](const char* name, const char* help, MetricType type, double value) {
    add(out.emplace_back(family(name, help, type)), {}, value);
  };
  one("process_cpu_seconds_total", "User and system CPU time, in seconds.", MetricType::Counter, usage->cpu_seconds);
  one("process_resident_memory_bytes", "Resident memory, in bytes.", MetricType::Gauge, usage->resident_bytes);
  one("process_virtual_memory_bytes", "Virtual memory, in bytes.", MetricType::Gauge, usage->virtual_bytes);
  if (usage->start_time_seconds) {
    one("process_start_time_seconds", "Start time of the process, in Unix seconds.", MetricType::Gauge,
        *usage->start_time_seconds);
  }
  one("process_threads", "Threads.", MetricType::Gauge, usage->threads);
}

/// The status of a response as label. A server could invent any number.
std::string code_of(int status) {
  if (status == 0) return "<error>";
  return status >= 100 && status < 600 ? std::to_string(status) : "other";
}

const char* text(Metrics::Result result) {
  switch (result) {
    case Metrics::Result::kSuccess:
      return "success";
    case Metrics::Result::kError:
      return "error";
    case Metrics::Result::kRequeueAfter:
      return "requeue_after";
  }
  return "unknown";
}

const prometheus::Histogram::BucketBoundaries& seconds_buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                               1,     2.5,  5,     10,   30,  60};
  return buckets;
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& reconciles =
      prometheus::BuildCounter().Name("controller_runtime_reconcile_total").Help("Reconciliations.").Register(registry);
  prometheus::Counter& errors = prometheus::BuildCounter()
                                    .Name("controller_runtime_reconcile_errors_total")
                                    .Help("Reconciliations that failed.")
                                    .Register(registry)
                                    .Add({{"controller", kController}});
  prometheus::Histogram& reconcile_time = prometheus::BuildHistogram()
                                              .Name("controller_runtime_reconcile_time_seconds")
                                              .Help("Duration of a reconciliation.")
                                              .Register(registry)
                                              .Add({{"controller", kController}}, seconds_buckets());
  prometheus::Gauge& active = prometheus::BuildGauge()
                                  .Name("controller_runtime_active_workers")
                                  .Help("Workers that are busy.")
                                  .Register(registry)
                                  .Add({{"controller", kController}});
  prometheus::Histogram& queue_duration =
      prometheus::BuildHistogram()
          .Name("workqueue_queue_duration_seconds")
          .Help("How long a key waited.")
          .Register(registry)
          .Add({{"name", kController}, {"controller", kController}}, seconds_buckets());
  prometheus::Histogram& work_duration =
      prometheus::BuildHistogram()
          .Name("workqueue_work_duration_seconds")
          .Help("How long the work on a key took.")
          .Register(registry)
          .Add({{"name", kController}, {"controller", kController}}, seconds_buckets());
  prometheus::Family<prometheus::Counter>& kube_requests = prometheus::BuildCounter()
                                                               .Name("rest_client_requests_total")
                                                               .Help("Requests to the Kubernetes API.")
                                                               .Register(registry);
  prometheus::Family<prometheus::Counter>& platform_requests = prometheus::BuildCounter()
                                                                   .Name("iotda_platform_requests_total")
                                                                   .Help("Requests to the platform.")
                                                                   .Register(registry);
  prometheus::Family<prometheus::Counter>& credentials_requests =
      prometheus::BuildCounter()
          .Name("iotda_credentials_requests_total")
          .Help("Requests for credentials and projects, by the service that they go to.")
          .Register(registry);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  for (const Result result : {Result::kSuccess, Result::kError, Result::kRequeueAfter}) {
    impl_->reconciles.Add({{"controller", kController}, {"result", text(result)}});
  }
}

Metrics::~Metrics() = default;

void Metrics::waited(double seconds) {
  impl_->queue_duration.Observe(seconds);
}

void Metrics::worked(double seconds) {
  impl_->work_duration.Observe(seconds);
}

void Metrics::reconciled(Result result, double seconds) {
  impl_->reconciles.Add({{"controller", kController}, {"result", text(result)}}).Increment();
  if (result == Result::kError) impl_->errors.Increment();
  impl_->reconcile_time.Observe(seconds);
}

void Metrics::kube_request(std::string_view method, int status) {
  impl_->kube_requests.Add({{"method", std::string(method)}, {"code", code_of(status)}}).Increment();
}

void Metrics::platform_request(std::string_view call, int status) {
  impl_->platform_requests.Add({{"call", std::string(call)}, {"code", code_of(status)}}).Increment();
}

void Metrics::credentials_request(std::string_view service, int status) {
  impl_->credentials_requests.Add({{"service", std::string(service)}, {"code", code_of(status)}}).Increment();
}

void Metrics::active_workers(int change) {
  impl_->active.Increment(change);
}

std::string Metrics::scrape(const Sources& sources) const {
  std::vector<MetricFamily> families = impl_->registry.Collect();
  collect_runtime(sources, families);
  collect_certificates(sources.store, families);
  collect_instances(sources, families);
  collect_process(families);
  // A name without a series says nothing.
  std::erase_if(families, [](const MetricFamily& f) { return f.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace controller

#include "simulator/operations.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/number.h"
#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"
#include "simulator/certificate.h"
#include "simulator/domain_configuration.h"
#include "simulator/query.h"

namespace simulator {
namespace {

constexpr std::size_t kMaxCertificate = 65'535;
constexpr std::size_t kMaxPrivateKey = 10'240;
constexpr std::size_t kMaxPassword = 64;

using Prepared = base::Result<Effect, Refused>;
using Answer = base::Result<Reply, Refused>;

/// Characters, not bytes.
std::size_t length(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool letters_only(std::string_view s) {
  return std::all_of(s.begin(), s.end(), base::is_letter);
}

base::Result<json::Document, Refused> parse_body(const server::Request& request) {
  const std::string type = base::to_lower(request.header("Content-Type").value_or(""));
  if (!type.starts_with("application/json")) {
    return base::Err(Refused{Refusal::kBadFormat, "Content-Type is not application/json."});
  }
  auto document = json::Document::parse(request.body);
  if (!document || !document->root().is_object()) {
    return base::Err(Refused{Refusal::kBadFormat, "The body is not a JSON object."});
  }
  return std::move(document).value();
}

// --- certificates ---

void write_summary(json::Writer& w, const HeldCertificate& held) {
  const Certificate& c = held.certificate;
  w.member("server_certificate_id", held.id)
      .member("common_name", c.common_name)
      .member("effective_date", c.effective_date)
      .member("expiry_date", c.expiry_date)
      .member("certificate_owner", c.owner)
      .member("certificate_issuer", c.issuer);
}

Prepared prepare_add(const server::Request& request, base::SystemTime now) {
  const auto document = parse_body(request);
  if (!document) return base::Err(document.error());
  const auto pem = (*document)["certificate_pem"].string();
  const auto key = (*document)["private_key"].string();
  const json::Value password_value = (*document)["private_key_password"];
  const auto password = password_value ? password_value.string() : "";
  if (!pem || pem->empty() || length(*pem) > kMaxCertificate) {
    return base::Err(Refused{Refusal::kInvalidInput, "certificate_pem must have 1 to 65535 characters."});
  }
  if (!key || key->empty() || length(*key) > kMaxPrivateKey) {
    return base::Err(Refused{Refusal::kInvalidInput, "private_key must have 1 to 10240 characters."});
  }
  if (!password || password->size() > kMaxPassword || !letters_only(*password)) {
    return base::Err(Refused{Refusal::kInvalidInput, "private_key_password must have at most 64 letters."});
  }

  auto parsed = parse_certificate(*pem, now);
  if (!parsed) return base::Err(parsed.error());
  if (parsed->expired) return base::Err(Refused{Refusal::kCertificateExpired});
  if (const auto matches = check_private_key(*parsed, *key, *password); !matches) return base::Err(matches.error());

  parsed->key = std::make_shared<const PrivateKey>(
      PrivateKey{base::Secret(std::string(*key)), base::Secret(std::string(*password))});
  return Effect([certificate = std::move(*parsed)](Instance& instance, const Context& context) -> Answer {
    const auto held = instance.add(certificate, context.identifiers.next(context.system_now), context.boot_now,
                                   context.behaviour.duplicates_refused);
    if (!held) return base::Err(held.error());
    instance.count_add();
    json::Writer w;
    w.begin_object();
    write_summary(w, **held);
    return Reply{201, w.end_object().take()};
  });
}

Effect show_certificate(const std::string& id) {
  return [id](Instance& instance, const Context& context) -> Answer {
    const Held held = instance.find(id);
    if (!held) return base::Err(Refused{Refusal::kUnknownCertificate});
    json::Writer w;
    w.begin_object();
    write_summary(w, *held);
    return Reply{context.behaviour.get_status, w.member("certificate_pem", held->certificate.pem).end_object().take()};
  };
}

Effect delete_certificate(const std::string& id) {
  return [id](Instance& instance, const Context& context) -> Answer {
    const auto removed = instance.remove(id, context.boot_now, context.behaviour.delete_bound_refused);
    if (!removed) return base::Err(removed.error());
    instance.count_delete();
    return Reply{204, ""};
  };
}

// --- lists ---

struct Page {
  std::int64_t limit = 10;
  std::int64_t offset = 0;
  std::string marker = std::string(24, 'f');
};

base::Result<Page, Refused> parse_page(std::string_view target) {
  const Query query = parse_query(query_of(target));
  Page page;
  const auto number = [&](std::string_view name, std::int64_t min, std::int64_t max, std::int64_t& to) {
    const auto text = find(query, name);
    if (!text) return true;
    const auto given = base::parse_integer<std::int64_t>(*text);
    to = given.value_or(to);
    return given && to >= min && to <= max;
  };
  const auto out_of_range = [](const char* what) { return base::Err(Refused{Refusal::kOutOfRange, what}); };
  if (!number("limit", 1, 50, page.limit)) return out_of_range("(limit: 1 to 50)");
  if (!number("offset", 0, 500, page.offset)) return out_of_range("(offset: 0 to 500)");
  if (const auto marker = find(query, "marker")) {
    page.marker = base::to_lower(*marker);
    if (!is_identifier(page.marker)) return out_of_range("(marker: 24 hexadecimal characters)");
  }
  return page;
}

/// Writes the items of one page, in descending order of `id_of`, and the information about the page.
template <class Items, class IdOf, class Write>
Reply write_page(std::string_view name, const Page& page, const Items& items, const IdOf& id_of, const Write& write,
                 int status) {
  json::Writer w;
  w.begin_object().key(name).begin_array();
  std::string last;
  std::int64_t behind_marker = 0;
  for (const auto& item : items) {
    if (id_of(item) >= page.marker) continue;
    const std::int64_t position = behind_marker++;
    if (position < page.offset || position >= page.offset + page.limit) continue;
    w.begin_object();
    write(w, item);
    w.end_object();
    last = id_of(item);
  }
  w.end_array().key("page").begin_object().member("count", items.size()).key("marker");
  last.empty() ? w.null() : w.value(last);
  return {status, w.end_object().end_object().take()};
}

Prepared prepare_list(const server::Request& request) {
  auto page = parse_page(request.target);
  if (!page) return base::Err(page.error());
  return Effect([page = *page](Instance& instance, const Context& context) -> Answer {
    return write_page(
        "server_certificates", page, instance.listed(context.boot_now, context.behaviour.list_lag),
        [](const Held& held) { return held->id; }, [](json::Writer& w, const Held& held) { write_summary(w, *held); },
        context.behaviour.get_status);
  });
}

// --- domain configurations ---

Prepared prepare_domain_create(const server::Request& request) {
  const auto document = parse_body(request);
  if (!document) return base::Err(document.error());
  auto read = read_new_domain(document->root());
  if (!read) return base::Err(read.error());
  return Effect([wanted = std::move(*read)](Instance& instance, const Context& context) -> Answer {
    DomainConfiguration configuration = wanted;
    configuration.id = context.identifiers.next(context.system_now);
    if (const auto created = instance.create(configuration); !created) return base::Err(created.error());
    return Reply{201, to_json(configuration)};
  });
}

Prepared prepare_domain_update(const server::Request& request, const std::string& id) {
  const auto document = parse_body(request);
  if (!document) return base::Err(document.error());
  auto read = read_domain_changes(document->root());
  if (!read) return base::Err(read.error());
  return Effect([changes = std::move(*read), id](Instance& instance, const Context&) -> Answer {
    const DomainConfiguration* current = instance.find_configuration(id);
    if (current == nullptr) return base::Err(Refused{Refusal::kUnknownConfiguration});
    const DomainConfiguration changed = changes.applied_to(*current);
    if (const auto updated = instance.update(changed); !updated) return base::Err(updated.error());
    return Reply{200, to_json(changed)};
  });
}

Prepared prepare_domain_list(const server::Request& request) {
  auto page = parse_page(request.target);
  if (!page) return base::Err(page.error());
  return Effect([page = *page](Instance& instance, const Context& context) -> Answer {
    return write_page(
        "domain_configurations", page, instance.configurations(), [](const DomainConfiguration& c) { return c.id; },
        [](json::Writer& w, const DomainConfiguration& c) { write_members(w, c); }, context.behaviour.get_status);
  });
}

Effect show_domain(const std::string& id) {
  return [id](Instance& instance, const Context& context) -> Answer {
    const DomainConfiguration* found = instance.find_configuration(id);
    if (found == nullptr) return base::Err(Refused{Refusal::kUnknownConfiguration});
    return Reply{context.behaviour.get_status, to_json(*found)};
  };
}

Effect delete_domain(const std::string& id) {
  return [id](Instance& instance, const Context&) -> Answer {
    if (const auto removed = instance.remove_configuration(id); !removed) return base::Err(removed.error());
    return Reply{204, ""};
  };
}

}  // namespace

Prepared prepare(const Route& route, const server::Request& request, base::SystemTime now) {
  switch (route.call) {
    case Call::kAdd:
      return prepare_add(request, now);
    case Call::kList:
      return prepare_list(request);
    case Call::kShow:
      return show_certificate(route.id);
    case Call::kDelete:
      return delete_certificate(route.id);
    case Call::kDomainCreate:
      return prepare_domain_create(request);
    case Call::kDomainList:
      return prepare_domain_list(request);
    case Call::kDomainShow:
      return show_domain(route.id);
    case Call::kDomainUpdate:
      return prepare_domain_update(request, route.id);
    case Call::kDomainDelete:
      return delete_domain(route.id);
  }
  return base::Err(Refused{Refusal::kUnknownApi});
}

bool changes_state(Call call) {
  return call == Call::kAdd || call == Call::kDelete || call == Call::kDomainCreate || call == Call::kDomainUpdate ||
         call == Call::kDomainDelete;
}

}  // namespace simulator

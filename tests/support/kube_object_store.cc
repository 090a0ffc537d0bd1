#include "support/kube_object_store.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/time_format.h"
#include "support/fake_kube_api.h"

namespace testing_support {
namespace {

using Code = kube::Error::Code;

constexpr std::size_t kMaxChanges = 10'000;

/// What only the server writes.
constexpr std::array<const char*, 6> kServerFields{"uid",  "creationTimestamp", "deletionTimestamp", "generation",
                                                   "name", "namespace"};

std::string quoted(const kube::Resource& resource, const std::string& name) {
  return full_name(resource) + " \"" + name + "\"";
}

base::Err<kube::Error> fail(Code code, int status, std::string message) {
  return base::Err(kube_error(code, status, std::move(message)));
}

base::Err<kube::Error> conflict(const kube::Resource& resource, const std::string& name) {
  return fail(Code::kConflict, 409,
              "Operation cannot be fulfilled on " + quoted(resource, name) +
                  ": the object has been modified; please apply your changes to the latest version and try again");
}

/// The text at a path, "" if there is none.
std::string text_at(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : std::string();
}

Json list_at(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_array() ? object[at] : Json::array();
}

/// Copies a member, absent for absent.
void keep(const char* key, const Json& from, Json& to) {
  if (from.contains(key)) {
    to[key] = from[key];
  } else {
    to.erase(key);
  }
}

void add_defaults(const Json& defaults, Json& object) {
  if (!defaults.is_object() || !object.is_object()) return;
  for (const auto& [key, value] : defaults.items()) {
    if (!object.contains(key)) {
      object[key] = value;
    } else {
      add_defaults(value, object[key]);
    }
  }
}

/// Takes out of `object` what `before` held and `now` does not: a manager that stops applying a field removes it.
void remove_dropped(const Json& before, const Json& now, Json& object) {
  for (const auto& [key, value] : before.items()) {
    if (!object.is_object() || !object.contains(key)) continue;
    if (!now.contains(key)) {
      object.erase(key);
    } else if (value.is_object() && now[key].is_object()) {
      remove_dropped(value, now[key], object[key]);
    }
  }
}

bool spec_differs(Json a, Json b) {
  for (Json* object : {&a, &b}) {
    object->erase("metadata");
    object->erase("status");
  }
  return a != b;
}

}  // namespace

std::string full_name(const kube::Resource& resource) {
  std::string name(resource.plural);
  return resource.group.empty() ? name : name.append(".").append(resource.group);
}

kube::ObjectName name_of(const Json& object) {
  return {text_at(object, "/metadata/namespace"), text_at(object, "/metadata/name")};
}

kube::Error KubeObjectStore::not_served() {
  return kube_error(Code::kNotServed, 404, "404 page not found");
}

void KubeObjectStore::serve(const ServedResource& type) {
  types_[full_name(type.resource)] = {type, type.defaults.empty() ? Json() : Json::parse(type.defaults), {}};
}

void KubeObjectStore::stop_serving(const kube::Resource& resource) {
  types_.erase(full_name(resource));
}

const ServedResource* KubeObjectStore::type(const kube::Resource& resource) const {
  const Served* found = served(resource);
  return found == nullptr ? nullptr : &found->type;
}

const ServedResource* KubeObjectStore::type(std::string_view api_version, std::string_view kind) const {
  for (const auto& [name, served] : types_) {
    const kube::Resource& r = served.type.resource;
    const std::string of_type =
        r.group.empty() ? std::string(r.version) : std::string(r.group) + "/" + std::string(r.version);
    if (of_type == api_version && served.type.kind == kind) return &served.type;
  }
  return nullptr;
}

const KubeObjectStore::Served* KubeObjectStore::served(const kube::Resource& resource) const {
  const auto found = types_.find(full_name(resource));
  return found == types_.end() ? nullptr : &found->second;
}

KubeObjectStore::Served* KubeObjectStore::served(const kube::Resource& resource) {
  const auto found = types_.find(full_name(resource));
  return found == types_.end() ? nullptr : &found->second;
}

kube::Result<Object> KubeObjectStore::get(const kube::Resource& resource, const kube::ObjectName& name) const {
  const Served* type = served(resource);
  if (type == nullptr) return base::Err(not_served());
  const auto found = type->objects.find(name);
  if (found == type->objects.end()) return fail(Code::kNotFound, 404, quoted(resource, name.name) + " not found");
  return found->second;
}

std::vector<Object> KubeObjectStore::all(const kube::Resource& resource, const std::string& ns) const {
  std::vector<Object> out;
  const Served* type = served(resource);
  if (type == nullptr) return out;
  for (const auto& [name, object] : type->objects) {
    if (ns.empty() || name.ns == ns) out.push_back(object);
  }
  return out;
}

Object KubeObjectStore::commit(Served& served, std::string_view change, Json object) {
  ++version_;
  object["metadata"]["resourceVersion"] = std::to_string(version_);
  auto stored = std::make_shared<const Json>(std::move(object));
  const kube::ObjectName name = name_of(*stored);
  if (change == "DELETED") {
    served.objects.erase(name);
  } else {
    served.objects[name] = stored;
  }
  changes_.push_back({version_, std::string(change), full_name(served.type.resource), stored});
  if (changes_.size() > kMaxChanges) {
    compacted_ = changes_.front().version;
    changes_.pop_front();
  }
  return stored;
}

struct KubeObjectStore::Backup {
  std::map<std::string, Objects> objects;
  std::map<std::string, Json> applied;
  std::uint64_t version = 0;
};

std::shared_ptr<const KubeObjectStore::Backup> KubeObjectStore::back_up() const {
  auto backup = std::make_shared<Backup>();
  for (const auto& [name, served] : types_) backup->objects[name] = served.objects;
  backup->applied = applied_;
  backup->version = version_;
  return backup;
}

void KubeObjectStore::restore(const Backup& backup) {
  for (auto& [name, served] : types_) {
    const auto before = backup.objects.find(name);
    served.objects = before == backup.objects.end() ? Objects{} : before->second;
  }
  applied_ = backup.applied;
  version_ = backup.version;
  compact();
}

void KubeObjectStore::compact() {
  changes_.clear();
  compacted_ = version_;
}

kube::Result<Object> KubeObjectStore::create(const kube::Resource& resource, const std::string& ns, Json object) {
  Served* type = served(resource);
  if (type == nullptr) return base::Err(not_served());
  if (!object.is_object()) return fail(Code::kInvalid, 400, "the body is no object");
  if (ns.empty() == type->type.namespaced) return fail(Code::kInvalid, 400, "the scope of the request is wrong");
  Json& metadata = object["metadata"];
  if (metadata.contains("namespace") && metadata["namespace"] != ns) {
    return fail(Code::kInvalid, 400,
                "the namespace of the provided object does not match the namespace sent on the request");
  }
  if (metadata.contains("resourceVersion")) {
    return fail(Code::kInvalid, 400, "resourceVersion should not be set on objects to be created");
  }
  std::string name = text_at(object, "/metadata/name");
  ++uids_;
  std::array<char, 40> uid{};
  (void)std::snprintf(uid.data(), uid.size(), "00000000-0000-4000-8000-%012llx",
                      static_cast<unsigned long long>(uids_));
  if (name.empty() && metadata.contains("generateName")) {
    name = metadata["generateName"].get<std::string>() + std::string(uid.data()).substr(31);
  }
  if (name.empty()) return fail(Code::kInvalid, 422, full_name(resource) + ": metadata.name: Required value");
  if (type->objects.contains({ns, name})) {
    return fail(Code::kAlreadyExists, 409, quoted(resource, name) + " already exists");
  }
  for (const char* field : kServerFields) metadata.erase(field);
  metadata["name"] = name;
  if (!ns.empty()) metadata["namespace"] = ns;
  metadata["uid"] = uid.data();
  metadata["creationTimestamp"] = base::to_rfc3339(clock_.system_now());
  if (type->type.status_subresource) {
    metadata["generation"] = 1;
    object.erase("status");
  }
  add_defaults(type->defaults, object);
  return commit(*type, "ADDED", std::move(object));
}

kube::Result<Object> KubeObjectStore::replace(const kube::Resource& resource, const kube::ObjectName& name, Json object,
                                              std::string_view subresource) {
  auto before = get(resource, name);
  if (!before) return before;
  if (!object.is_object() || text_at(object, "/metadata/name") != name.name) {
    return fail(Code::kInvalid, 400, "the name of the object does not match the name on the URL");
  }
  if (text_at(object, "/metadata/resourceVersion").empty()) {
    return fail(Code::kInvalid, 422,
                quoted(resource, name.name) + " is invalid: metadata.resourceVersion: must be specified for an update");
  }
  return update(*served(resource), *before, std::move(object), subresource);
}

kube::Result<Object> KubeObjectStore::merge_patch(const kube::Resource& resource, const kube::ObjectName& name,
                                                  const Json& patch, std::string_view subresource) {
  auto before = get(resource, name);
  if (!before) return before;
  if (!patch.is_object()) return fail(Code::kInvalid, 400, "the patch is no object");
  Json after = **before;
  after.merge_patch(patch);
  return update(*served(resource), *before, std::move(after), subresource);
}

kube::Result<Object> KubeObjectStore::apply(const kube::Resource& resource, const kube::ObjectName& name,
                                            const Json& wanted, std::string_view subresource,
                                            std::string_view manager) {
  if (!wanted.is_object() || text_at(wanted, "/apiVersion").empty() || text_at(wanted, "/kind").empty()) {
    return fail(Code::kInvalid, 400, "apiVersion and kind must be set");
  }
  const auto owner_of = [&](const Json& object) {
    return text_at(object, "/metadata/uid") + "/" + std::string(manager) + "/" + std::string(subresource);
  };
  auto before = get(resource, name);
  if (!before) {
    if (before.error().message == not_served().message || !subresource.empty()) return before;
    auto created = create(resource, name.ns, wanted);
    if (created) applied_[owner_of(**created)] = wanted;
    return created;
  }
  Json after = **before;
  Json& last = applied_[owner_of(after)];
  if (last.is_object()) remove_dropped(last, wanted, after);
  after.update(wanted, /*merge_objects=*/true);
  auto result = update(*served(resource), *before, std::move(after), subresource);
  if (result) last = wanted;
  return result;
}

kube::Result<Object> KubeObjectStore::remove(const kube::Resource& resource, const kube::ObjectName& name) {
  auto before = get(resource, name);
  if (!before) return before;
  Served& type = *served(resource);
  Json after = **before;
  if (list_at(after, "/metadata/finalizers").empty()) return commit(type, "DELETED", std::move(after));
  if (after["metadata"].contains("deletionTimestamp")) return before;
  after["metadata"]["deletionTimestamp"] = base::to_rfc3339(clock_.system_now());
  if (type.type.status_subresource) after["metadata"]["generation"] = after["metadata"]["generation"].get<int>() + 1;
  return commit(type, "MODIFIED", std::move(after));
}

/// The rules for every change of an object that exists.
kube::Result<Object> KubeObjectStore::update(Served& served, const Object& before, Json after,
                                             std::string_view subresource) {
  const ServedResource& type = served.type;
  const Json& was = (*before)["metadata"];
  const std::string name = name_of(*before).name;
  const std::string version = text_at(after, "/metadata/resourceVersion");
  const std::string uid = text_at(after, "/metadata/uid");
  if (!version.empty() && version != was["resourceVersion"]) return conflict(type.resource, name);
  if (!uid.empty() && uid != was["uid"]) return conflict(type.resource, name);

  if (subresource == "status") {
    if (!type.status_subresource) return base::Err(not_served());
    Json with_status = *before;
    keep("status", after, with_status);
    after = std::move(with_status);
  } else if (type.status_subresource) {
    keep("status", *before, after);
  }
  Json& metadata = after["metadata"];
  for (const char* field : kServerFields) keep(field, was, metadata);
  metadata["resourceVersion"] = was["resourceVersion"];
  add_defaults(served.defaults, after);

  const bool deleting = metadata.contains("deletionTimestamp");
  const Json finalizers = list_at(after, "/metadata/finalizers");
  const Json had = list_at(*before, "/metadata/finalizers");
  if (deleting && std::any_of(finalizers.begin(), finalizers.end(),
                              [&](const Json& f) { return std::find(had.begin(), had.end(), f) == had.end(); })) {
    return fail(Code::kInvalid, 422,
                quoted(type.resource, name) +
                    " is invalid: metadata.finalizers: Forbidden: no new finalizers can be "
                    "added if the object is being deleted");
  }
  if (after == *before) return before;
  if (type.status_subresource && spec_differs(*before, after)) {
    metadata["generation"] = was["generation"].get<int>() + 1;
  }
  if (!deleting || !finalizers.empty()) return commit(served, "MODIFIED", std::move(after));
  // The change that lets an object go is answered with its last version; only a watch tells that of the deletion.
  auto answer = std::make_shared<const Json>(after);
  commit(served, "DELETED", std::move(after));
  return answer;
}

}  // namespace testing_support

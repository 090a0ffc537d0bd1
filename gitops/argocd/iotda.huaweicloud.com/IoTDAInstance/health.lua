-- Health of both kinds, computed from the same three conditions as kstatus. Lua 5.1, as in Argo CD.
local health = {status = "Progressing", message = "waiting for the operator to process this object"}

local status = obj.status
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "deleting"
end
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready, stalled, reconciling = conditions.Ready, conditions.Stalled, conditions.Reconciling
if ready ~= nil then
  health.message = ready.reason .. ": " .. ready.message
end

if obj.metadata.deletionTimestamp ~= nil then
  return health
elseif stalled ~= nil and stalled.status == "True" then
  health.status = "Degraded"
elseif reconciling ~= nil and reconciling.status == "True" then
  health.status = "Progressing"
elseif ready ~= nil and ready.reason == "Suspended" then
  health.status = "Suspended"
elseif ready ~= nil and ready.status == "True" then
  health.status = "Healthy"
end
return health

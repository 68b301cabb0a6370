-- SPDX-License-Identifier: Apache-2.0
--
-- ddnsd's accounts and hosts as Prometheus metrics (docs/monitoring.md lists them).
--
-- One ubus call a scrape, answered from memory: nothing is looked up, sent or written for it. A daemon that does
-- not answer is ddnsd_up 0 and no error, so that the alert, and not a gap, says so.

local ubus = require "ubus"

-- Every word that an account's state can be, so that a series never vanishes when the state changes.
local STATES = {
	"current", "pending", "updating", "waiting_address", "waiting_clock", "backoff", "halted", "disabled",
}

-- The exporter writes label values as they are.
local function label(value)
	local text = tostring(value):gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", "\\n")
	return text
end

local function flag(condition)
	return condition and 1 or 0
end

local function status()
	local connection = ubus.connect()
	if not connection then
		return nil
	end
	local answer = connection:call("ddnsd", "status", {})
	connection:close()
	return type(answer) == "table" and answer or nil
end

-- The address that an account would tell: a series per address, family and source.
local function addresses(info, account, name)
	for family, key in pairs({ ["4"] = "ipv4", ["6"] = "ipv6" }) do
		local known = account[key]
		if type(known) == "table" then
			info({
				account = name,
				family = family,
				address = label(known.address),
				source = label(known.source),
				interface = label(known.interface or ""),
			}, 1)
		end
	end
end

local function scrape()
	local answer = status()
	metric("ddnsd_up", "gauge", nil, flag(answer))
	if not answer then
		return
	end
	metric("ddnsd_info", "gauge", { version = label(answer.version) }, 1)
	metric("ddnsd_start_time_seconds", "gauge", nil, answer.started)
	metric("ddnsd_configuration_errors", "gauge", nil, #(answer.errors or {}))

	local accounts = answer.accounts or {}
	-- A metric's lines have to stand together, so it is account by account for each metric.
	local function each(name, value)
		local write = metric(name, "gauge")
		for _, account in ipairs(accounts) do
			write({ account = label(account.name), service = label(account.service) }, value(account))
		end
	end
	each("ddnsd_account_enabled", function(account) return flag(account.enabled) end)
	each("ddnsd_account_halted", function(account) return flag(account.halt) end)
	each("ddnsd_account_failures", function(account) return account.failures end)
	each("ddnsd_account_last_attempt_timestamp_seconds", function(account) return account.last_attempt end)
	each("ddnsd_account_last_success_timestamp_seconds", function(account) return account.last_success end)
	each("ddnsd_account_next_attempt_timestamp_seconds", function(account) return account.next_attempt end)

	local state = metric("ddnsd_account_state", "gauge")
	for _, account in ipairs(accounts) do
		for _, word in ipairs(STATES) do
			state({ account = label(account.name), state = word }, flag(account.state == word))
		end
	end

	local address = metric("ddnsd_account_address_info", "gauge")
	for _, account in ipairs(accounts) do
		addresses(address, account, label(account.name))
	end

	local function each_host(name, value)
		local write = metric(name, "gauge")
		for _, account in ipairs(accounts) do
			for _, host in ipairs(account.hosts or {}) do
				write({ account = label(account.name), hostname = label(host.hostname) }, value(host, account))
			end
		end
	end
	-- As it should be: at the right address, or offline as asked for. A disabled account's host is not expected to be.
	each_host("ddnsd_host_current", function(host, account)
		return account.enabled and flag(host.state == "current" or host.state == "offline") or nil
	end)
	each_host("ddnsd_host_halted", function(host) return flag(host.state == "halted") end)
	each_host("ddnsd_host_updated_timestamp_seconds", function(host) return host.updated end)

	-- Why something halted; a series only while it is.
	local reason = metric("ddnsd_halt_info", "gauge")
	for _, account in ipairs(accounts) do
		if account.halt then
			reason({ account = label(account.name), reason = label(account.halt.reason) }, 1)
		end
		for _, host in ipairs(account.hosts or {}) do
			if host.halt then
				local labels = { account = label(account.name), hostname = label(host.hostname) }
				labels.reason = label(host.halt.reason)
				reason(labels, 1)
			end
		end
	end
end

return { scrape = scrape }

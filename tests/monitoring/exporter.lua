-- What prometheus-node-exporter-lua gives its collectors: a global `metric(name, type, labels, value)`, which writes the
-- TYPE line and returns a writer of one series. It writes label values as they come and leaves out what has no value.
-- Then it runs the collector as the exporter does. Labels are sorted here, so that a test can read them.
--
--   lua5.1 exporter.lua COLLECTOR

local function series(name, labels, value)
	if value == nil then
		return
	end
	local names = {}
	for label in pairs(labels or {}) do
		names[#names + 1] = label
	end
	table.sort(names)
	local parts = {}
	for _, label in ipairs(names) do
		parts[#parts + 1] = label .. '="' .. labels[label] .. '"'
	end
	io.write(name, #parts > 0 and "{" .. table.concat(parts, ",") .. "}" or "", " ", value, "\n")
end

function metric(name, kind, labels, value)
	io.write("# TYPE ", name, " ", kind, "\n")
	series(name, labels, value)
	return function(labels, value)
		series(name, labels, value)
	end
end

local collector = assert(dofile(arg[1]))
local good, what = pcall(collector.scrape)
metric("node_scrape_collector_success", "gauge", { collector = "ddnsd" }, good and 1 or 0)
if not good then
	io.stderr:write(tostring(what), "\n")
	os.exit(1)
end

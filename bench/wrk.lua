-- Sends the requests of a file in turn and reports one line of JSON. The file holds whole HTTP
-- requests, separated by lines of "%%".

local requests = {}
local next_one = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  local from = 1
  while true do
    local at, stop = text:find("\n%%%%\n", from)
    if not at then break end
    requests[#requests + 1] = text:sub(from, at - 1)
    from = stop + 1
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_ms":%.3f,"p50_ms":%.4f,"p99_ms":%.4f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status, e.connect + e.read + e.write + e.timeout))
end

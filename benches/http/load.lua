-- For wrk: asks with one of many credentials after the other, and answers with figures as JSON. HEADERS is a file with a
-- header in each line; FURTHER holds headers that every request has, each in a line.
local requests, at = {}, 0

local function set(line)
    local name, value = line:match("^([^:]+): (.*)$")
    wrk.headers[name] = value
end

function init(_)
    for line in (os.getenv("FURTHER") or ""):gmatch("[^\n]+") do set(line) end
    for line in io.lines(os.getenv("HEADERS")) do
        set(line)
        requests[#requests + 1] = wrk.format()
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency, _)
    local failed = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"seconds":%f,"lost":%d,"refused":%d,"p50":%f,"p99":%f}\n',
        summary.requests, summary.duration / 1e6,
        failed.connect + failed.read + failed.write + failed.timeout, failed.status,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
    ))
end

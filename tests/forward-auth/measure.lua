-- For wrk: asks with the cookie in COOKIE, which is in no process's arguments, and answers with figures as JSON.
wrk.headers["Cookie"] = os.getenv("COOKIE")

function done(summary, latency, _requests)
    local failed = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f}\n',
        summary.requests, summary.duration / 1e6,
        failed.connect + failed.read + failed.write + failed.status + failed.timeout,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
    ))
end

-- http-request lua.forward_auth URL: asks URL whether a request may pass. If so, the request gets the headers of the answer, and
-- txn.forward_auth is "passed". If not, the client gets the answer.

-- Of the connection or of the body, not of the question.
local NOT_ASKED = {
    ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["keep-alive"] = true, ["te"] = true,
    ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
}

local NOT_ANSWERED = { ["connection"] = true, ["content-length"] = true, ["keep-alive"] = true, ["transfer-encoding"] = true }

local function without(headers, left_out)
    local kept = {}
    for name, values in pairs(headers) do
        if not left_out[name] then
            kept[name] = {}
            -- HAProxy counts them from 0, and takes them from 1.
            for at = 0, #values do
                table.insert(kept[name], values[at])
            end
        end
    end
    return kept
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status, body = body })
    for name, values in pairs(headers) do
        for _, value in ipairs(values) do
            reply:add_header(name, value)
        end
    end
    txn:done(reply)
end

local function undecided(txn, headers, body)
    headers["retry-after"] = headers["retry-after"] or { "1" }
    headers["cache-control"] = { "no-store" }
    refuse(txn, 503, headers, body)
end

local function forward_auth(txn, url)
    local headers = without(txn.http:req_get_headers(), NOT_ASKED)
    headers["x-forwarded-method"] = { txn.f:method() }
    headers["x-forwarded-uri"] = { txn.f:pathq() }

    -- Milliseconds. The verifier needs 3 s at most: if it cannot find out by then, it answers 503.
    local answer = core.httpclient():get({ url = url, headers = headers, timeout = 5000 })
    if not answer or answer.status < 200 then
        return undecided(txn, {}, "")
    end
    if answer.status >= 500 then
        -- Also what HAProxy itself says where it does not reach the verifier.
        return undecided(txn, without(answer.headers, NOT_ANSWERED), answer.body)
    end
    if answer.status ~= 200 then
        return refuse(txn, answer.status, without(answer.headers, NOT_ANSWERED), answer.body)
    end

    -- Of a profile with assertion_header = "Authorization"; otherwise the API needs none.
    txn.http:req_del_header("authorization")
    for name, values in pairs(without(answer.headers, {})) do
        if name:find("^x%-auth%-") or name == "authorization" then
            txn.http:req_set_header(name, values[1])
        end
    end
    txn:set_var("txn.forward_auth", "passed")
end

core.register_action("forward_auth", { "http-req" }, forward_auth, 1)

-- What a busy day asks, over and over: nine reads of a pledge to one registration, and now and then
-- a list, a wrong token and a page.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
function init(args)
  count = 0
  run, token, pledge = args[1], args[2], args[3]
end
function request()
  count = count + 1
  local headers = { ["Authorization"] = "Bearer " .. token, ["Accept-Encoding"] = "gzip" }
  if count % 100 == 0 then return wrk.format("GET", "/v1/pledges?limit=50", headers) end
  if count % 100 == 50 then return wrk.format("GET", "/manage/nobody") end
  if count % 100 == 75 then return wrk.format("GET", "/v1/pledges/" .. pledge, { ["Authorization"] = "Bearer mst_x" }) end
  if count % 10 ~= 0 then return wrk.format("GET", "/v1/pledges/" .. pledge, headers) end
  local id = run .. "-" .. number .. "-" .. count
  headers["Content-Type"], headers["Idempotency-Key"] = "application/json", id
  return wrk.format("POST", "/v1/pledges", headers,
    '{"supporter":{"email":"r' .. id .. '@example.org"},"interval":"month",' ..
    '"amount":{"amount":"5.00","currency":"USD"},"payment_method":{"token":"tok_' .. id .. '"}}')
end

-- Every request is another reader's pledge, under a key of its own.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
function init(args)
  count = 0
  run, token = args[1], args[2]
end
function request()
  count = count + 1
  local id = run .. "-" .. number .. "-" .. count
  return wrk.format("POST", "/v1/pledges", {
    ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json", ["Idempotency-Key"] = id,
  }, '{"supporter":{"email":"r' .. id .. '@example.org","name":"Reader ' .. id .. '"},"interval":"month",' ..
    '"amount":{"amount":"5.00","currency":"USD"},"payment_method":{"token":"tok_' .. id ..
    '","brand":"visa","last4":"4242","expires":"2035-04"}}')
end

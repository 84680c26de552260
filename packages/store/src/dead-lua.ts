import { HEAD_BYTES } from "./record.ts";

/** How much of each task a search for text looks at. */
const SEARCH_BYTES = 65_536;

/**
 * What searches among ended tasks share; follows RUN_LUA. Scripts that hold it take, from ARGV[`first`]
 * on: priority digit, batchid, text in lower case and type of the error, each '' for any; and count
 * `bytes` down, which is what they may read.
 */
export function deadLua(first: number): string {
  return `
local digit, batchid, text, kind = ARGV[${first}], ARGV[${first + 1}], ARGV[${first + 2}], ARGV[${first + 3}]
local find = string.find

-- The next n after this place in the order of the list, latest first: taskid and ms in turn.
local function deadAfter(ms, id, n)
  local rank = call('ZREVRANK', DEAD, id)
  if rank and call('ZSCORE', DEAD, id) == ms then
    return call('ZREVRANGE', DEAD, rank + 1, rank + n, 'WITHSCORES')
  end
  local skip = 0
  while true do
    local page = call('ZREVRANGEBYSCORE', DEAD, ms, '-inf', 'WITHSCORES', 'LIMIT', skip, n)
    for i = 1, #page, 2 do
      if tonumber(page[i + 1]) < tonumber(ms) or page[i] < id then return {unpack(page, i)} end
    end
    if #page < 2 * n then return {} end
    skip = skip + n
  end
end
local function errorOf(id)
  local result = call('GET', RESULT .. id) or ''
  bytes = bytes - #result
  return result
end
local function typeOf(result)
  local good, read = pcall(cjson.decode, result)
  return good and type(read) == 'table' and read.type or ''
end
-- Where the fields begin, and the batch they name; nil when the task is no longer stored.
local function readHead(id)
  local head = call('GETRANGE', RECORD .. id, 0, ${HEAD_BYTES - 1})
  bytes = bytes - #head
  local first = find(head, '\\n', 1, true)
  local second = first and find(head, '\\n', first + 1, true)
  local third = second and find(head, '\\n', second + 1, true)
  if not third or sub(head, 1, 1) == '-' then return nil end
  return second + 1, cjson.decode(sub(head, second + 1, third - 1)).batchid, head
end
local function says(id, result, fieldsAt)
  if find(id, text, 1, true) or find(string.lower(result), text, 1, true) then return true end
  local record = call('GETRANGE', RECORD .. id, fieldsAt - 1, fieldsAt + ${SEARCH_BYTES - 2})
  bytes = bytes - #record
  return find(string.lower(record), text, 1, true) ~= nil
end
-- Whether the filter fits; and the head of the record, nil when it is no longer stored.
local function fits(id, p, result)
  if digit ~= '' and p ~= digit then return false end
  if kind ~= '' and typeOf(result) ~= kind then return false end
  local fieldsAt, batch, head = readHead(id)
  if not head then return batchid == '' and text == '', nil end
  if batchid ~= '' and batch ~= batchid then return false end
  return text == '' or says(id, result, fieldsAt), head
end
`;
}

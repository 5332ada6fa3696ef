/**
 * What the scripts of quota share. A script reads, decides and changes values in memory, where a fault stops it with
 * nothing written, and writes at its end: the server takes nothing back of a script that failed halfway.
 *
 * Keys: `counter:ID`, a hash of the words below and one field per slot; `slots:ID`, the slots that its sums count, by
 * their ends; `request:ID`, a hash of `about`, `owner`, `state`, `at`, `lease` and one numbered field per use; `counters`,
 * by when the last slot ends; `requests`, by when they were reserved; `reserved`, by when the lease ends. Numbers are
 * doubles in Lua, exact up to 2^53-1.
 *
 * When everything is settled and every window has ended, there remains `counter:ID` of each rule that is not split by
 * facts, because it keeps the clock from running backwards; for 35 days those of split ones; and their names in
 * `counters` for as long.
 */
import { CLOCK_LUA, COUNTER_LUA } from './counter-lua.ts';
import { REQUEST_LUA } from './request-lua.ts';

export const QUOTA_LUA = CLOCK_LUA + COUNTER_LUA + REQUEST_LUA;

'use strict';
/**
 * A preload for a real payment server (`NODE_OPTIONS=--require <this file>`, `LOOPBACK=http://127.0.0.1:PORT`): every
 * request to a host that is not this machine goes to the stub instead, over plain HTTP, with the host it was meant for
 * in `x-orig-host`. Nothing of the server's own code is changed.
 */
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');

const STUB = new URL(process.env.LOOPBACK);
const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/** The arguments of `http.request` in one form: where to, with which options, and who takes the answer. */
function readArguments(args, defaultProtocol) {
  const rest = [...args];
  let url = null;
  if (typeof rest[0] === 'string' || rest[0] instanceof URL) url = new URL(rest.shift());
  const options = { ...(rest[0] !== null && typeof rest[0] === 'object' ? rest.shift() : {}) };
  const onResponse = typeof rest[0] === 'function' ? rest[0] : undefined;
  const host = options.hostname ?? (options.host ? String(options.host).replace(/:\d+$/, '') : undefined);
  return {
    host: host ?? url?.hostname ?? 'localhost',
    path: options.path ?? (url === null ? '/' : url.pathname + url.search),
    method: options.method ?? 'GET',
    protocol: options.protocol ?? url?.protocol ?? defaultProtocol,
    options,
    onResponse,
  };
}

function headersFor(given, host) {
  const headers = {};
  const pairs = Array.isArray(given) ? pairsOf(given) : Object.entries(given ?? {});
  for (const [name, value] of pairs) if (name.toLowerCase() !== 'host') headers[name] = value;
  return { ...headers, 'x-orig-host': host };
}

function pairsOf(list) {
  if (Array.isArray(list[0])) return list;
  const pairs = [];
  for (let at = 0; at + 1 < list.length; at += 2) pairs.push([list[at], list[at + 1]]);
  return pairs;
}

const plainRequest = http.request;

function redirect(original, defaultProtocol) {
  return function request(...args) {
    const call = readArguments(args, defaultProtocol);
    if (LOCAL.has(call.host)) return original.apply(this, args);
    const { signal, timeout } = call.options;
    const sent = plainRequest(
      {
        ...{ hostname: STUB.hostname, port: STUB.port, path: call.path, method: call.method },
        headers: headersFor(call.options.headers, call.host),
        ...(signal ? { signal } : {}),
        ...(timeout ? { timeout } : {}),
      },
      call.onResponse,
    );
    // Clients written for TLS wait for the handshake before they send; on a plain socket it never comes.
    if (call.protocol === 'https:') sent.once('socket', announceSecure);
    return sent;
  };
}

function announceSecure(socket) {
  socket.encrypted = true;
  socket.authorized = true;
  if (socket.connecting) socket.once('connect', () => socket.emit('secureConnect'));
  else process.nextTick(() => socket.emit('secureConnect'));
}

function getOf(request) {
  return function get(...args) {
    const sent = request.apply(this, args);
    sent.end();
    return sent;
  };
}

https.request = redirect(https.request, 'https:');
https.get = getOf(https.request);
http.request = redirect(http.request, 'http:');
http.get = getOf(http.request);
// Modules that import these by name see the old ones otherwise.
syncBuiltinESMExports();

const plainFetch = globalThis.fetch;
globalThis.fetch = async function fetch(input, init) {
  const wanted = new Request(input, init);
  const url = new URL(wanted.url);
  if (LOCAL.has(url.hostname)) return plainFetch(wanted);
  const headers = new Headers(wanted.headers);
  headers.set('x-orig-host', url.hostname);
  const body = wanted.body === null ? null : Buffer.from(await wanted.arrayBuffer());
  const { method, signal, redirect: mode } = wanted;
  return plainFetch(new URL(url.pathname + url.search, STUB), { method, headers, body, signal, redirect: mode });
};

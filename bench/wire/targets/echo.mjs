// The server behind every target of the bench: it costs as little as a server on Node can. `echo` sends its text back,
// `size` as many bytes as it is asked for. STARTUP_MS makes it as slow to start as real ones are.
const TEXT = { type: 'string' };
const tool = (name, properties) => ({ name, description: name, inputSchema: { type: 'object', properties } });
const tools = [tool('echo', { text: TEXT, customer: TEXT, limit: { type: 'integer' } }), tool('size', { bytes: { type: 'integer' }, customer: TEXT })]; // prettier-ignore
const HELLO = { capabilities: { tools: {} }, serverInfo: { name: 'echo', version: '1' } };
const texts = new Map();

/** A result of about so many bytes of text, made once: the bench is not about how fast a server concatenates. */
function sized(bytes) {
  if (!texts.has(bytes)) texts.set(bytes, JSON.stringify({ content: [{ type: 'text', text: 'x'.repeat(bytes) }] }));
  return texts.get(bytes);
}

function resultOf({ method, params }) {
  if (method === 'initialize') return JSON.stringify({ protocolVersion: params.protocolVersion, ...HELLO });
  if (method === 'tools/list') return JSON.stringify({ tools });
  if (method !== 'tools/call') return '{}';
  if (params.name === 'size') return sized(params.arguments.bytes);
  return JSON.stringify({ content: [{ type: 'text', text: params.arguments.text }] });
}

function serve() {
  let rest = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    let answers = '';
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.id !== undefined)
        answers += `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${resultOf(message)}}\n`;
    }
    if (answers !== '') process.stdout.write(answers);
  });
}

setTimeout(serve, Number(process.env.STARTUP_MS ?? 0));

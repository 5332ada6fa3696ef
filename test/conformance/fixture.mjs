/**
 * The server that the conformance suite is run against, on stdio. It has what the scenarios of the suite look for, and
 * speaks JSON-RPC by hand: a library between would blur what the gateway changes.
 */
import { createInterface } from 'node:readline';

/** One red pixel, and the shortest sound: a header and no samples. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

const text = (words) => ({ type: 'text', text: words });
const image = { type: 'image', data: PNG, mimeType: 'image/png' };
const nothing = { type: 'object', properties: {} };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let nextId = 0; // 0 is an id like any other
const waiting = new Map();
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

/** Asks the client; rejects with its error. */
function ask(method, params) {
  const id = nextId;
  nextId += 1;
  send({ id, method, params });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

async function questioned(message, properties, required) {
  const requestedSchema = { type: 'object', properties, required };
  const { action, content } = await ask('elicitation/create', { message, requestedSchema });
  return [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`)];
}

const options = (titles) => titles.map((title, at) => ({ const: `value${at + 1}`, title }));
const plain = ['option1', 'option2', 'option3'];

const TOOLS = {
  test_simple_text: { run: () => [text('This is a simple text response for testing.')] },
  test_image_content: { run: () => [image] },
  test_audio_content: { run: () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] },
  test_embedded_resource: { run: () => [embedded('test://embedded-resource', 'text/plain', 'An embedded resource.')] },
  test_multiple_content_types: {
    run: () => [
      text('Multiple content types test:'),
      image,
      embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  },
  test_tool_with_logging: {
    run: async () => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        send({ method: 'notifications/message', params: { level: 'info', logger: 'fixture', data } });
        await pause(50);
      }
      return [text('Three messages were logged.')];
    },
  },
  test_error_handling: {
    run: () => {
      throw new Error('This tool intentionally returns an error for testing');
    },
  },
  test_tool_with_progress: {
    run: async (_, progressToken) => {
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined)
          send({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
        await pause(50);
      }
      return [text('Done.')];
    },
  },
  test_sampling: {
    schema: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
    run: async ({ prompt }) => {
      const messages = [{ role: 'user', content: text(prompt) }];
      const { content } = await ask('sampling/createMessage', { messages, maxTokens: 100 });
      return [text(`LLM response: ${content.text}`)];
    },
  },
  test_elicitation: {
    schema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    run: ({ message }) =>
      questioned(
        message,
        {
          username: { type: 'string', description: 'How the user is called' },
          email: { type: 'string', description: 'The address of the user' },
        },
        ['username', 'email'],
      ),
  },
  test_elicitation_sep1034_defaults: {
    run: () =>
      questioned(
        'Look over these values',
        {
          name: { type: 'string', default: 'John Doe' },
          age: { type: 'integer', default: 30 },
          score: { type: 'number', default: 95.5 },
          status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
          verified: { type: 'boolean', default: true },
        },
        [],
      ),
  },
  test_elicitation_sep1330_enums: {
    run: () =>
      questioned(
        'Choose',
        {
          untitledSingle: { type: 'string', enum: plain },
          titledSingle: { type: 'string', oneOf: options(['First Option', 'Second Option', 'Third Option']) },
          legacyEnum: {
            type: 'string',
            enum: ['opt1', 'opt2', 'opt3'],
            enumNames: ['Option One', 'Option Two', 'Option Three'],
          },
          untitledMulti: { type: 'array', items: { type: 'string', enum: plain } },
          titledMulti: { type: 'array', items: { anyOf: options(['First Choice', 'Second Choice', 'Third Choice']) } },
        },
        [],
      ),
  },
  json_schema_2020_12_tool: {
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
      },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    run: (args) => [text(JSON.stringify(args))],
  },
  test_reconnection: {
    run: async () => {
      await pause(400);
      return [text('Answered while the client was away.')];
    },
  },
};

function embedded(uri, mimeType, words) {
  return { type: 'resource', resource: { uri, mimeType, text: words } };
}

const RESOURCES = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'A resource that can be followed.' },
};

const PROMPTS = {
  test_simple_prompt: { messages: () => [text('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: {
    arguments: ['arg1', 'arg2'],
    messages: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    arguments: ['resourceUri'],
    messages: ({ resourceUri }) => [
      embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
      text('Please process the embedded resource above.'),
    ],
  },
  test_prompt_with_image: { messages: () => [image, text('Please analyze the image above.')] },
};

class RpcError extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const METHODS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion: ['2025-03-26', '2025-06-18', '2025-11-25'].includes(protocolVersion)
      ? protocolVersion
      : '2025-11-25',
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      logging: {},
      completions: {},
    },
    serverInfo: { name: 'conformance-fixture', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({
    tools: Object.entries(TOOLS).map(([name, { schema = nothing }]) => ({
      ...{ name, description: `The tool ${name} of the fixture`, inputSchema: schema },
    })),
  }),
  'tools/call': async ({ name, arguments: args = {}, _meta }) => {
    const tool = TOOLS[name];
    if (tool === undefined) throw new RpcError(-32602, `Unknown tool: ${name}`);
    try {
      return { content: await tool.run(args, _meta?.progressToken) };
    } catch (error) {
      return { content: [text(error.message)], isError: true };
    }
  },
  'resources/list': () => ({
    resources: Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({
      ...{ uri, name: uri.slice('test://'.length), description: `The resource at ${uri}`, mimeType },
    })),
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [
      {
        ...{ uriTemplate: 'test://template/{id}/data', name: 'template', description: 'Data of an id' },
        mimeType: 'application/json',
      },
    ],
  }),
  'resources/read': ({ uri }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id !== undefined) {
      const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
      return { contents: [{ uri, mimeType: 'application/json', text: data }] };
    }
    if (!Object.hasOwn(RESOURCES, uri)) throw new RpcError(-32002, 'Resource not found', { uri });
    return { contents: [{ uri, ...RESOURCES[uri] }] };
  },
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'prompts/list': () => ({
    prompts: Object.entries(PROMPTS).map(([name, prompt]) => ({
      ...{ name, description: `The prompt ${name} of the fixture` },
      arguments: (prompt.arguments ?? []).map((argument) => ({
        ...{ name: argument, description: `The argument ${argument}`, required: true },
      })),
    })),
  }),
  'prompts/get': ({ name, arguments: args = {} }) => {
    if (!Object.hasOwn(PROMPTS, name)) throw new RpcError(-32602, `Unknown prompt: ${name}`);
    return { messages: PROMPTS[name].messages(args).map((content) => ({ role: 'user', content })) };
  },
  'completion/complete': () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }),
  'logging/setLevel': () => ({}),
};

async function answer({ id, method, params = {} }) {
  try {
    if (!Object.hasOwn(METHODS, method)) throw new RpcError(-32601, `Method not found: ${method}`);
    send({ id, result: await METHODS[method](params) });
  } catch (error) {
    send({ id, error: { code: error.code ?? -32603, message: error.message, data: error.data } });
  }
}

function settle({ id, result, error }) {
  const one = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) one?.resolve(result);
  else one?.reject(new Error(error.message));
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === undefined) settle(message);
  else if (message.id !== undefined) void answer(message);
});
